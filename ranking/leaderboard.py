"""A leaderboard: one rating a model, with its interval, its ranks and its counts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ranking.votes import Floats, Indices


@dataclass(frozen=True)
class Rating:
    """One model. A bound of None is unknown or infinite; `ties` counts both-bad votes too.

    `rank_lower` and `rank_upper` are the best and the worst rank the intervals leave possible.
    """

    model: str
    rating: float
    lower: float | None
    upper: float | None
    rank: int
    rank_lower: int
    rank_upper: int
    votes: int
    wins: int
    losses: int
    ties: int


@dataclass(frozen=True)
class Leaderboard:
    """Ratings, best first, with how they were reached and what to beware of."""

    method: str
    votes: int
    models: tuple[Rating, ...]
    warnings: tuple[str, ...] = ()
    iterations: int = 0
    tolerance: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The object `arena rate --json` prints."""
        return {
            "method": self.method,
            "votes": self.votes,
            "models": [asdict(rating) for rating in self.models],
            "warnings": list(self.warnings),
        }

    def to_json(self) -> str:
        """`to_dict` as text; never NaN or Infinity."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)


def ranks(
    rating: Floats, lower: Floats, upper: Floats, group: Indices
) -> tuple[Indices, Indices, Indices]:
    """Rank by rating, and the best and worst rank that the intervals leave possible.

    Bounds may be infinite. Models of different groups were never compared, so none of them is
    surely above or below another.
    """
    same = np.equal.outer(group, group)
    rank = 1 + (rating[None, :] > rating[:, None]).sum(axis=1)
    surely_above = (lower[None, :] > upper[:, None]) & same
    surely_below = (upper[None, :] < lower[:, None]) & same
    return rank, 1 + surely_above.sum(axis=1), len(rating) - surely_below.sum(axis=1)
