"""Boards: JSON that any reader can parse."""

import json

import pytest

from ranking import Leaderboard, Rating


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
            "provisional": False,
        }
    ]


def test_json_refuses_a_number_that_is_not_json() -> None:
    rating = Rating("x", float("nan"), None, None, 1, 1, 1, 1, 1, 0, 0)
    with pytest.raises(ValueError, match="not JSON compliant"):
        Leaderboard("a method", 1, (rating,)).to_json()
