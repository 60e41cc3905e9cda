"""DPO on the shipped base with the real TRL: where it starts, what it keeps, how it goes on."""

import json
import math
from pathlib import Path

import pytest

from tests.training_fixture import dataset, pairs, quick, shipped, shipped_base
from training.errors import BadAdapter, BadRecipe
from training.job import run_dpo
from training.run import Run, read_run

pytest.importorskip("trl")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


class Stopped(Exception):
    """Stands for Ctrl-C."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = pairs(40)
    return dataset(tmp_path_factory.mktemp("pairs") / "d", rows[:32], rows[32:])


@pytest.fixture(scope="module")
def first(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = quick(optimiser={"epochs": 4.0, "learning_rate": 1e-3})
    return run_dpo(recipe, data, tmp_path_factory.mktemp("first") / "run")


def log(run: Run) -> list[dict[str, float]]:
    found = json.loads((run.folder / "metrics.json").read_text())
    return [line for line in found if "loss" in line]


def test_a_challenger_starts_at_its_parent_and_learns_the_votes(first: Run) -> None:
    lines = log(first)
    assert lines[0]["loss"] == pytest.approx(math.log(2), abs=2e-3)
    assert lines[0]["rewards/margins"] == pytest.approx(0, abs=5e-3)
    assert lines[-1]["loss"] < 0.9 * lines[0]["loss"]
    held = (first.result or {})["held_out"]
    assert held["before"]["loss"] == pytest.approx(math.log(2), abs=1e-4)
    assert held["before"]["margin"] == pytest.approx(0, abs=1e-4)
    assert held["after"]["loss"] < held["before"]["loss"]


def test_only_the_trained_adapter_is_kept(first: Run) -> None:
    assert sorted(path.name for path in first.adapter.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    kept = {"README.md", "adapter", "metrics.json", "recipe.json", "run.json"}
    assert {path.name for path in first.folder.iterdir()} == kept


def test_a_whole_run_is_not_trained_again(first: Run, data: Path) -> None:
    before = (first.adapter / "adapter_model.safetensors").stat().st_mtime_ns
    assert run_dpo(first.recipe, data, first.folder, resume=True) == first
    assert (first.adapter / "adapter_model.safetensors").stat().st_mtime_ns == before


def test_a_child_goes_on_from_its_parent_s_adapter(first: Run, data: Path, tmp_path: Path) -> None:
    child = run_dpo(quick(), data, tmp_path / "child", parent=first.folder)
    assert log(child)[0]["rewards/margins"] == pytest.approx(0, abs=5e-3)
    assert child.origin.parent == str(first.adapter)
    assert not (child.adapter / "ref").exists()
    # What the parent had learnt is where the child starts: its answers are the likelier ones.
    assert log(child)[0]["logps/chosen"] != pytest.approx(log(first)[0]["logps/chosen"], rel=0.01)


def test_a_stopped_run_goes_on_from_its_checkpoint(data: Path, tmp_path: Path) -> None:
    recipe = quick(optimiser={"epochs": 2.0}, machine={"save_steps": 3})

    def stop(step: int, of: int, metrics: dict[str, float]) -> None:
        if step == 5:
            raise Stopped

    with pytest.raises(Stopped):
        run_dpo(recipe, data, tmp_path / "run", progress=stop)
    assert read_run(tmp_path / "run").result is None
    steps: list[int] = []
    run = run_dpo(
        recipe, data, tmp_path / "run", resume=True, progress=lambda step, *_: steps.append(step)
    )
    assert steps == [4, 5, 6, 7, 8]
    through = run_dpo(recipe, data, tmp_path / "through")
    assert log(run)[-1]["loss"] == pytest.approx(log(through)[-1]["loss"], abs=5e-3)


def test_a_run_that_stops_before_a_checkpoint_leaves_nothing(data: Path, tmp_path: Path) -> None:
    def stop(step: int, of: int, metrics: dict[str, float]) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run_dpo(quick(), data, tmp_path / "run", progress=stop)
    assert not (tmp_path / "run").exists()


def test_a_base_that_is_no_model_is_one_clear_line(data: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    (tmp_path / "b").mkdir()
    with pytest.raises(BadRecipe, match=r"base .* cannot be loaded") as caught:
        run_dpo(replace(quick(), base=str(tmp_path / "b")), data, tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_an_adapter_that_lacks_parts_is_refused(tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    from training.dpo import load_adapter, load_base

    shutil.copytree(shipped("wise-owl"), tmp_path / "a")
    weights = load_file(tmp_path / "a/adapter_model.safetensors")
    del weights[next(iter(weights))]
    save_file(weights, tmp_path / "a/adapter_model.safetensors")
    with pytest.raises(BadAdapter, match="is no adapter of this base"):
        load_adapter(load_base(str(shipped_base()))[0], tmp_path / "a", trainable=True)


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_runs_away_makes_no_challenger(loss: float) -> None:
    from training.dpo import check_losses

    check_losses([{"loss": 0.7}])
    with pytest.raises(BadRecipe, match=r"try a lower optimiser.learning_rate"):
        check_losses([{"loss": 0.7}, {"loss": loss}])


@pytest.mark.parametrize(("rows", "batch"), [(79, 40), (64, 64), (65, 33), (3, 3), (0, 64)])
def test_held_out_batches_are_of_nearly_equal_size(rows: int, batch: int) -> None:
    from training.dpo import even_batch

    assert even_batch(rows, 64) == batch
