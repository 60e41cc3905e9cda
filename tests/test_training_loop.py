"""The loop before it has an engine: what it refuses, and what it calls things."""

from pathlib import Path

import pytest

from arena.engines import Record
from arena.settings import EngineSettings
from tests.conftest import running_site
from tests.process_fixture import arena
from tests.training_fixture import dataset, pairs, quick, shipped, shipped_base
from training.entering import Door
from training.errors import LoopFailed
from training.loop import Circle, Round, adapter_of, open_for, run_loop, used_prompts

SERVED = EngineSettings(
    name="demo",
    model=str(shipped_base()),
    served_name="fast",
    adapters={"slow": str(shipped("wise-owl"))},
)


def circle(folder: Path, **changes: object) -> Circle:
    given = {"url": "http://127.0.0.1:9", "taste": "plain", "seed": 4, "recipe": quick()}
    return Circle(**{**given, "out": folder / "out", **changes})  # type: ignore[arg-type]


def test_a_child_is_named_after_its_first_parent_generation_taste_and_seed(
    tmp_path: Path, at: Door
) -> None:
    second = Round(circle(tmp_path), at, 2, "fast-g1-plain-s4", print)
    assert second.name == "fast-g2-plain-s4"
    assert second.folder == tmp_path / "out" / "g2"


def test_no_two_rounds_share_their_visitors(tmp_path: Path, at: Door) -> None:
    seeds = {
        Round(circle(tmp_path, seed=seed), at, number, "fast", print).seed
        for seed in range(5)
        for number in range(1, 5)
    }
    assert len(seeds) == 20


def test_a_parent_is_the_base_or_an_adapter_of_the_engine(tmp_path: Path, at: Door) -> None:
    assert adapter_of(at, "fast") is None
    assert adapter_of(at, "slow") == shipped("wise-owl")
    entered = tmp_path / "engines/demo/adapters/child"
    entered.mkdir(parents=True)
    assert adapter_of(at, "child") == entered
    with pytest.raises(LoopFailed, match="engine demo serves no 'someone'"):
        adapter_of(at, "someone")


def test_prompts_of_both_splits_and_of_every_round_are_used(tmp_path: Path) -> None:
    rows = pairs(9)
    dataset(tmp_path / "g1/preferences", rows[:4], rows[4:6])
    dataset(tmp_path / "g2/preferences", rows[6:])
    assert len(used_prompts(tmp_path)) == 9


async def test_the_round_is_refused_where_it_cannot_end_well(tmp_path: Path, at: Door) -> None:
    with pytest.raises(LoopFailed, match=r"no arena answers at http://127.0.0.1:9; start it"):
        await open_for(Round(circle(tmp_path), at, 1, "fast", print))
    async with running_site(tmp_path) as site:
        here = Door(at.settings, site.url, at.engine, at.record, at.key)
        await open_for(Round(circle(tmp_path), here, 1, "fast", print))
        with pytest.raises(LoopFailed, match="someone is not live in this arena"):
            await open_for(Round(circle(tmp_path), here, 1, "someone", print))
        with pytest.raises(LoopFailed, match="the name slow is taken already; give another --seed"):
            await open_for(Named(circle(tmp_path), here, 1, "fast", print))


class Named(Round):
    """A round whose child has a contestant's name."""

    @property
    def name(self) -> str:
        return "slow"


def test_an_old_report_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/loop.json").write_text("{}")
    with pytest.raises(LoopFailed, match="is not empty; give another folder with --out"):
        run_loop(circle(tmp_path), print, print)


@pytest.fixture
def at(tmp_path: Path) -> Door:
    from arena.settings import Settings

    settings = Settings(data_dir=tmp_path, secret="s", operator_token="o", demo=False)
    return Door(settings, "http://127.0.0.1:9", SERVED, Record("http://127.0.0.1:9/v1", "k"), "k")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("loop",), "there is no database"),
        (("loop", "--recipe", "gone.toml"), "there is no recipe gone.toml"),
        (("train", "dpo", "--recipe", "demo-dpo"), "no dataset folder: give --data DIR"),
        (("train", "dpo", "--recipe", "demo-dpo", "--data", "."), ". is no dataset folder"),
        (("train", "evaluate", "."), ". is no run folder"),
        (("train", "enter", ".", "--name", "x"), "ARENA_PROVIDER_KEY is not set"),
    ],
)
async def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    code, told, said = await arena(tmp_path, *words)
    assert (code, told) == (1, "")
    assert said.startswith(f"arena: {complaint}") and said.count("\n") == 1
