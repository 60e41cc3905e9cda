"""Robustness: against every possible choice of votes, and on boards worked by hand."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from ranking import Cells, OptionError, Votes, count, rate
from ranking.bradley_terry import fit
from ranking.influence import influence
from ranking.pairs import Pairs
from ranking.robustness import Swap, robustness
from ranking.ties import TIES
from tests.test_ranking_intervals import draw
from tests.test_ranking_rating import A, B, T, votes_of

FLIP = {A: B, B: A}


def swapped(some: Votes, above: str, below: str) -> bool:
    ratings = {model.model: model.rating for model in rate(some).models}
    return len(ratings) == len(some.names) and ratings[below] > ratings[above] + 1e-5


def least_by_trying_all(rows: list[tuple[str, str, str, int]], flip: bool) -> int:
    """The fewest votes, of all choices of up to four, whose change swaps first and second."""
    first, second = [model.model for model in rate(votes_of(*rows)).models[:2]]
    for votes in range(1, 5):
        for chosen in combinations_with_replacement(range(len(rows)), votes):
            left = [(*row[:3], row[3] - chosen.count(i)) for i, row in enumerate(rows)]
            if flip and any(rows[i][2] == T for i in chosen):
                continue
            turned = [(*rows[i][:2], FLIP[rows[i][2]], 1) for i in chosen] if flip else []
            if min(row[3] for row in left) >= 0 and swapped(
                votes_of(*left, *turned), first, second
            ):
                return votes
    return 5


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("change", ["drop", "flip"])
def test_no_choice_of_fewer_votes_swaps_the_first_two(seed: int, change: str) -> None:
    rng = np.random.default_rng(seed)
    pairs = [("x", "y"), ("y", "z"), ("x", "z")]
    rows = [
        (a, b, said, int(n))
        for a, b in pairs
        for said, n in zip((A, B, T), rng.integers(2, 6, 3), strict=True)
    ]
    found = robustness(votes_of(*rows)).pairs[0]
    ours = found.drop if change == "drop" else found.flip
    assert ours is not None
    assert min(ours, 5) == least_by_trying_all(rows, change == "flip")


def test_a_lead_of_four_wins_is_closed_by_five_drops_or_three_flips() -> None:
    board = robustness(votes_of(("x", "y", A, 20), ("x", "y", B, 16)))
    assert board.first == Swap("x", "y", drop=5, flip=3, votes=36)
    assert board.pairs == (board.first,)


def test_a_lead_too_long_for_the_first_approximation_is_still_closed() -> None:
    """Of 30 wins to 10, each win is worth 1/30 of a logit at first, and 1.1 are to close."""
    board = robustness(votes_of(("x", "y", A, 30), ("x", "y", B, 10)))
    assert board.first == Swap("x", "y", drop=21, flip=11, votes=40)


def test_votes_between_others_count_where_they_carry_the_distance() -> None:
    """x and y met only z: odds of 30/20 and 28/20, then 29/20 and 28/19, or 30/20 and 29/19."""
    rows = [("x", "z", A, 30), ("x", "z", B, 20), ("y", "z", A, 28), ("y", "z", B, 20)]
    found = robustness(votes_of(*rows)).pairs[0]
    assert (found.above, found.below) == ("x", "y")
    assert (found.drop, found.flip) == (2, 1)


def test_a_large_board_is_swapped_by_what_is_found_and_not_by_one_less() -> None:
    votes = draw(4000, seed=9)
    board = robustness(votes)
    assert board.votes == 4000
    assert all(pair.flip and pair.drop and pair.flip < pair.drop for pair in board.pairs)
    closest = min(board.pairs, key=lambda pair: pair.flip or 0)
    wins = votes_between(votes, closest.above, closest.below)
    assert closest.flip is not None
    for few, changed in ((closest.flip, True), (closest.flip - 1, False)):
        winner = votes.winner.copy()
        winner[wins[:few]] = 1 - winner[wins[:few]]
        turned = Votes(votes.names, votes.a, votes.b, winner)
        assert swapped(turned, closest.above, closest.below) is changed


def votes_between(
    votes: Votes, above: str, below: str
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows in which `above` beat `below`: the votes that a flip moves most."""
    i, j = votes.names.index(above), votes.names.index(below)
    forth = (votes.a == i) & (votes.b == j) & (votes.winner == 0)
    back = (votes.a == j) & (votes.b == i) & (votes.winner == 1)
    return np.flatnonzero(forth | back)


@pytest.mark.parametrize("ties", TIES)
def test_the_influence_of_a_vote_is_what_leaving_it_out_does(ties: str) -> None:
    cells = count(draw(200, seed=10))
    pairs = Pairs.of(cells)
    fitted = fit(pairs, ties)
    expected = influence(pairs, fitted).on(4, 0, "drop")
    for pair, outcome in ((0, 0), (3, 2), (9, 1)):
        taken = pairs.count.copy()
        taken[outcome, pair] -= 1
        less = fit(type(pairs)(**{**vars(pairs), "count": taken, "weight": taken}), ties).strengths
        moved = (less[4] - less[0]) - (fitted.strengths[4] - fitted.strengths[0])
        assert moved == pytest.approx(expected[outcome, pair], rel=0.025)


def test_a_model_that_only_won_has_no_neighbour_to_swap_with() -> None:
    board = robustness(votes_of(("x", "y", A, 20), ("x", "y", B, 19), ("hero", "x", A, 9)))
    assert [(pair.above, pair.below) for pair in board.pairs] == [("x", "y")]


def test_models_that_never_met_are_swapped_by_nothing() -> None:
    some = votes_of(("a", "b", A, 9), ("a", "b", B, 3), ("c", "d", A, 8), ("c", "d", B, 7))
    found = {(p.above, p.below): (p.drop, p.flip) for p in robustness(some).pairs}
    assert found["a", "c"] == (None, None)


def test_models_that_the_board_leaves_out_are_left_out_here() -> None:
    some = votes_of(("x", "y", A, 20), ("x", "y", B, 19), ("z", "x", A, 2), ("z", "x", B, 1))
    assert len(robustness(some).pairs) == 2
    assert len(robustness(some, min_votes=5).pairs) == 1


def test_without_votes_there_is_nothing_to_change() -> None:
    assert robustness(Votes.from_strings([], [], [])).first is None


def test_counts_cannot_be_weighed_by_propensity_here_either() -> None:
    cells = Cells.from_columns(["x"], ["y"], [A], [3])
    with pytest.raises(OptionError, match="one by one"):
        robustness(cells, weights="inverse-propensity")
