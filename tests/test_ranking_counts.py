"""Votes counted into cells, cells folded into pairs."""

import numpy as np
import pytest

from ranking import Cells, Votes, VotesError, count
from ranking.counts import without_absent
from ranking.pairs import Pairs, slot


def some_votes(rows: int = 2000, models: int = 6, seed: int = 0, weighted: bool = True) -> Votes:
    rng = np.random.default_rng(seed)
    a = rng.integers(0, models, rows)
    b = (a + rng.integers(1, models, rows)) % models
    names = tuple(f"m{i}" for i in range(models))
    weight = rng.exponential(size=rows) if weighted else None
    winner = rng.integers(0, 4, rows).astype(np.int8)
    return Votes(names, a.astype(np.int32), b.astype(np.int32), winner, weight)


def by_key(cells: Cells) -> dict[tuple[int, int, int], tuple[int, float, float]]:
    keys = zip(cells.a.tolist(), cells.b.tolist(), cells.outcome.tolist(), strict=True)
    sums = (cells.count.tolist(), cells.weight_sum.tolist(), cells.weight_sq_sum.tolist())
    return dict(zip(keys, zip(*sums, strict=True), strict=True))


def test_a_cell_holds_count_sum_and_sum_of_squares() -> None:
    votes = Votes.from_strings(
        ["x"] * 3, ["y"] * 3, ["model_a", "model_a", "tie"], weight=[1, 3, 5]
    )
    assert by_key(count(votes)) == {(0, 1, 0): (2, 4.0, 10.0), (0, 1, 2): (1, 5.0, 25.0)}


@pytest.mark.parametrize("models", [6, 2100], ids=["by bins", "by sorting"])
def test_counting_agrees_with_a_loop(models: int) -> None:
    votes = some_votes(models=models)
    assert votes.weight is not None
    expected: dict[tuple[int, int, int], tuple[int, float, float]] = {}
    rows = zip(votes.a, votes.b, votes.winner, votes.weight, strict=True)
    for a, b, winner, weight in rows:
        n, w, q = expected.get((a, b, winner), (0, 0.0, 0.0))
        expected[(a, b, winner)] = (n + 1, w + weight, q + weight**2)
    counted = by_key(count(votes))
    assert counted.keys() == expected.keys()
    assert all(counted[key] == pytest.approx(expected[key]) for key in expected)


def test_rows_beyond_one_chunk_are_all_counted() -> None:
    votes = some_votes(rows=(1 << 18) + 7, weighted=False)
    cells = count(votes)
    assert cells.count.sum() == len(votes)
    assert cells.weight_sum.sum() == cells.weight_sq_sum.sum() == len(votes)


def test_cells_by_name_equal_counted_votes() -> None:
    cells = Cells.from_columns(["x", "y"], ["y", "x"], ["model_a", "tie (bothbad)"], [2, 3])
    votes = Votes.from_strings(
        ["x", "x", "y", "y", "y"], ["y", "y", "x", "x", "x"], ["model_a"] * 2 + ["both_bad"] * 3
    )
    assert by_key(cells) == by_key(count(votes))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("a", 9, "a model code is outside"),
        ("b", 0, "a model met itself"),
        ("outcome", 4, "an outcome code"),
        ("count", -1, "a count is negative"),
        ("weight_sum", np.nan, "a sum of weights"),
        ("weight_sq_sum", -1, "a sum of weights"),
    ],
)
def test_a_cell_that_means_nothing_is_refused(column: str, value: float, problem: str) -> None:
    columns = {"a": [0], "b": [1], "outcome": [0], "count": [1], "weight_sum": [1.0]}
    columns |= {"weight_sq_sum": [1.0], column: [value]}
    with pytest.raises(VotesError, match=f"cell 1: {problem}"):
        Cells(("x", "y"), *(np.array(values) for values in columns.values()))


def test_an_emptied_cell_is_ignored_with_its_rounding_residue() -> None:
    cells = Cells.from_columns(["x", "x"], ["y", "z"], ["tie", "tie"], [1, 0], [1, -1e-17])
    present = without_absent(cells)
    assert present.names == ("x", "y")
    assert Pairs.of(cells).count.sum() == 1


def test_names_without_a_vote_are_left_out_and_codes_follow() -> None:
    votes = Votes.from_strings(["a", "b", "d"], ["b", "c", "e"], ["tie", "tie", "model_b"])
    present = without_absent(votes.only(np.array([False, False, True])))
    assert present.names == ("d", "e")
    assert (present.a.tolist(), present.b.tolist()) == ([0], [1])


@pytest.mark.parametrize(
    ("a", "b", "outcome", "expected"),
    [
        (0, 1, 0, 0),
        (0, 1, 1, 1),
        (1, 0, 0, 1),
        (1, 0, 1, 0),
        (1, 0, 2, 2),
        (0, 1, 3, 2),
    ],
)
def test_an_outcome_is_told_from_the_lower_code(
    a: int, b: int, outcome: int, expected: int
) -> None:
    assert slot(np.array([a]), np.array([b]), np.array([outcome])).tolist() == [expected]


def test_both_orders_of_a_pair_fold_into_one() -> None:
    cells = Cells.from_columns(
        ["x", "y", "y"], ["y", "x", "x"], ["model_a", "model_b", "both_bad"], [2, 3, 4]
    )
    pairs = Pairs.of(cells)
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0], [1])
    assert pairs.count.ravel().tolist() == [5, 0, 4]


def test_scaling_a_pair_scales_weights_and_squares() -> None:
    pairs = Pairs.of(count(some_votes()))
    scaled = pairs.scaled(3.0)
    assert np.allclose(scaled.weight, 3 * pairs.weight)
    assert np.allclose(scaled.square, 9 * pairs.square)
    assert np.array_equal(scaled.count, pairs.count)
