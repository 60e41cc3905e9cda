"""Baselines: online Elo and win rates, worked by hand."""

import math

import numpy as np
import pytest

from ranking import OptionError, Votes, count, rate
from ranking.bradley_terry import fit
from ranking.elo import elo
from ranking.pairs import Pairs
from ranking.winrates import predicted, win_rates
from tests.test_ranking_rating import A, B, T, by_name, votes_of


def test_an_even_win_at_k_32_moves_sixteen_points() -> None:
    found = elo(votes_of(("x", "y", A, 1)), k=32)
    assert found == {"x": pytest.approx(1016), "y": pytest.approx(984)}


def test_the_second_win_moves_less_than_the_first() -> None:
    expected = 1 / (1 + 10 ** (-32 / 400))
    assert elo(votes_of(("x", "y", A, 2)), k=32)["x"] == pytest.approx(1016 + 32 * (1 - expected))


def test_a_tie_moves_the_stronger_down() -> None:
    found = elo(votes_of(("x", "y", A, 1), ("x", "y", T, 1)), k=32)
    assert 1000 < found["x"] < 1016


def test_elo_takes_the_votes_by_their_time() -> None:
    rows = [("x", "y", A, 1), ("x", "y", B, 1)]
    backwards = votes_of(*rows, time=[2.0, 1.0])
    forwards = votes_of(rows[1], rows[0], time=[1.0, 2.0])
    assert elo(backwards) == elo(forwards) != elo(votes_of(*rows))


def test_elo_depends_on_the_order_which_a_fit_does_not() -> None:
    one, other = (
        votes_of(("x", "y", A, 9), ("x", "y", B, 9)),
        votes_of(("x", "y", B, 9), ("x", "y", A, 9)),
    )
    assert elo(one)["x"] < 1000 < elo(other)["x"]
    assert by_name(rate(one).models)["x"].rating == pytest.approx(1000)


def test_elo_weighs_a_vote_and_skips_a_model_against_itself() -> None:
    some = votes_of(("x", "y", A, 1), ("z", "z", A, 1), weight=[0.5, 9])
    assert elo(some, k=32) == {"x": pytest.approx(1008), "y": pytest.approx(992)}


def test_elo_at_a_k_of_nothing_is_refused() -> None:
    with pytest.raises(OptionError, match="above 0"):
        elo(votes_of(("x", "y", A, 1)), k=0)


def test_win_rates_of_three_models_are_worked_by_hand() -> None:
    some = votes_of(("x", "y", A, 6), ("x", "y", B, 2), ("x", "z", A, 1), ("x", "z", T, 1))
    found = {row.model: row for row in win_rates(some)}
    assert found["x"].played == pytest.approx(7.5 / 10)
    assert found["x"].averaged == pytest.approx((6 / 8 + 1.5 / 2) / 2)
    assert found["y"].averaged == pytest.approx(2 / 8)
    assert found["x"].predicted == pytest.approx(0.75)
    assert found["y"].predicted == pytest.approx((0.25 + 0.5) / 2)
    assert [row.model for row in win_rates(some)] == ["x", "y", "z"]


def test_expected_scores_of_two_models_add_up_to_one() -> None:
    pairs = Pairs.of(
        count(
            votes_of(
                ("x", "y", A, 5),
                ("x", "y", T, 5),
                ("y", "z", B, 3),
                ("y", "z", A, 2),
                ("z", "x", T, 1),
            )
        )
    )
    for ties in ("half", "davidson", "rao-kupper"):
        score = predicted(fit(pairs, ties))
        assert np.isnan(np.diag(score)).all()
        off = ~np.eye(3, dtype=bool)
        assert (score + score.T)[off] == pytest.approx(np.ones(6))


def test_a_model_nobody_can_be_compared_with_has_no_predicted_rate() -> None:
    some = votes_of(("a", "b", T, 2), ("c", "d", A, 3), ("c", "d", B, 1))
    found = {row.model: row.predicted for row in win_rates(some)}
    assert found["a"] == pytest.approx(0.5)
    assert found["c"] == pytest.approx(0.75)


def test_no_votes_give_no_baselines() -> None:
    nothing = Votes.from_strings([], [], [])
    assert (elo(nothing), win_rates(nothing)) == ({}, ())


def test_elo_survives_a_gulf_between_two_models() -> None:
    found = elo(votes_of(("x", "y", A, 3), ("x", "y", B, 1)), k=1e7)
    assert all(math.isfinite(rating) for rating in found.values())
