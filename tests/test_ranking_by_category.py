"""Every category at once: the same boards as one by one, from a single pass."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from arena.cli import build
from ranking import by_category
from ranking.by_category import OVERALL, count_all, rate_all
from ranking.categories import in_category
from ranking.counts import Cells, count
from ranking.errors import OptionError, VotesError
from ranking.heat import HeatMap
from ranking.rating import rate
from ranking.tag_columns import MOST, all_tags
from ranking.votes import Votes
from tests.process_fixture import arena

NAMES = ("a", "b", "c", "d")
SAID = ("model_a", "model_b", "tie", "both_bad")


def some_votes(seed: int, size: int = 300, weighted: bool = False) -> Votes:
    """Votes among four models, some of a model against itself."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, (2, size))
    return Votes.from_strings(
        [NAMES[code] for code in a],
        [NAMES[code] for code in b],
        [SAID[code] for code in rng.integers(0, 4, size)],
        weight=rng.random(size) if weighted else None,
        voter=[f"v{code}" for code in rng.integers(0, 40, size)],
        time=1e7 * rng.random(size),
    )


def some_tags(seed: int, size: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed + 1)
    tags = {name: rng.random(size) < share for name, share in (("x", 0.5), ("y", 0.1), ("z", 1))}
    return tags | {"none": np.zeros(size, bool)}


def columns(cells: Cells) -> list[list[float]]:
    return [getattr(cells, name).tolist() for name in ("a", "b", "outcome", "count", "weight_sum")]


@given(seed=st.integers(0, 10_000), size=st.integers(0, 400), weighted=st.booleans())
@settings(max_examples=30)
def test_the_cells_of_every_category_are_those_of_its_votes(
    seed: int, size: int, weighted: bool
) -> None:
    votes = some_votes(seed, size, weighted)
    tags = some_tags(seed, size)
    found = count_all(votes, np.stack(list(tags.values()), axis=1))
    for cells, mask in zip(found, tags.values(), strict=True):
        alone = count(votes.only(mask))
        assert columns(cells)[:4] == columns(alone)[:4]
        assert np.allclose(cells.weight_sum, alone.weight_sum)
        assert np.allclose(cells.weight_sq_sum, alone.weight_sq_sum)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ties": "davidson"},
        {"weights": "pair", "min_votes": 20},
        {"cluster": "voter"},
        {"half_life": 30.0},
        {"anchor": ("a", 1200.0)},
        {"bootstrap": 10, "seed": 3},
    ],
)
def test_every_board_is_the_one_that_its_votes_give_alone(options: dict[str, Any]) -> None:
    votes = some_votes(5)
    tags = {name: mask for name, mask in some_tags(5, len(votes)).items() if mask.any()}
    boards = rate_all(votes, tags, **options)
    assert list(boards) == [OVERALL, *tags]
    assert boards[OVERALL] == rate(votes, **options)
    for name, mask in tags.items():
        assert boards[name] == rate(votes.only(mask), **options)


def test_many_models_and_votes_in_parts_are_counted_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    votes = some_votes(7)
    held = np.stack(list(some_tags(7, len(votes)).values()), axis=1)
    whole = [columns(cells) for cells in count_all(votes, held)]
    monkeypatch.setattr(by_category, "PART", 7)
    assert [columns(cells) for cells in count_all(votes, held)] == whole
    monkeypatch.setattr(by_category, "DENSE_KEYS", 10)
    assert [columns(cells) for cells in count_all(votes, held)] == whole


def test_a_category_without_votes_has_an_empty_board() -> None:
    votes = some_votes(1, 20)
    board = rate_all(votes, {"none": np.zeros(20, bool)})["none"]
    assert board.models == () and "there are no votes" in board.warnings


