"""Pairs are drawn fairly, and the probability that is noted is the one they are drawn with."""

from collections import Counter
from random import Random

import pytest

from arena.errors import NoPairLive
from arena.matchmaking import pick


@pytest.mark.parametrize("live", [[], [7]])
def test_fewer_than_two_make_no_pair(live: list[int]) -> None:
    with pytest.raises(NoPairLive):
        pick(live, Random(0))


def test_every_pair_comes_as_often_as_its_probability_says() -> None:
    rng, draws = Random(1), 12_000
    pairs = [pick([1, 2, 3, 4], rng) for _ in range(draws)]
    counts = Counter(frozenset((pair.model_a, pair.model_b)) for pair in pairs)
    assert len(counts) == 6 and {pair.probability for pair in pairs} == {1 / 6}
    assert all(abs(count / draws - 1 / 6) < 0.015 for count in counts.values())


def test_either_seat_is_as_likely() -> None:
    rng = Random(2)
    first = sum(pick([1, 2], rng).model_a == 1 for _ in range(4_000))
    assert abs(first / 4_000 - 0.5) < 0.03


def test_nobody_meets_themselves() -> None:
    rng = Random(3)
    assert all(p.model_a != p.model_b for p in (pick([5, 6, 7], rng) for _ in range(500)))


def test_the_same_seed_draws_the_same_pair() -> None:
    assert pick(range(9), Random(4)) == pick(range(9), Random(4))
