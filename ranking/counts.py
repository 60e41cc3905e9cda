"""Votes counted: cells of (model, model, outcome) with their sums of weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranking.errors import VotesError
from ranking.votes import (
    WINNERS,
    Codes,
    Floats,
    Indices,
    Strings,
    Votes,
    factorise,
    recode,
    winner_codes,
)

CHUNK: Final = 1 << 18  # rows per bincount: the int64 copy it makes stays in the cache
DENSE_KEYS: Final = 1 << 24  # above this many possible cells, sort the keys instead


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of votes by who met and what was said: all a fit needs, whatever their number.

    `outcome` holds codes of `WINNERS`; `weight_sum` and `weight_sq_sum` add up the votes' weights
    and their squares (both equal `count` when votes weigh 1). A cell may appear twice and in both
    orders of its pair. A cell with a count of 0 is ignored.
    """

    names: tuple[str, ...]
    a: Codes
    b: Codes
    outcome: NDArray[np.int8]
    count: Indices
    weight_sum: Floats
    weight_sq_sum: Floats

    def __post_init__(self) -> None:
        columns = (self.b, self.outcome, self.count, self.weight_sum, self.weight_sq_sum)
        if any(column.shape != self.a.shape for column in columns):
            raise VotesError("the columns of the cells differ in length")
        checks = {
            "a model code is outside the names": _outside(self.a, len(self.names))
            | _outside(self.b, len(self.names)),
            "an outcome code is not one of the four": _outside(self.outcome, len(WINNERS)),
            "a model met itself": self.a == self.b,
            "a count is negative": self.count < 0,
            "a sum of weights is negative or not finite": _not_a_sum(self.weight_sum)
            | _not_a_sum(self.weight_sq_sum),
        }
        for problem, wrong in checks.items():
            if np.any(wrong & (self.count != 0)):
                raise VotesError(f"cell {int(np.argmax(wrong)) + 1}: {problem}")

    @classmethod
    def from_columns(
        cls,
        model_a: Strings,
        model_b: Strings,
        outcome: Strings,
        count: ArrayLike,
        weight_sum: ArrayLike | None = None,
        weight_sq_sum: ArrayLike | None = None,
    ) -> Self:
        """Cells with models and outcomes by name, as a table of tallies holds them."""
        codes_a, names_a = factorise("model_a", model_a)
        codes_b, names_b = factorise("model_b", model_b)
        names = tuple(sorted({*names_a, *names_b}))
        code_of = {name: code for code, name in enumerate(names)}
        counted = np.asarray(count, dtype=np.int64)
        summed = counted if weight_sum is None else weight_sum
        return cls(
            names,
            recode(codes_a, [code_of[name] for name in names_a]),
            recode(codes_b, [code_of[name] for name in names_b]),
            winner_codes(outcome),
            counted,
            np.asarray(summed, dtype=np.float64),
            np.asarray(summed if weight_sq_sum is None else weight_sq_sum, dtype=np.float64),
        )


def count(votes: Votes) -> Cells:
    """Add the votes up, in one pass over their codes; a model against itself is left out."""
    size = len(votes.names)
    keys = size * size * len(WINNERS)
    if keys > DENSE_KEYS:
        key, inverse = np.unique(_keys(votes, slice(None), np.int64), return_inverse=True)
        sums = _sums(inverse, votes.weight, len(key))
    else:
        dense = _dense_sums(votes, keys)
        key = np.flatnonzero(dense[0])
        sums = dense[0][key], dense[1][key], dense[2][key]
    pair, outcome = np.divmod(key, len(WINNERS))
    a, b = np.divmod(pair, max(size, 1))
    met = a != b
    return Cells(
        votes.names,
        a[met].astype(np.int32),
        b[met].astype(np.int32),
        outcome[met].astype(np.int8),
        *(column[met] for column in sums),
    )


def _keys(votes: Votes, rows: slice, kind: type[np.integer[Any]]) -> NDArray[Any]:
    """The number of each vote's cell."""
    key = votes.a[rows].astype(kind)
    key *= len(votes.names)
    key += votes.b[rows]
    key *= len(WINNERS)
    key += votes.winner[rows]
    return key


def _sums(key: Indices, weight: Floats | None, size: int) -> tuple[Indices, Floats, Floats]:
    counted: Indices = np.bincount(key, minlength=size).astype(np.int64)
    if weight is None:
        same = counted.astype(np.float64)
        return counted, same, same
    return counted, total(key, weight, size), total(key, weight * weight, size)


def total(key: Indices, values: Floats, size: int) -> Floats:
    """Sum of the values of each key below `size`."""
    return np.bincount(key, values, minlength=size).astype(np.float64)


def _dense_sums(votes: Votes, size: int) -> tuple[Indices, Floats, Floats]:
    """`_sums` by parts that stay in the cache; the keys, below DENSE_KEYS, fit 32 bits."""
    counted = np.zeros(size, dtype=np.int64)
    summed, squared = np.zeros(size), np.zeros(size)
    for start in range(0, len(votes), CHUNK):
        rows = slice(start, start + CHUNK)
        key = _keys(votes, rows, np.int32).astype(np.int64)
        counted += np.bincount(key, minlength=size)
        if votes.weight is not None:
            weight = votes.weight[rows]
            summed += total(key, weight, size)
            squared += total(key, weight * weight, size)
    if votes.weight is None:
        summed = squared = counted.astype(np.float64)
    return counted, summed, squared


def _outside(codes: NDArray[Any], size: int) -> NDArray[np.bool_]:
    wrong: NDArray[np.bool_] = (codes < 0) | (codes >= size)
    return wrong


def _not_a_sum(values: Floats) -> NDArray[np.bool_]:
    wrong: NDArray[np.bool_] = ~(np.isfinite(values) & (values >= 0))
    return wrong


def without_absent(observations: Votes | Cells) -> Votes | Cells:
    """The same observations with names, and codes, of only those models that have a vote."""
    if isinstance(observations, Cells):
        observations = _select(observations, observations.count > 0)
    held = _held(observations)
    if held.all():
        return observations
    new = np.cumsum(held, dtype=np.int32) - 1
    names = tuple(name for name, kept in zip(observations.names, held, strict=True) if kept)
    a, b = recode(observations.a, new), recode(observations.b, new)
    return replace(observations, names=names, a=a, b=b)


def _held(observations: Votes | Cells) -> NDArray[np.bool_]:
    """Which models have a row; looks no further once all have one."""
    held = np.zeros(len(observations.names), bool)
    for start in range(0, len(observations.a), CHUNK):
        rows = slice(start, start + CHUNK)
        held[observations.a[rows]] = held[observations.b[rows]] = True
        if held.all():
            break
    return held


def _select(cells: Cells, kept: NDArray[np.bool_]) -> Cells:
    if kept.all():
        return cells
    return Cells(
        cells.names,
        cells.a[kept],
        cells.b[kept],
        cells.outcome[kept],
        cells.count[kept],
        cells.weight_sum[kept],
        cells.weight_sq_sum[kept],
    )
