"""Boards: ranks from intervals, JSON that any reader can parse."""

import json

import numpy as np
import pytest

from ranking import Leaderboard, Rating
from ranking.leaderboard import ranks

ONE_GROUP = np.zeros(3, dtype=np.int64)


def ranked(middle: list[float], half: list[float]) -> list[list[int]]:
    rating, margin = np.array(middle), np.array(half)
    return [r.tolist() for r in ranks(rating, rating - margin, rating + margin, ONE_GROUP)]


def test_intervals_apart_leave_one_rank_each() -> None:
    assert ranked([10, 20, 30], [1, 1, 1]) == [[3, 2, 1], [3, 2, 1], [3, 2, 1]]


def test_intervals_that_overlap_share_their_ranks() -> None:
    assert ranked([10, 20, 21], [1, 2, 2]) == [[3, 2, 1], [3, 1, 1], [3, 2, 2]]


def test_equal_ratings_share_the_better_rank() -> None:
    assert ranked([10, 10, 5], [1, 1, 1])[0] == [1, 1, 3]


def test_a_model_without_an_interval_could_stand_anywhere() -> None:
    assert ranked([10, 20, 30], [1, np.inf, 1])[1:] == [[2, 1, 1], [3, 3, 2]]


def test_models_of_other_groups_are_never_surely_above() -> None:
    rating = np.array([10.0, 20.0, 30.0])
    _, best, worst = ranks(rating, rating - 1, rating + 1, np.array([0, 0, 1]))
    assert (best.tolist(), worst.tolist()) == ([2, 1, 1], [3, 2, 3])


def test_the_json_has_exactly_the_keys_that_are_promised() -> None:
    rating = Rating("x", 1000.0, None, 1010.5, 1, 1, 2, 7, 3, 4, 0)
    board = Leaderboard("a method", 7, (rating,), ("a warning",), 5, 1e-9)
    said = json.loads(board.to_json())
    assert list(said) == ["method", "votes", "models", "warnings"]
    assert said["models"] == [
        {
            "model": "x",
            "rating": 1000.0,
            "lower": None,
            "upper": 1010.5,
            "rank": 1,
            "rank_lower": 1,
            "rank_upper": 2,
            "votes": 7,
            "wins": 3,
            "losses": 4,
            "ties": 0,
        }
    ]


def test_json_refuses_a_number_that_is_not_json() -> None:
    rating = Rating("x", float("nan"), None, None, 1, 1, 1, 1, 1, 0, 0)
    with pytest.raises(ValueError, match="not JSON compliant"):
        Leaderboard("a method", 1, (rating,)).to_json()
