"""History: each point is the board of that day, from votes or tallies, old votes fading or not."""

import json

import numpy as np
import pytest

from ranking import Cells, OptionError, Votes, count, rate
from ranking.history import DAY, History, history, joined, periods
from ranking.weights import by_age
from tests.test_ranking_intervals import draw
from tests.test_ranking_rating import A, B, T, by_name, votes_of


def dated(rows: int, days: int, seed: int = 0) -> Votes:
    """Votes of five models, spread over the first days of 1970."""
    drawn = draw(rows, seed)
    time = np.random.default_rng(seed).uniform(0, days * DAY, rows)
    return Votes(drawn.names, drawn.a, drawn.b, drawn.winner, time=time)


def test_every_point_is_the_board_of_all_votes_until_then() -> None:
    votes = dated(900, days=3)
    assert votes.time is not None
    found = history(periods(votes))
    assert found.times == (DAY, 2 * DAY, 3 * DAY)
    for column, end in enumerate(found.times):
        board = by_name(rate(votes.only(votes.time < end)).models)
        for row, name in enumerate(found.names):
            assert found.rating[row, column] == pytest.approx(board[name].rating, abs=1e-4)
            assert found.lower[row, column] == pytest.approx(board[name].lower, abs=1e-4)
            assert found.upper[row, column] == pytest.approx(board[name].upper, abs=1e-4)


def test_tallies_of_days_give_the_same_history_as_votes() -> None:
    votes = dated(600, days=2)
    from_tallies = history([(end, cells) for end, cells in periods(votes)])
    assert from_tallies.to_dict() == history(periods(votes)).to_dict()


def test_a_newcomer_has_no_rating_before_its_first_vote() -> None:
    first = votes_of(("x", "y", A, 9), ("x", "y", B, 5))
    second = votes_of(("new", "x", A, 7), ("new", "x", B, 6))
    found = history([(DAY, count(first)), (2 * DAY, count(second))])
    assert found.names == ("new", "x", "y")
    assert np.isnan(found.rating[0, 0])
    assert np.isfinite(found.rating[0, 1])


def test_a_bound_that_is_not_there_is_null() -> None:
    some = votes_of(("x", "y", T, 20), ("hero", "x", A, 9))
    said = history([(DAY, count(some))]).to_dict()
    json.dumps(said, allow_nan=False)
    hero = said["models"][0]
    assert (hero["model"], hero["upper"]) == ("hero", [None])
    assert hero["lower"][0] < hero["rating"][0]


@pytest.mark.parametrize("days", [0.5, 3.0])
def test_fading_by_periods_is_weighing_by_age(days: float) -> None:
    votes, half_life = dated(900, days=3), days * DAY
    found = history(periods(votes, half_life=half_life), half_life=half_life)
    board = by_name(rate(by_age(votes, half_life, 3 * DAY)).models)
    for row, name in enumerate(found.names):
        assert found.rating[row, -1] == pytest.approx(board[name].rating, abs=1e-4)
        assert found.upper[row, -1] == pytest.approx(board[name].upper, abs=1e-4)


def test_a_vote_one_half_life_old_counts_half() -> None:
    some = votes_of(("x", "y", A, 2), ("x", "y", B, 1), time=[0.0, 0.0, DAY], weight=[1, 1, 4])
    assert by_age(some, DAY).weight == pytest.approx([0.5, 0.5, 4])
    assert by_age(some, DAY, now=2 * DAY).weight == pytest.approx([0.25, 0.25, 2])


def test_old_votes_fade_before_new_ones() -> None:
    some = votes_of(("x", "y", A, 50), ("y", "x", A, 50), time=np.repeat([0.0, 30 * DAY], 50))
    assert by_name(rate(by_age(some, 10 * DAY)).models)["y"].rating > 1000


def test_cells_are_joined_by_name_and_each_stands_once() -> None:
    one = Cells.from_columns(["x", "y"], ["y", "z"], [A, B], [3, 4])
    other = Cells.from_columns(["a", "x"], ["x", "y"], [T, A], [5, 6], [2.5, 3.0], [1.25, 1.5])
    both = joined(one, other)
    rows = {
        (both.names[a], both.names[b]): (n, w)
        for a, b, n, w in zip(both.a, both.b, both.count, both.weight_sum, strict=True)
    }
    assert rows == {("x", "y"): (9, 6.0), ("y", "z"): (4, 4.0), ("a", "x"): (5, 2.5)}


def test_periods_out_of_order_are_refused() -> None:
    cells = count(votes_of(("x", "y", T, 8)))
    with pytest.raises(OptionError, match="in the order"):
        history([(2.0, cells), (1.0, cells)])


@pytest.mark.parametrize(("time", "every", "said"), [(None, DAY, "need"), ([1.0], 0.0, "above 0")])
def test_what_has_no_history_is_refused(time: list[float] | None, every: float, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        list(periods(votes_of(("x", "y", T, 1), time=time), every))


def test_ages_need_times_and_a_half_life() -> None:
    with pytest.raises(OptionError, match="timestamp"):
        by_age(votes_of(("x", "y", T, 1)), DAY)
    with pytest.raises(OptionError, match="above 0"):
        by_age(votes_of(("x", "y", T, 1), time=[1.0]), 0)


def test_no_votes_have_no_history() -> None:
    nothing = Votes.from_strings([], [], [], time=[])
    found = history(periods(nothing))
    assert isinstance(found, History)
    assert found.to_dict() == {"times": [], "models": []}
