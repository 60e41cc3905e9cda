"""Ranks: by hand, against scipy's studentized range, and against simulation."""

import numpy as np
import pytest
from scipy.stats import studentized_range

from ranking.graph import Mask
from ranking.ranks import Ranks, critical, ranks

Z3 = 2.3437006  # three models: q(0.95; 3, infinity) of the tables, 3.3145, over root two


def ranked(rating: list[float], error: float, *, group: list[int] | None = None) -> Ranks:
    """Models whose differences all have this standard error; other groups were never met."""
    labels = np.array(group or [0] * len(rating))
    apart = np.where(np.equal.outer(labels, labels), error**2, np.inf)
    return ranks(np.array(rating), apart, none(len(rating)), none(len(rating)))


def none(models: int) -> Mask:
    return np.zeros(models, bool)


def spelled(found: Ranks) -> list[list[int]]:
    return [column.tolist() for column in (found.rank, found.best, found.worst)]


def test_models_far_apart_have_one_rank_each() -> None:
    assert spelled(ranked([10, 20, 30], 1)) == [[3, 2, 1], [3, 2, 1], [3, 2, 1]]


def test_a_difference_counts_from_the_critical_number_of_errors_on() -> None:
    assert spelled(ranked([0, 0, Z3 - 0.001], 1)) == [[2, 2, 1], [1, 1, 1], [3, 3, 3]]
    assert spelled(ranked([0, 0, Z3 + 0.001], 1)) == [[2, 2, 1], [2, 2, 1], [3, 3, 1]]


def test_equal_ratings_share_the_better_rank() -> None:
    assert ranked([10, 10, 5], 1).rank.tolist() == [1, 1, 3]


def test_models_of_other_groups_are_never_surely_above() -> None:
    found = ranked([10, 20, 30], 1, group=[0, 0, 1])
    assert spelled(found)[1:] == [[2, 1, 1], [3, 2, 3]]


def test_a_model_without_a_top_is_surely_below_nobody() -> None:
    found = ranks(np.array([0.0, 99.0]), np.ones((2, 2)), none(2), np.array([True, False]))
    assert spelled(found)[1:] == [[1, 1], [2, 2]]


def test_a_model_without_a_bottom_is_surely_above_nobody() -> None:
    found = ranks(np.array([0.0, 99.0]), np.ones((2, 2)), np.array([False, True]), none(2))
    assert spelled(found)[1:] == [[1, 1], [2, 2]]


@pytest.mark.parametrize("models", [2, 3, 10, 50])
def test_the_critical_value_is_the_studentized_range_over_root_two(models: int) -> None:
    by_scipy = studentized_range.ppf(0.95, models, 1e6) / np.sqrt(2)
    assert critical(models) == pytest.approx(by_scipy, abs=1e-5)


@pytest.mark.parametrize("models", [2, 30, 3000])
def test_the_critical_value_lies_between_one_difference_and_bonferroni(models: int) -> None:
    from scipy.stats import norm

    pairs = models * (models - 1) / 2
    assert norm.ppf(0.975) - 1e-9 <= critical(models) <= norm.ppf(1 - 0.025 / pairs) + 1e-9


def test_19_of_20_boards_hold_every_true_rank_at_once() -> None:
    """Twelve equal models, the worst case: any sure difference at all is a mistake."""
    rng = np.random.default_rng(0)
    error = np.linspace(0.5, 3, 12)
    apart = error[:, None] ** 2 + error**2
    right = 0
    for _ in range(2000):
        found = ranks(rng.normal(0, error), apart, none(12), none(12))
        right += bool((found.best == 1).all() and (found.worst == 12).all())
    assert 0.94 < right / 2000 < 0.98
