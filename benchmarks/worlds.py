"""Worlds whose truth is known: strengths, what a vote says at a difference of them, votes drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from ranking.pairs import Pairs
from ranking.ties import TIES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Said = Callable[[Floats], Floats]  # differences to chances of (first won, second won, tie), 3 x P


def half_ties(share: float) -> Said:
    """Mean score exactly logistic; this share of votes between equals are ties, fewer elsewhere."""

    def said(d: Floats) -> Floats:
        win = expit(d)
        tie = 4 * share * win * (1 - win)
        return np.stack([win - tie / 2, 1 - win - tie / 2, tie])

    return said


def modelled_ties(name: str, parameter: float) -> Said:
    """Davidson's or Rao and Kupper's world, with this tie parameter."""
    return lambda d: TIES[name].terms(d, parameter).chance


def every_pair(size: int) -> tuple[Ints, Ints]:
    """All pairs of so many models, the lower first."""
    first, second = np.triu_indices(size, 1)
    return first, second


def strengths(size: int, spread: float, rng: np.random.Generator) -> Floats:
    """Normal quantiles in random order, of this standard deviation: no lucky draws."""
    level: Floats = ndtri((np.arange(size) + 0.5) / size)
    return rng.permutation(spread * level / max(float(level.std()), 1e-9))


def outcomes(count: Ints, chance: Floats, rng: np.random.Generator) -> Floats:
    """What so many votes of each pair say: 3 x P."""
    first = rng.binomial(count, np.clip(chance[0], 0, 1))
    rest = np.clip(chance[1] / np.maximum(chance[1] + chance[2], 1e-300), 0, 1)
    second = rng.binomial(count - first, rest)
    return np.stack([first, second, count - first - second]).astype(np.float64)


@dataclass(eq=False)
class Tally:
    """Votes of every pair so far, each once plain and once by inverse propensity."""

    size: int
    first: Ints
    second: Ints
    count: Floats
    weight: Floats
    square: Floats

    @classmethod
    def empty(cls, size: int) -> Tally:
        """Nothing counted yet."""
        first, second = every_pair(size)
        return cls(size, first, second, *(np.zeros((3, len(first))) for _ in range(3)))

    def add(self, said: Floats, probability: Floats) -> None:
        """Votes on pairs drawn with these probabilities."""
        self.count += said
        self.weight += said / probability
        self.square += said / probability**2

    def pairs(self, by_propensity: bool = False) -> Pairs:
        """As the fit takes them; weights average 1."""
        held = self.count.sum(axis=0) > 0
        count = self.count[:, held]
        weight, square = (count, count)
        if by_propensity:
            scale = count.sum() / self.weight[:, held].sum()
            weight, square = self.weight[:, held] * scale, self.square[:, held] * scale**2
        first, second = self.first[held], self.second[held]
        return Pairs(self.size, first, second, count, weight, square, np.ones(int(held.sum())))
