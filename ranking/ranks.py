"""Ranks, and the ranks that all differences, taken together, leave possible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ranking.graph import Mask
from ranking.votes import Floats, Indices

LEVEL: Final = 0.95
NODES: Final = 721  # of the integral; more change no digit that is used


@dataclass(frozen=True, eq=False)
class Ranks:
    """Rank by rating, and the best and the worst rank that remain possible."""

    rank: Indices
    best: Indices
    worst: Indices


def ranks(rating: Floats, apart: Floats, no_bottom: Mask, no_top: Mask) -> Ranks:
    """Ranks with ranges that hold for all models at once, in 95 of 100 boards.

    A model is surely above another where their difference exceeds `critical` times its standard
    error; `apart` holds the differences' variances, infinite where two were never compared.
    A model without a bottom is never surely above, one without a top never surely below another.
    """
    ahead = rating[:, None] - rating[None, :]
    surely = ahead > critical(len(rating)) * np.sqrt(apart)
    surely &= ~no_bottom[:, None] & ~no_top[None, :]
    return Ranks(
        1 + (ahead < 0).sum(axis=1),
        1 + surely.sum(axis=0),
        len(rating) - surely.sum(axis=1),
    )


@lru_cache(maxsize=1024)
def critical(models: int, level: float = LEVEL) -> float:
    """How many standard errors apart, for all differences of so many models to hold at once.

    The studentized range over root two (Tukey 1953, Kramer 1956): exact where errors are equal
    and independent, cautious where they are unequal (Hayter 1984).
    """
    if models < 2:
        return float(ndtri((1 + level) / 2))
    most = -float(ndtri((1 - level) / (models * (models - 1))))  # Bonferroni is never smaller
    root = brentq(lambda z: _within(z * math.sqrt(2), models) - level, 0.0, most + 0.1)
    return float(root)


def _within(spread: float, models: int) -> float:
    """Chance that so many independent standard normals lie within `spread` of each other."""
    largest = np.linspace(-9, 9, NODES)
    log_density = -(largest**2) / 2 - math.log(2 * math.pi) / 2
    between = np.maximum(ndtr(largest) - ndtr(largest - spread), 1e-300)
    log_chance = math.log(models) + log_density + (models - 1) * np.log(between)
    return float(np.trapezoid(np.exp(log_chance), largest))
