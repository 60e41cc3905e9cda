"""Win rates, the simplest score of all: as they happened, and as the ratings predict them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ranking.bradley_terry import Fit, fit
from ranking.counts import Cells
from ranking.rating import Ties, Weights
from ranking.ties import TIES
from ranking.votes import Floats, Votes
from ranking.weights import weighed


@dataclass(frozen=True)
class WinRate:
    """One model's share of what it could win, a tie being half.

    `played`: of all its votes. `averaged`: the mean over the opponents it met, so that one met
    often counts no more. `predicted`: the mean over all others of what the ratings expect, met or
    not; None where no votes join it to anyone.
    """

    model: str
    votes: int
    played: float
    averaged: float
    predicted: float | None


def win_rates(
    observations: Votes | Cells, *, ties: Ties = "half", weights: Weights = "none"
) -> tuple[WinRate, ...]:
    """Every model that has a vote, best first by its predicted win rate.

    The first two say whom a model met as much as how good it is; the last does not.
    """
    present, pairs = weighed(observations, weights)
    if not present.names:
        return ()
    votes = pairs.per_model(pairs.votes, pairs.votes)
    won = pairs.count[0] + pairs.count[2] / 2
    lost = pairs.count[1] + pairs.count[2] / 2
    share = won / pairs.votes
    opponents = pairs.per_model(np.ones(len(share)), np.ones(len(share)))
    columns = (
        votes.astype(int).tolist(),
        (pairs.per_model(won, lost) / votes).tolist(),
        (pairs.per_model(share, 1 - share) / opponents).tolist(),
        mean_predicted(fit(pairs, ties)),
    )
    rows = [WinRate(*row) for row in zip(present.names, *columns, strict=True)]
    return tuple(sorted(rows, key=lambda r: (-(r.predicted or 0.0), r.model)))


def predicted(fitted: Fit) -> Floats:
    """The score each model may expect of each other: its chance to win, and half that of a tie.

    NaN on the diagonal and where no votes join two models.
    """
    size, group = len(fitted.strengths), fitted.structure.group
    d = (fitted.strengths[:, None] - fitted.strengths[None, :]).ravel()
    chance = TIES[fitted.ties].terms(d, fitted.tie).chance
    score = (chance[0] + chance[2] / 2).reshape(size, size)
    unknown = np.not_equal.outer(group, group) | np.eye(size, dtype=bool)
    return np.where(unknown, np.nan, score)


def mean_predicted(fitted: Fit) -> list[float | None]:
    """Each model's mean over the others that votes join it to."""
    score = predicted(fitted)
    known = (~np.isnan(score)).sum(axis=1)
    mean = np.nansum(score, axis=1) / np.maximum(known, 1)
    return [float(m) if k else None for m, k in zip(mean, known, strict=True)]
