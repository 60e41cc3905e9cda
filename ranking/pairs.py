"""The pairs that met, each once: what a fit and its errors are computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from ranking.counts import DENSE_KEYS, Cells, total
from ranking.votes import Floats, Indices

TIE: Final = 2  # from this code of `WINNERS` on, nobody won


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair that met, once, first code below second: what the fit and its errors read.

    `count`, `weight` and `square` are 3 x P: first won, second won, tie. `factor` is what each
    pair's votes were multiplied with on top of their own weights. Both bad is a tie here.
    """

    size: int
    first: Indices
    second: Indices
    count: Floats
    weight: Floats
    square: Floats
    factor: Floats

    @classmethod
    def of(cls, cells: Cells) -> Self:
        """Fold the two orders of each pair together; cells without a count are left out."""
        held = cells.count > 0
        a, b = cells.a[held].astype(np.int64), cells.b[held].astype(np.int64)
        size = len(cells.names)
        key, pair = _numbered(np.minimum(a, b) * size + np.maximum(a, b), size * size)
        flat = slot(a, b, cells.outcome[held]) * len(key) + pair
        first, second = np.divmod(key, max(size, 1))
        counted, summed, squared = (
            total(flat, column[held].astype(np.float64), 3 * len(key)).reshape(3, len(key))
            for column in (cells.count, cells.weight_sum, cells.weight_sq_sum)
        )
        return cls(size, first, second, counted, summed, squared, np.ones(len(key)))

    @property
    def votes(self) -> Floats:
        """Votes per pair."""
        total: Floats = self.count.sum(axis=0)
        return total

    def per_model(self, on_first: Floats, on_second: Floats) -> Floats:
        """Add a value per pair up to its two models."""
        one, other = self.first, self.second
        return total(one, on_first, self.size) + total(other, on_second, self.size)

    def scaled(self, factor: Floats | float) -> Self:
        """The same votes, each pair's weights multiplied."""
        return replace(
            self,
            weight=self.weight * factor,
            square=self.square * np.square(factor),
            factor=self.factor * factor,
        )

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The pairs that are marked, over the same models."""
        if kept.all():
            return self
        return replace(
            self,
            first=self.first[kept],
            second=self.second[kept],
            count=self.count[:, kept],
            weight=self.weight[:, kept],
            square=self.square[:, kept],
            factor=self.factor[kept],
        )


def _numbered(key: Indices, size: int) -> tuple[Indices, Indices]:
    """The distinct keys, all below `size`, in order, and the place of each key among them."""
    if size > DENSE_KEYS:
        distinct, place = np.unique(key, return_inverse=True)
        return distinct, place
    present = np.zeros(size, bool)
    present[key] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[key]


def slot(a: NDArray[Any], b: NDArray[Any], outcome: NDArray[Any]) -> Indices:
    """0 where the lower code won, 1 where the higher did, 2 for a tie or both bad."""
    return np.where(outcome >= TIE, TIE, outcome ^ (a > b)).astype(np.int64)
