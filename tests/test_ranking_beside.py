"""A judge's votes stand beside people's; neither board knows of the other."""

import numpy as np
import pytest

from ranking.beside import beside
from ranking.rating import rate
from ranking.votes import Votes


def votes(slope: float, seed: int, models: int = 6, count: int = 20_000) -> Votes:
    """Votes of someone who sees the strengths 0, 1, .. times `slope`."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, models, (2, count))
    a, b = a[a != b], b[a != b]
    won = rng.random(len(a)) < 1 / (1 + np.exp(slope * (b - a)))
    names = tuple(f"m{code}" for code in range(models))
    return Votes(names, a.astype(np.int32), b.astype(np.int32), np.where(won, 0, 1).astype(np.int8))


def test_each_board_is_that_of_its_own_votes() -> None:
    people, judge = votes(0.3, 1), votes(0.6, 2)
    found = beside(people, judge, ties="davidson")
    assert found.people == rate(people, ties="davidson")
    assert found.judge == rate(judge, ties="davidson")
    assert found.people.votes == len(people)


def test_a_judge_that_sees_further_spreads_the_models_more() -> None:
    found = beside(votes(0.3, 1), votes(0.6, 2))
    assert found.spread == pytest.approx(2.0, rel=0.1) and found.same_order == 1.0
    assert [row.model for row in found.rows] == ["m5", "m4", "m3", "m2", "m1", "m0"]
    assert found.rows[0].shift == pytest.approx(2.5 * 0.3 * 173.7, rel=0.15)


def test_a_judge_that_turns_all_around_agrees_on_nothing() -> None:
    assert beside(votes(0.5, 1), votes(-0.5, 2)).same_order == 0.0


def test_models_that_one_of_them_never_saw_are_left_out_of_the_rows() -> None:
    found = beside(votes(0.3, 1, models=6), votes(0.3, 2, models=4))
    assert len(found.rows) == 4 and len(found.people.models) == 6
    assert sum(row.shift for row in found.rows) == pytest.approx(0.0, abs=1e-9)


def test_without_anything_in_common_there_is_nothing_to_compare() -> None:
    nothing = Votes((), *(np.zeros(0, np.int32) for _ in range(2)), np.zeros(0, np.int8))
    found = beside(votes(0.3, 1), nothing)
    assert (found.rows, found.same_order, found.spread) == ((), None, None)
