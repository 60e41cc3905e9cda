"""How far each strength may be off: 95 % bounds from the sandwich errors."""

from __future__ import annotations

from typing import Final

import numpy as np

from ranking.bradley_terry import Fit
from ranking.covariance import Errors, errors
from ranking.graph import Mask
from ranking.pairs import Pairs
from ranking.votes import Floats, Indices, Votes

Z: Final = 1.959963984540054  # 97.5 % point of the normal distribution

Bounds = tuple[Floats, Floats]


def centre(strengths: Floats, group: Indices, listed: Mask) -> Floats:
    """Strengths about the mean of the listed models of each group."""
    held = np.bincount(group, listed)
    total = np.bincount(group, np.where(listed, strengths, 0.0))
    return strengths - (total / np.maximum(held, 1))[group]


def bounds(fitted: Fit, listed: Mask, known: Errors) -> Bounds:
    """95 % bounds of the centred strengths."""
    middle = centre(fitted.strengths, fitted.structure.group, listed)
    margin = Z * np.sqrt(known.single)
    return middle - margin, middle + margin


def sandwich(pairs: Pairs, fitted: Fit, listed: Mask, clustered: Votes | None = None) -> Bounds:
    """`bounds` from the errors of `covariance.errors`."""
    return bounds(fitted, listed, errors(pairs, fitted, listed, clustered))
