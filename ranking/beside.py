"""Two sets of votes (people's, a judge's) rated apart by the same engine and laid side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ranking.counts import Cells
from ranking.leaderboard import Leaderboard, Rating
from ranking.rating import rate
from ranking.votes import Floats, Votes


@dataclass(frozen=True)
class Row:
    """A model that both have rated; `shift` is the judge's rating less the people's."""

    model: str
    people: Rating
    judge: Rating
    shift: float


@dataclass(frozen=True)
class Beside:
    """Both boards, and the models on both of them, in the people's order.

    `same_order`: of every two of these models, the share that both rate in one order. `spread`:
    how many times as far apart the judge rates them (1: as people do), by root mean squares.
    """

    people: Leaderboard
    judge: Leaderboard
    rows: tuple[Row, ...]
    same_order: float | None
    spread: float | None


def beside(people: Votes | Cells, judge: Votes | Cells, **options: Any) -> Beside:
    """Rate each by itself with the same `options` (as `rate` takes them); never their sum.

    Ratings are shifted, for the rows, to a common mean over the models that both have rated.
    """
    boards = rate(people, **options), rate(judge, **options)
    theirs = {rating.model: rating for rating in boards[1].models}
    both = [(one, theirs[one.model]) for one in boards[0].models if one.model in theirs]
    rated = np.array([[one.rating, other.rating] for one, other in both]).reshape(-1, 2)
    centred = rated - rated.mean(axis=0) if len(rated) else rated
    shifts = (centred[:, 1] - centred[:, 0]).tolist()
    rows = [
        Row(one.model, one, other, shift) for (one, other), shift in zip(both, shifts, strict=True)
    ]
    return Beside(*boards, tuple(rows), _same_order(centred), _spread(centred))


def _same_order(centred: Floats) -> float | None:
    first, second = np.triu_indices(len(centred), 1)
    if not len(first):
        return None
    way = np.sign(centred[first] - centred[second])
    return float((way[:, 0] == way[:, 1]).mean())


def _spread(centred: Floats) -> float | None:
    size = np.sqrt((centred**2).sum(axis=0))
    return float(size[1] / size[0]) if len(centred) and size[0] > 0 else None