NESTED = pa.array([{"math_v1": {"math": True}, "if": {"if": False, "score": 2}}, None])
TEXTS = ["code", json.dumps(["code", "math"]), json.dumps({"x": {"hard": True, "no": False}}), None]


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (NESTED, ["math"]),
        (pa.array([["b", "a"], [], None, ["a"]]), ["a", "b"]),
        (pa.array(TEXTS), ["code", "hard", "math"]),
        (pa.array([1, 2]), []),
        (pa.array(["{broken", ""]), ["{broken"]),
    ],
)
def test_every_tag_of_a_column_is_found_as_if_asked_for(column: pa.Array, names: list[str]) -> None:
    found = all_tags(column)
    assert list(found) == names
    for name, mask in found.items():
        assert mask.tolist() == in_category(column, name).tolist()


def test_a_column_of_other_things_than_tags_is_refused() -> None:
    with pytest.raises(VotesError, match="more than 200"):
        all_tags(pa.array([str(number) for number in range(MOST + 1)]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Votes with tags in a list and a flag."""
    rng = np.random.default_rng(2)
    a = rng.integers(0, 4, 400)
    table = {
        "model_a": [NAMES[code] for code in a],
        "model_b": [NAMES[(code + step) % 4] for code, step in zip(a, rng.integers(1, 4, 400))],  # noqa: B905
        "winner": [SAID[code] for code in rng.integers(0, 4, 400)],
        "category_tag": [["code"] if number % 3 else ["math", "code"] for number in range(400)],
        "is_long": [number < 100 for number in range(400)],
    }
    path = tmp_path / "votes.parquet"
    pq.write_table(pa.table(table), path)
    return path


def test_the_command_prints_a_map_of_all_categories(file: Path) -> None:
    shown = CliRunner().invoke(build(), ["rate", str(file), "--category", "all"]).stdout
    head, *rows = [line.split() for line in shown.splitlines()]
    assert head == ["model", "overall", "code", "math", "is_long"]
    assert sorted(row[0] for row in rows[:4]) == list(NAMES)
    assert rows[4] == ["votes", "400", "400", "134", "100"]


def test_the_map_as_json_holds_each_board_as_it_is_alone(file: Path) -> None:
    runner, words = CliRunner(), ["rate", str(file), "--json", "--category"]
    said = json.loads(runner.invoke(build(), [*words, "all"]).stdout)
    alone = json.loads(runner.invoke(build(), [*words, "math"]).stdout)
    assert said["categories"] == ["overall", "code", "math", "is_long"]
    assert said["boards"]["math"] == alone
    place = said["models"].index(alone["models"][0]["model"])
    assert said["ranks"][place][2] == 1
    assert said["ratings"][place][2] == alone["models"][0]["rating"]


def test_a_model_that_is_not_on_a_board_has_no_cell() -> None:
    votes = Votes.from_strings(["a", "b", "c"], ["b", "a", "a"], ["tie"] * 3)
    heat = HeatMap.of(rate_all(votes, {"x": np.array([True, True, False])}))
    told = heat.to_dict()
    assert [row[1] is None for row in told["ranks"]] == [model == "c" for model in told["models"]]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--category", "all", "--plot", "x.svg"], 2, "takes no"),
        (["--category", "all", "--robustness"], 2, "takes no"),
    ],
)
def test_what_does_not_go_with_a_map_is_refused(
    file: Path, words: list[str], code: int, told: str
) -> None:
    done = CliRunner().invoke(build(), ["rate", str(file), *words])
    assert done.exit_code == code and told in done.stderr


def test_a_file_without_categories_is_told(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("model_a,model_b,winner\na,b,tie\n")
    done = CliRunner().invoke(build(), ["rate", str(path), "--category", "all"])
    assert done.exit_code == 1 and "no vote has a category" in done.stderr


async def test_the_database_has_a_map_too(tmp_path: Path) -> None:
    await arena(tmp_path, "db", "upgrade")
    code, said, _ = await arena(tmp_path, "rate", "--category", "all", "--json")
    assert code == 0 and json.loads(said)["models"] == []
    code, _, told = await arena(tmp_path, "rate", "--category", "all", "--style")
    assert code == 2 and "needs a file" in told


def test_options_are_checked_as_for_one_board() -> None:
    with pytest.raises(OptionError):
        rate_all(some_votes(1, 20), {}, ties="some")
