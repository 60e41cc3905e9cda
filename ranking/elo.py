"""Online Elo, the baseline: one vote after another, each moves two ratings."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ranking.errors import OptionError
from ranking.rating import MEAN, SCALE
from ranking.votes import Votes

K: Final = 4.0  # points at stake in a vote; what public arenas used
SCORES: Final = np.array([1.0, 0.0, 0.5, 0.5])  # of side a, by code of WINNERS


def elo(votes: Votes, k: float = K) -> dict[str, float]:
    """Ratings after the last vote, best first (Elo 1978).

    Votes are taken by their time, or as they stand where they have none. Unlike a fit, the result
    depends on that order and forgets early votes; a weight multiplies `k`.
    """
    if not k > 0:
        raise OptionError(f"k is a number above 0, not {k}")
    votes = votes.only(~votes.mirrored)
    order = np.arange(len(votes)) if votes.time is None else np.argsort(votes.time, kind="stable")
    stake = np.full(len(votes), k) if votes.weight is None else k * votes.weight
    strengths = [0.0] * len(votes.names)
    columns = (votes.a, votes.b, SCORES[votes.winner], stake / SCALE)
    for a, b, score, step in zip(*(column[order].tolist() for column in columns), strict=True):
        expected = 1 / (1 + math.exp(min(strengths[b] - strengths[a], 700.0)))
        moved = step * (score - expected)
        strengths[a] += moved
        strengths[b] -= moved
    met = np.zeros(len(votes.names), bool)
    met[votes.a] = met[votes.b] = True
    rated = [(votes.names[i], MEAN + SCALE * strengths[i]) for i in np.flatnonzero(met)]
    return dict(sorted(rated, key=lambda pair: (-pair[1], pair[0])))
