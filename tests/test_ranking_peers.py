"""Beside evalica and choix: separate implementations of the same formulas, on the same votes."""

import choix
import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking import Votes, rate
from ranking.elo import elo
from ranking.votes import Floats
from ranking.winrates import win_rates
from tests.test_ranking_intervals import draw
from tests.test_ranking_rating import SCALE

SAID = (evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.Draw)

seeds = st.integers(0, 2**32 - 1)
few_boards = settings(max_examples=15, deadline=None)


def columns(votes: Votes) -> tuple[list[str], list[str], list[evalica.Winner]]:
    names = np.array(votes.names)
    return names[votes.a].tolist(), names[votes.b].tolist(), [SAID[w] for w in votes.winner]


def strengths(votes: Votes) -> Floats:
    """In the order of the names, mean 0."""
    board = {model.model: model.rating for model in rate(votes).models}
    return (np.array([board[name] for name in votes.names]) - 1000) / SCALE


def centred(values: Floats) -> Floats:
    return values - values.mean()


@few_boards
@given(seeds)
def test_ratings_with_half_ties_and_weights_are_those_of_evalica(seed: int) -> None:
    votes = draw(500, seed, weighted=True)
    assert votes.weight is not None
    theirs = evalica.bradley_terry(
        *columns(votes), weights=votes.weight.tolist(), tolerance=1e-13, limit=100_000
    ).scores
    logs = centred(np.log([theirs[name] for name in votes.names]))
    assert strengths(votes) == pytest.approx(logs, abs=1e-5)


@few_boards
@given(seeds)
def test_ratings_of_decisive_votes_are_those_of_choix(seed: int) -> None:
    drawn = draw(500, seed)
    votes = drawn.only(drawn.winner < 2)
    won = np.where(votes.winner == 0, votes.a, votes.b)
    lost = np.where(votes.winner == 0, votes.b, votes.a)
    data = list(zip(won.tolist(), lost.tolist(), strict=True))
    for theirs in (choix.ilsr_pairwise(5, data), choix.opt_pairwise(5, data, alpha=0, tol=1e-10)):
        assert strengths(votes) == pytest.approx(centred(theirs), abs=1e-5)


@few_boards
@given(seeds)
def test_online_elo_is_that_of_evalica(seed: int) -> None:
    votes = draw(300, seed)
    theirs = evalica.elo(*columns(votes), k=16.0).scores
    ours = elo(votes, k=16.0)
    assert [ours[name] for name in votes.names] == pytest.approx(
        [theirs[name] for name in votes.names], abs=1e-6
    )


@few_boards
@given(seeds)
def test_averaged_win_rates_are_those_of_evalica(seed: int) -> None:
    votes = draw(300, seed)
    theirs = evalica.average_win_rate(*columns(votes)).scores
    ours = {row.model: row.averaged for row in win_rates(votes)}
    assert ours == pytest.approx(theirs.to_dict())
