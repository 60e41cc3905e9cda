"""Scores added up by voter, for errors that let the votes of one voter depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from ranking.bradley_terry import Problem, bordered
from ranking.counts import total
from ranking.errors import OptionError
from ranking.graph import Mask
from ranking.pairs import slot
from ranking.ties import Terms
from ranking.votes import Floats, Indices, Votes

HEAVY: Final = 200  # a voter with more than one in so many votes is corrected for its own pull
ALONE: Final = (
    1e-3  # of a voter's own curvature is kept, so that a model it alone voted on has some
)


def scores_by_voter(problem: Problem, terms: Terms, votes: Votes, inverted: Floats) -> Floats:
    """Sum of the outer products of voters' summed scores, times K/(K-1) for K voters.

    A heavy voter pulls the fit towards its own votes, which hides part of its score: for it the
    score is the one that leaving it out would give (the jackknife, in one Newton step).
    """
    said = _said(problem, votes)
    if said.voters < 2:
        raise OptionError("intervals by voter need at least two voters")
    totals = _totals(problem, terms, said)
    heavy = np.bincount(said.voter) * HEAVY > len(said.voter)
    light = totals[np.flatnonzero(~heavy)]
    product: Floats = np.asarray((light.T @ light).todense(), dtype=np.float64)
    for voter in np.flatnonzero(heavy):
        bend = (1 - ALONE) * _curvature(problem, terms, said, said.voter == voter)
        left = np.eye(len(bend)) - bend @ inverted
        score = np.linalg.solve(left, totals[[voter]].toarray()[0])
        product += np.outer(score, score)
    return product * (said.voters / (said.voters - 1))


def effective_voters(votes: Votes) -> float:
    """How many voters with equally many votes would say as much (Kish 1965)."""
    assert votes.voter is not None
    held = np.unique(votes.voter, return_counts=True)[1]
    return float(held.sum() ** 2 / np.square(held.astype(np.float64)).sum())


@dataclass(frozen=True, eq=False)
class Said:
    """The votes inside the cores: which pair, which outcome, how heavy, whose."""

    pair: Indices
    outcome: Indices
    weight: Floats
    voter: Indices
    voters: int


def _said(problem: Problem, votes: Votes) -> Said:
    assert votes.voter is not None
    pairs = problem.pairs
    place = np.full((pairs.size, pairs.size), -1)
    there = np.arange(len(pairs.first))
    place[pairs.first, pairs.second] = place[pairs.second, pairs.first] = there
    pair = place[votes.a, votes.b]
    rows = np.flatnonzero(pair >= 0)
    voters, voter = np.unique(votes.voter[rows], return_inverse=True)
    own = 1.0 if votes.weight is None else votes.weight[rows]
    return Said(
        pair[rows],
        slot(votes.a[rows], votes.b[rows], votes.winner[rows]),
        pairs.factor[pair[rows]] * own,
        voter,
        len(voters),
    )


def _totals(problem: Problem, terms: Terms, said: Said) -> csr_array:
    """Each voter's summed score, voters x coordinates of the problem."""
    pairs = problem.pairs
    push = said.weight * terms.slope[said.outcome, said.pair]
    columns, values = [pairs.first[said.pair], pairs.second[said.pair]], [push, -push]
    kept = problem.free
    if problem.frees_tie and terms.tie is not None:
        columns.append(np.full(len(push), pairs.size))
        values.append(said.weight * terms.tie.slope[said.outcome, said.pair])
        kept = np.append(kept, pairs.size)
    totals = csr_array(
        (np.concatenate(values), (np.tile(said.voter, len(values)), np.concatenate(columns))),
        shape=(said.voters, pairs.size + 1),
    )
    return totals[:, kept]


def _curvature(problem: Problem, terms: Terms, said: Said, theirs: Mask) -> Floats:
    """What these votes add to minus the Hessian."""
    outcome, pair, weight = said.outcome[theirs], said.pair[theirs], said.weight[theirs]

    def per_pair(of_vote: Floats) -> Floats:
        return total(pair, weight * of_vote[outcome, pair], len(problem.pairs.first))

    bend = problem.quadratic(per_pair(terms.curvature))
    if not problem.frees_tie or terms.tie is None:
        return bend
    corner = float((weight * terms.tie.curvature[outcome, pair]).sum())
    return bordered(bend, problem.spread(per_pair(terms.tie.mixed)), corner)
