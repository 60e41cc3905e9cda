"""Votes in, ratings with honest intervals out: numpy arrays in, frozen dataclasses out.

The public names are loaded when first asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ranking.contrasts import Contrast, contrast
    from ranking.counts import Cells, count
    from ranking.errors import FitError, OptionError, RankingError, ReadingError, VotesError
    from ranking.leaderboard import Leaderboard, Rating
    from ranking.plot import interval_plot
    from ranking.rating import Options, rate
    from ranking.reading import read_votes
    from ranking.votes import WINNERS, Votes, Winner

_HOMES = {
    "WINNERS": "votes",
    "Cells": "counts",
    "Contrast": "contrasts",
    "FitError": "errors",
    "Leaderboard": "leaderboard",
    "OptionError": "errors",
    "Options": "rating",
    "RankingError": "errors",
    "Rating": "leaderboard",
    "ReadingError": "errors",
    "Votes": "votes",
    "VotesError": "errors",
    "Winner": "votes",
    "contrast": "contrasts",
    "count": "counts",
    "interval_plot": "plot",
    "rate": "rating",
    "read_votes": "reading",
}

__all__ = [
    "WINNERS",
    "Cells",
    "Contrast",
    "FitError",
    "Leaderboard",
    "OptionError",
    "Options",
    "RankingError",
    "Rating",
    "ReadingError",
    "Votes",
    "VotesError",
    "Winner",
    "contrast",
    "count",
    "interval_plot",
    "rate",
    "read_votes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ranking' has no attribute {name!r}")
    return getattr(import_module(f"ranking.{_HOMES[name]}"), name)
