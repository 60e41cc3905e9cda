"""Run folders: what went in, what came out, and who may go on with one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.training_fixture import dataset, pairs, quick, shipped
from training.errors import BadAdapter, BadData, BadRun
from training.job import run_dpo
from training.run import Origin, abandon, finish, read_run, start, whole_run

RECIPE = quick()
ORIGIN = Origin("/d", "/b", "base digest", None, None, "manifest digest", {"f": "file digest"})
HELD = {"loss": 0.6, "accuracy": 0.7, "margin": 0.2}
RESULT: dict[str, Any] = {
    "pairs": 1200,
    "steps": 150,
    "left_out": {"max_length": 3, "least_margin": 0},
    "held_out": {"pairs": 90, "before": {**HELD, "accuracy": 0.0}, "after": HELD},
}


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = finish(start(tmp_path / "r", RECIPE, ORIGIN, False), RESULT)
    assert read_run(tmp_path / "r") == run
    assert (run.recipe, run.origin, run.result) == (RECIPE, ORIGIN, RESULT)


def test_the_origin_names_code_and_libraries(tmp_path: Path) -> None:
    start(tmp_path / "r", RECIPE, ORIGIN, False)
    origin = json.loads((tmp_path / "r/run.json").read_text())["origin"]
    assert origin["code"] and set(origin["versions"]) >= {"torch", "trl", "peft"}


def test_the_card_says_what_the_run_was_made_of_and_what_was_measured(tmp_path: Path) -> None:
    finish(start(tmp_path / "r", RECIPE, ORIGIN, False), RESULT)
    card = (tmp_path / "r/README.md").read_text()
    for words in ("1,200 pairs", "`manifest digest`", "3 by max_length", "| accuracy | 0.0000 |"):
        assert words in card
    assert card.startswith("---\nlibrary_name: peft\n") and "least_margin" not in card


def test_a_folder_in_use_is_not_written_over(tmp_path: Path) -> None:
    start(tmp_path, RECIPE, ORIGIN, False)
    with pytest.raises(BadRun, match="is not empty; give another folder, or --resume"):
        start(tmp_path, RECIPE, ORIGIN, False)


@pytest.mark.parametrize(
    ("recipe", "origin", "words"),
    [
        (quick(optimiser={"epochs": 3.0}), ORIGIN, "with another recipe"),
        (RECIPE, replace(ORIGIN, manifest="other"), "on other data"),
        (RECIPE, replace(ORIGIN, base_digest="other"), "from another base or parent"),
        (RECIPE, replace(ORIGIN, parent_digest="other"), "from another base or parent"),
    ],
)
def test_only_the_same_run_is_resumed(
    tmp_path: Path, recipe: Any, origin: Origin, words: str
) -> None:
    start(tmp_path, RECIPE, ORIGIN, False)
    assert start(tmp_path, RECIPE, replace(ORIGIN, data="/elsewhere"), True).result is None
    with pytest.raises(BadRun, match=words):
        start(tmp_path, recipe, origin, True)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRun, match=r"is no run folder: there is no recipe.json"):
        read_run(tmp_path)


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    start(tmp_path, RECIPE, ORIGIN, False)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(BadRun, match=r"run.json is damaged"):
        read_run(tmp_path)


def test_an_unfinished_run_is_not_whole(tmp_path: Path) -> None:
    start(tmp_path, RECIPE, ORIGIN, False)
    with pytest.raises(BadRun, match=r"is not whole; finish it with .*--resume"):
        whole_run(tmp_path)


def test_what_cannot_be_resumed_is_not_left_behind(tmp_path: Path) -> None:
    start(tmp_path / "a", RECIPE, ORIGIN, False)
    start(tmp_path / "b", RECIPE, ORIGIN, False)
    (tmp_path / "b/checkpoints/checkpoint-10").mkdir(parents=True)
    for name in "ab":
        abandon(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_bad_data_leaves_no_run_folder(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", pairs(2))
    with pytest.raises(BadData):
        run_dpo(RECIPE, folder, tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_without_a_dataset_the_ways_to_name_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"give --data DIR, or data.folder"):
        run_dpo(RECIPE, None, tmp_path / "r")


def test_a_parent_that_is_neither_adapter_nor_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAdapter, match="holds neither an adapter nor a run"):
        run_dpo(RECIPE, tmp_path, tmp_path / "r", parent=tmp_path)


def test_a_parent_of_another_base_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    from tests.test_training_weights import fake_base

    other = replace(RECIPE, base=str(fake_base(tmp_path / "b", x=[2, 2])))
    with pytest.raises(BadAdapter, match="was made for another base"):
        run_dpo(other, tmp_path, tmp_path / "r", parent=shipped("wise-owl"))
