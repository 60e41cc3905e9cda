"""Pairs are drawn within their bounds, and the probability noted is the one they are drawn with."""

from collections import Counter
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.errors import NoPairLive
from arena.matchmaking import (
    EXPLORED,
    MOST_TIMES,
    NOBODY,
    RULES,
    Bounds,
    Chances,
    Record,
    even,
    gain,
    provider_caps,
    weighed,
)

LOOSE = Bounds(new_votes=0, provider_share=1.0)


def record(size: int, votes: int, seed: int = 0, providers: int = 1_000) -> Record:
    """About so many votes for every pair of the contestants 1 to size, of unequal strengths."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, 1, size)
    upper = np.triu(rng.poisson(votes, (size, size)), 1)
    ties = rng.binomial(upper, 0.2)
    wins = rng.binomial(upper - ties, 1 / (1 + np.exp(strength - strength[:, None])))
    losses = upper - ties - wins
    return Record(
        np.arange(1, size + 1),
        np.arange(size) % providers,
        (wins + losses.T).astype(float),
        (ties + ties.T).astype(float),
    )


def forgotten(known: Record, code: int) -> Record:
    """The same with no votes for one contestant."""
    wins, ties = known.wins.copy(), known.ties.copy()
    for matrix in (wins, ties):
        matrix[code - 1] = matrix[:, code - 1] = 0
    return Record(known.codes, known.provider, wins, ties)


def seats(chances: Chances) -> dict[int, float]:
    """Each contestant's share of the seats, half a pair's chance to each of its two."""
    found: Counter[int] = Counter()
    for one, other, chance in zip(chances.first, chances.second, chances.probability, strict=True):
        found[int(one)] += chance / 2
        found[int(other)] += chance / 2
    return dict(found)


def chance_of(chances: Chances, one: int, other: int) -> float:
    at = (chances.first == one) & (chances.second == other)
    return float(chances.probability[at][0])


@pytest.mark.parametrize("live", [[], [7], [7, 7]])
def test_fewer_than_two_make_no_pair(live: list[int]) -> None:
    with pytest.raises(NoPairLive):
        even(live)
    with pytest.raises(NoPairLive):
        weighed(live, NOBODY, Bounds())


@pytest.mark.parametrize(
    "chances", [even([4, 2, 3, 1]), weighed(range(1, 8), record(7, 9), Bounds())]
)
def test_every_pair_comes_as_often_as_its_probability_says(chances: Chances) -> None:
    rng, draws = Random(1), 30_000
    pairs = [chances.draw(rng) for _ in range(draws)]
    counts = Counter(frozenset((pair.model_a, pair.model_b)) for pair in pairs)
    told = {frozenset((pair.model_a, pair.model_b)): pair.probability for pair in pairs}
    assert len(counts) == len(chances.first)
    for pair, chance in told.items():
        assert abs(counts[pair] / draws - chance) < 4.5 * (chance / draws) ** 0.5


def test_an_even_draw_knows_each_pair_once_with_one_chance() -> None:
    chances = even([9, 4, 7])
    drawn = set(zip(chances.first.tolist(), chances.second.tolist(), strict=True))
    assert drawn == set(combinations([4, 7, 9], 2)) and set(chances.probability) == {1 / 3}


@pytest.mark.parametrize("rule", RULES)
@given(
    st.integers(2, 25), st.integers(0, 30), st.integers(1, 6), st.floats(0.05, 1), st.integers(0)
)
def test_chances_add_up_and_none_falls_below_its_part_of_even(
    rule: str, size: int, votes: int, providers: int, share: float, seed: int
) -> None:
    known = record(size, votes, seed % 2**32, providers)
    chances = weighed(range(1, size + 1), known, Bounds(50, share), rule)
    assert chances.policy == f"{rule}-1"
    assert chances.probability.sum() == pytest.approx(1, abs=1e-12)
    assert chances.probability.min() * len(chances.first) >= EXPLORED - 1e-9


def test_of_equal_pairs_the_one_with_fewer_votes_is_drawn_more() -> None:
    wins = np.full((4, 4), 50.0)
    np.fill_diagonal(wins, 0)
    wins[0, 1] = wins[1, 0] = 5
    chances = weighed([1, 2, 3, 4], Record(np.arange(1, 5), np.arange(4), wins, 0 * wins), LOOSE)
    assert chance_of(chances, 1, 2) > 4 * chance_of(chances, 3, 4)


def test_the_gain_is_the_papers_where_votes_are_many() -> None:
    wins, ties = np.array([[0.0, 600], [200, 0]]), np.array([[0.0, 200], [200, 0]])
    known = Record(np.array([1, 2]), np.array([0, 1]), wins, ties)
    variance = 0.6 + 0.2 / 4 - 0.7**2
    paper = (variance / 1000) ** 0.5 - (variance / 1001) ** 0.5
    assert gain(known)[0, 1] == gain(known)[1, 0] == pytest.approx(paper, rel=0.01)


def test_of_pairs_with_as_many_votes_the_settled_one_is_drawn_less() -> None:
    wins = np.full((3, 3), 50.0)
    np.fill_diagonal(wins, 0)
    wins[0, 1], wins[1, 0] = 99, 1
    chances = weighed([1, 2, 3], Record(np.arange(1, 4), np.arange(3), wins, 0 * wins), LOOSE)
    assert chance_of(chances, 1, 2) < chance_of(chances, 2, 3) == chance_of(chances, 1, 3)


def test_a_newcomer_is_drawn_more_but_never_above_its_cap() -> None:
    known = forgotten(record(40, 30), 40)
    share = seats(weighed(range(1, 41), known, Bounds(300, 1.0)))[40]
    assert share == pytest.approx(MOST_TIMES / 40, rel=1e-3)


def test_a_contestant_under_the_votes_of_a_newcomer_has_its_floor() -> None:
    known = record(40, 30)
    few = int(np.argmin(known.votes.sum(axis=1)))
    least = np.sort(known.votes.sum(axis=1))[:2]
    bounds = Bounds(int(least.mean()) + 1, 1.0)
    assert least[0] < bounds.new_votes <= least[1]
    assert seats(weighed(range(1, 41), known, bounds))[few + 1] >= 1.8 / 40
    assert seats(weighed(range(1, 41), known, LOOSE))[few + 1] < 1.8 / 40


def test_one_that_nobody_recalled_yet_is_a_newcomer_of_its_own() -> None:
    chances = weighed([1, 2, 3, 4, 99], record(4, 100), LOOSE)
    assert seats(chances)[99] == max(seats(chances).values())


@pytest.mark.parametrize(
    ("held", "share", "cap"),
    [
        ([5] * 10, 0.25, 0.25),  # no provider needs more
        ([31, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0.25, 0.55),  # nine lone ones give at most a twentieth
        ([7], 0.25, 1.0),
        ([3, 3], 0.25, 1.0),
        ([1] * 5, 0.25, 0.4),
        ([17, 1, 1, 1], 0.25, 0.7),
    ],
)
def test_a_providers_cap_leaves_the_others_no_more_than_twice_their_share(
    held: list[int], share: float, cap: float
) -> None:
    assert provider_caps(np.array(held), share) == pytest.approx(np.full(len(held), cap))


def test_a_provider_with_most_contestants_keeps_to_its_cap() -> None:
    known = record(20, 20)
    many = Record(
        known.codes, np.where(np.arange(20) < 10, 0, np.arange(20)), known.wins, known.ties
    )
    free, held = (seats(weighed(range(1, 21), many, Bounds(0, cap))) for cap in (1.0, 0.3))
    assert sum(free[code] for code in range(1, 11)) == pytest.approx(0.5, abs=0.05)
    assert sum(held[code] for code in range(1, 11)) == pytest.approx(0.3, abs=1e-3)


def test_either_seat_is_as_likely() -> None:
    rng, chances = Random(2), even([1, 2])
    first = sum(chances.draw(rng).model_a == 1 for _ in range(4_000))
    assert abs(first / 4_000 - 0.5) < 0.03


def test_the_same_seed_draws_the_same_pair() -> None:
    assert even(range(9)).draw(Random(4)) == even(range(9)).draw(Random(4))
