"""How few votes, left out or turned round, change places on a board."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from ranking.bradley_terry import Fit, fit
from ranking.counts import Cells
from ranking.errors import FitError
from ranking.influence import Change, influence
from ranking.pairs import Pairs
from ranking.rating import Ties, Weights
from ranking.votes import Floats, Indices, Votes
from ranking.weights import weighed

CHALLENGERS: Final = 5  # of number one that are tried: those that single votes move most
ROUNDS: Final = 30  # times the votes are ordered again before giving up
PLACES: Final = 8  # of strengths that tell two models apart on the board
EQUAL: Final = 1e-8  # strengths closer than this are equal, which is not yet a change of places


@dataclass(frozen=True)
class Swap:
    """Fewest votes found whose loss (`drop`) or reversal (`flip`) puts `below` above `above`.

    None where none were found. `votes` is how many there are in which either took part.
    """

    above: str
    below: str
    drop: int | None
    flip: int | None
    votes: int


@dataclass(frozen=True)
class Robustness:
    """What it takes to change number one, and to swap each model with the next one below."""

    votes: int
    first: Swap | None
    pairs: tuple[Swap, ...]

    def to_dict(self) -> dict[str, Any]:
        """The object `arena rate --robustness --json` prints under `robustness`."""
        return asdict(self)


def robustness(
    observations: Votes | Cells,
    *,
    ties: Ties = "half",
    weights: Weights = "none",
    min_votes: int = 0,
) -> Robustness:
    """The fewest votes found that change number one, or any two neighbours on the board.

    The votes that by their influence should close the distance soonest are changed and the fit is
    made again; where the distance is still open the rest are ordered anew (Huang, Shen, Wei and
    Broderick 2025, arXiv 2508.11847). The number found is enough; that fewer would not be is not
    proved. Models that only won or only lost are left out.
    """
    present, pairs = weighed(observations, weights)
    if not present.names:
        return Robustness(0, None, ())
    fitted = fit(pairs, ties)
    listed = (pairs.per_model(pairs.votes, pairs.votes) >= min_votes) & fitted.structure.core
    order = np.flatnonzero(listed)
    order = order[np.argsort(-np.round(fitted.strengths[order], PLACES), kind="stable")]
    search = Search(present.names, pairs, fitted)
    return Robustness(
        int(pairs.count.sum()),
        search.first(order),
        tuple(search.swap(int(i), int(j)) for i, j in pairwise(order)),
    )


class Search:
    """Looks for the votes that carry the distance between two models of one board."""

    def __init__(self, names: Sequence[str], pairs: Pairs, fitted: Fit) -> None:
        self._names = names
        self._pairs = pairs
        self._fitted = fitted
        self._influence = influence(pairs, fitted)

    def swap(self, above: int, below: int) -> Swap:
        """What it takes to put the one above the other."""
        pairs = self._pairs
        either = np.isin(pairs.first, [above, below]) | np.isin(pairs.second, [above, below])
        return Swap(
            self._names[above],
            self._names[below],
            self.fewest(above, below, "drop"),
            self.fewest(above, below, "flip"),
            int(pairs.votes[either].sum()),
        )

    def first(self, order: Indices) -> Swap | None:
        """What it takes to have another number one: the nearest of its challengers."""
        best, rest = order[:1], order[1:]
        rest = rest[self._fitted.structure.group[rest] == self._fitted.structure.group[best]]
        distance = self._fitted.strengths[best] - self._fitted.strengths[rest]
        nearest = np.argsort(distance / self._influence.apart[best, rest], kind="stable")
        tried = np.sort(nearest[:CHALLENGERS])  # where as few do for two, the better one is named
        found = [self.swap(int(best[0]), int(rest[j])) for j in tried]
        return min(found, key=lambda s: min(_known(s.drop), _known(s.flip)), default=None)

    def fewest(self, above: int, below: int, change: Change) -> int | None:
        """The fewest votes found that put `below` above `above`; None where none do."""
        if self._fitted.structure.group[above] != self._fitted.structure.group[below]:
            return None
        pairs, fitted, moves, changed = self._pairs, self._fitted, self._influence, 0
        for _ in range(ROUNDS):
            order = Order.of(moves.on(above, below, change), pairs.count)
            wanted = order.enough(_distance(fitted, above, below))
            if wanted is None:
                return None
            tried = self._refit(order.changed(pairs, wanted, change))
            if tried is None:
                return None
            if _swapped(tried, above, below):
                return changed + self._least(pairs, order, wanted, (above, below), change)
            pairs, fitted, changed = order.changed(pairs, wanted, change), tried, changed + wanted
            if not fitted.structure.core[[above, below]].all():
                return None
            moves = influence(pairs, fitted)
        return None

    def _least(
        self, pairs: Pairs, order: Order, enough: int, models: tuple[int, int], change: Change
    ) -> int:
        """The shortest beginning of the order that still swaps them: stride down, then halve."""
        low, high, stride = 0, enough, 1
        while high - low > 1:
            middle = max(high - stride, low + 1) if low == 0 else (low + high) // 2
            tried = self._refit(order.changed(pairs, middle, change))
            if tried is not None and _swapped(tried, *models):
                high, stride = middle, stride * 2
            else:
                low = middle
        return high

    def _refit(self, pairs: Pairs) -> Fit | None:
        try:
            return fit(pairs, self._fitted.ties, start=self._fitted)
        except FitError:
            return None


@dataclass(frozen=True, eq=False)
class Order:
    """Cells from the one whose votes close the distance fastest to the last that does so at all."""

    cell: Indices
    effect: Floats
    count: Floats

    @classmethod
    def of(cls, effect: Floats, count: Floats) -> Order:
        """Cells by the effect of one vote; those that widen the distance are left out."""
        flat, held = effect.ravel(), count.ravel()
        closing = np.flatnonzero((flat < 0) & (held > 0))
        cell = closing[np.argsort(flat[closing], kind="stable")]
        return cls(cell, -flat[cell], held[cell])

    def enough(self, distance: float) -> int | None:
        """How many votes should do more than close the distance; None where there are none.

        Where all seem too few, half of them: each weighs more once others are gone.
        """
        done = np.cumsum(self.effect * self.count)
        place = int(np.searchsorted(done, distance, side="right"))
        if place == len(done):
            return math.ceil(self.count.sum() / 2) or None
        before = float(done[place - 1]) if place else 0.0
        votes = float(self.count[:place].sum())
        return int(votes + math.floor((distance - before) / self.effect[place]) + 1)

    def changed(self, pairs: Pairs, votes: int, change: Change) -> Pairs:
        """The pairs without the first `votes` of the order, or with them turned round."""
        before = np.cumsum(self.count) - self.count
        taken = np.zeros(pairs.count.size)
        taken[self.cell] = np.clip(votes - before, 0, self.count)
        gone = taken.reshape(pairs.count.shape)
        heavy = pairs.weight / np.maximum(pairs.count, 1) * gone
        count, weight = pairs.count - gone, pairs.weight - heavy
        if change == "flip":
            count, weight = count + gone[[1, 0, 2]], weight + heavy[[1, 0, 2]]
        return replace(pairs, count=count, weight=np.where(count > 0, np.maximum(weight, 0), 0.0))


def _distance(fitted: Fit, above: int, below: int) -> float:
    return max(float(fitted.strengths[above] - fitted.strengths[below]), 0.0)


def _swapped(fitted: Fit, above: int, below: int) -> bool:
    together = fitted.structure.group[above] == fitted.structure.group[below]
    return bool(together and fitted.strengths[below] - fitted.strengths[above] > EQUAL)


def _known(votes: int | None) -> float:
    return math.inf if votes is None else votes
