"""A leaderboard: one rating a model, with its interval, its ranks and its counts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Rating:
    """One model. A bound of None is unknown or infinite; `ties` counts both-bad votes too.

    `rank_lower` and `rank_upper` are the best and the worst rank that the differences to all other
    models leave possible; `provisional` says that too few votes carry the rating.
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
    provisional: bool = False


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
