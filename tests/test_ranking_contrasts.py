"""Contrasts: worked by hand, against the board, and against simulation."""

import math

import numpy as np
import pytest

from ranking import Cells, OptionError, Votes, count, rate
from ranking.contrasts import contrast
from tests.test_ranking_intervals import draw
from tests.test_ranking_rating import CROWD, SCALE, A, B, T, by_name, votes_of

ODDS = votes_of(("x", "y", A, 300), ("x", "y", B, 100))


def test_three_to_one_over_400_votes_is_worked_by_hand() -> None:
    found = contrast(ODDS, "x", "y")
    error = 1 / math.sqrt(400 * 0.75 * 0.25)
    margin = 1.959964 * error
    assert found.difference == pytest.approx(SCALE * math.log(3), abs=1e-6)
    assert found.lower == pytest.approx(SCALE * (math.log(3) - margin), abs=1e-3)
    assert found.upper == pytest.approx(SCALE * (math.log(3) + margin), abs=1e-3)
    assert found.win == pytest.approx(0.75, abs=1e-9)
    assert found.win_lower == pytest.approx(1 / (1 + math.exp(margin) / 3), abs=1e-5)
    assert found.stronger == pytest.approx(1.0, abs=1e-9)
    assert (found.battles, found.wins, found.losses, found.ties) == (400, 300, 100, 0)
    turned = contrast(ODDS, "y", "x")
    assert (turned.battles, turned.wins, turned.losses, turned.ties) == (400, 100, 300, 0)


def test_turned_around_it_is_the_same_said_of_the_other() -> None:
    one, other = contrast(CROWD, "x", "z"), contrast(CROWD, "z", "x")
    assert one.lower is not None and other.upper is not None
    assert one.difference == pytest.approx(-other.difference)
    assert one.lower == pytest.approx(-other.upper)
    assert one.win == pytest.approx(1 - other.win)
    assert one.stronger == pytest.approx(1 - (other.stronger or 0))
    assert (one.wins, one.ties) == (other.losses, other.ties)


def test_the_difference_is_that_of_the_board() -> None:
    board = by_name(rate(CROWD).models)
    found = contrast(CROWD, "x", "y")
    assert found.difference == pytest.approx(board["x"].rating - board["y"].rating, abs=1e-5)


def test_the_interval_is_sharper_than_two_side_by_side() -> None:
    board = by_name(rate(CROWD).models)
    found = contrast(CROWD, "x", "y")
    assert found.upper is not None and board["x"].upper is not None and board["y"].upper is not None
    apart = board["x"].upper - board["x"].rating + board["y"].upper - board["y"].rating
    assert found.upper - found.difference < apart


def test_equal_models_are_even_and_nobody_knows_who_is_stronger() -> None:
    found = contrast(votes_of(("x", "y", A, 50), ("y", "x", A, 50)), "x", "y")
    assert (found.win, found.stronger) == (pytest.approx(0.5), pytest.approx(0.5))


def test_with_davidson_a_tie_is_half_of_the_expected_score() -> None:
    found = contrast(
        votes_of(("x", "y", A, 50), ("x", "y", B, 20), ("x", "y", T, 30)), "x", "y", ties="davidson"
    )
    assert found.win == pytest.approx((50 + 30 / 2) / 100, abs=1e-6)


def test_95_of_100_intervals_of_a_difference_hold_the_truth() -> None:
    held = []
    for seed in range(300):
        votes = draw(800, seed=seed)
        found = contrast(votes.only(votes.winner < 2), "e", "a")
        assert found.lower is not None and found.upper is not None
        held.append(found.lower < 2 * SCALE < found.upper)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_a_model_that_only_won_has_no_upper_bound() -> None:
    some = votes_of(("x", "y", T, 20), ("hero", "x", A, 9))
    found = contrast(some, "hero", "x")
    assert contrast(some, "x", "hero").lower is None
    assert (found.upper, found.win_upper) == (None, pytest.approx(1.0))
    assert found.lower is not None
    assert found.stronger is not None and found.stronger > 0.9


def test_under_five_votes_nothing_is_said_about_who_is_stronger() -> None:
    found = contrast(votes_of(("x", "y", T, 20), ("x", "new", T, 4)), "x", "new")
    assert (found.lower, found.upper, found.stronger) == (None, None, None)
    assert (found.win_lower, found.win_upper) == (pytest.approx(0.0), pytest.approx(1.0))


def test_by_voter_it_is_wider_where_voters_repeat_themselves() -> None:
    votes = draw(1000, seed=4)
    twice = Votes(
        votes.names,
        *(np.tile(column, 2) for column in (votes.a, votes.b, votes.winner)),
        voter=np.tile(np.arange(1000, dtype=np.int32), 2),
    )
    plain, wide = contrast(twice, "a", "b"), contrast(twice, "a", "b", cluster="voter")
    assert None not in (plain.upper, wide.upper)
    ratio = (wide.upper - wide.difference) / (plain.upper - plain.difference)  # type: ignore[operator]
    assert ratio == pytest.approx(math.sqrt(2 * 1000 / 999))


def test_names_nobody_voted_on_move_no_voter_to_another_model() -> None:
    votes = draw(300, seed=5, voters=40)
    idle = Votes(("Idle", *votes.names), votes.a + 1, votes.b + 1, votes.winner, voter=votes.voter)
    assert contrast(idle, "a", "b", cluster="voter") == contrast(votes, "a", "b", cluster="voter")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [("x", "x", "not 'x' twice"), ("x", "w", "'w' is not among the 4"), ("x", "p", "no votes")],
)
def test_what_cannot_be_compared_is_refused(first: str, second: str, said: str) -> None:
    some = votes_of(("x", "y", T, 8), ("p", "q", T, 8))
    with pytest.raises(OptionError, match=said):
        contrast(some, first, second)


def test_counts_name_no_voters() -> None:
    with pytest.raises(OptionError, match="name their voter"):
        contrast(count(CROWD), "x", "y", cluster="voter")
    assert contrast(count(CROWD), "x", "y") == contrast(CROWD, "x", "y")


def test_a_pair_that_never_met_is_compared_through_others() -> None:
    cells = Cells.from_columns(
        ["x", "x", "y", "y"], ["y", "y", "z", "z"], [A, B, A, B], [9, 5, 8, 6]
    )
    found = contrast(cells, "z", "x")
    assert found.battles == 0
    assert found.difference < 0
