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
class Coefficient:
    """What the logit of a win grows by when a covariate grows by its root mean square.

    Bounds of None: no two sides differed in it, and nothing was fitted.
    """

    name: str
    coefficient: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Leaderboard:
    """Ratings, best first, with how they were reached and what to beware of.

    `coefficients` are those of the covariates the ratings are controlled for, if any.
    """

    method: str
    votes: int
    models: tuple[Rating, ...]
    warnings: tuple[str, ...] = ()
    iterations: int = 0
    tolerance: float = 0.0
    coefficients: tuple[Coefficient, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The object `arena rate --json` prints; `style` only where there was control for it."""
        board = {
            "method": self.method,
            "votes": self.votes,
            "models": [asdict(rating) for rating in self.models],
            "warnings": list(self.warnings),
        }
        style = [asdict(coefficient) for coefficient in self.coefficients]
        return board | ({"style": style} if style else {})

    def to_json(self) -> str:
        """`to_dict` as text; never NaN or Infinity."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)
