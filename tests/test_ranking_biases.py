"""A judge's leanings: to a seat, and to the longer answer."""

import numpy as np
import pytest

from ranking.biases import position_bias, verbosity_bias
from ranking.errors import VotesError

EACH = np.arange(6)


def test_the_three_parts_of_a_judge_in_both_orders() -> None:
    straight = np.array([0, 1, 0, 0, 1, 2])
    swapped = np.array([1, 0, 0, 2, 1, 2])
    found = position_bias(straight, swapped, EACH)
    parts = (found.consistent.share, found.to_first.share, found.to_second.share)
    assert parts == pytest.approx((3 / 6, 2 / 6, 1 / 6))
    assert found.first_seat.share == pytest.approx(0.5 + (2 + 1 - 2) / 4 / 6)


def test_a_judge_that_always_takes_the_first_seat_is_found_out() -> None:
    found = position_bias(np.zeros(200, np.int64), np.zeros(200, np.int64), np.arange(200))
    assert found.to_first.share == found.first_seat.share == 1.0 and found.to_first.lower > 0.95


def test_swapping_the_seats_twice_swaps_the_leaning() -> None:
    rng = np.random.default_rng(1)
    straight, swapped = rng.integers(0, 3, (2, 500))
    other = np.array([1, 0, 2])
    one = position_bias(straight, swapped, np.arange(500))
    two = position_bias(other[straight], other[swapped], np.arange(500))
    assert one.to_first.share == two.to_second.share
    assert one.first_seat.share == pytest.approx(1 - two.first_seat.share)


def test_the_longer_answer_by_how_much_longer_it_is() -> None:
    first = np.array([100.0, 100, 300, 100, 50, 100])
    second = np.array([110.0, 100, 100, 310, 500, 10])
    said = np.array([1, 0, 0, 0, 1, 2])
    rows = {row.least: row.longer for row in verbosity_bias(first, second, said, EACH)}
    assert rows[1.0] is not None and (rows[1.0].share, rows[1.0].cases) == (1.0, 1)
    assert rows[2.0] is not None and (rows[2.0].share, rows[2.0].cases) == (0.5, 2)
    assert rows[4.0] is not None and rows[4.0].cases == 1
    assert rows[1.25] is None and rows[1.5] is None


def test_a_judge_blind_to_length_shows_no_leaning() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.lognormal(6, 1, (2, 4_000))
    rows = verbosity_bias(first, second, rng.integers(0, 3, 4_000), np.arange(4_000))
    assert all(row.longer and row.longer.lower < 0.5 < row.longer.upper for row in rows)


def test_empty_or_uneven_columns_are_refused() -> None:
    with pytest.raises(VotesError, match="differ in length, or are empty"):
        position_bias(EACH, EACH[:2], EACH)
    with pytest.raises(VotesError, match="differ in length, or are empty"):
        verbosity_bias(np.zeros(0), np.zeros(0), EACH[:0], EACH[:0])
