"""Ratings over time: one fit at the end of every period, each begun where the last one ended."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ranking.bradley_terry import fit
from ranking.caveats import FEWEST
from ranking.counts import Cells, count, total, without_absent
from ranking.covariance import errors
from ranking.errors import OptionError
from ranking.intervals import bounds, centre
from ranking.pairs import Pairs
from ranking.rating import MEAN, SCALE, Ties
from ranking.votes import WINNERS, Floats, Votes, recode
from ranking.weights import DAY, by_age, normalised


@dataclass(frozen=True, eq=False)
class History:
    """Ratings and 95 % bounds, models x periods; NaN before a model's first votes, or unbounded.

    `times` are the periods' ends, in seconds since 1970.
    """

    names: tuple[str, ...]
    times: tuple[float, ...]
    rating: Floats
    lower: Floats
    upper: Floats

    def to_dict(self) -> dict[str, Any]:
        """Lists with null where there is no number."""
        tables = (self.rating, self.lower, self.upper)
        rows = zip(self.names, *(map(_nullable, table) for table in tables), strict=True)
        keys = ("model", "rating", "lower", "upper")
        return {
            "times": list(self.times),
            "models": [dict(zip(keys, row, strict=True)) for row in rows],
        }


def history(
    periods: Iterable[tuple[float, Cells]],
    *,
    ties: Ties = "half",
    half_life: float | None = None,
) -> History:
    """Fit the votes of all periods until each one's end.

    Args:
        periods: the end of each period, in order, with the votes given in it alone.
        ties: as for `rate`.
        half_life: seconds in which an earlier period's votes lose half their weight; None: never.

    Raises:
        OptionError: periods out of order.
    """
    known: Cells | None = None
    last: dict[str, float] = {}
    points: list[tuple[float, dict[str, tuple[float, float, float]]]] = []
    for end, cells in periods:
        if known is not None:
            if end <= points[-1][0]:
                raise OptionError("the periods of a history come in the order of their ends")
            if half_life is not None:
                known = _faded(known, 0.5 ** ((end - points[-1][0]) / half_life))
        known = cells if known is None else joined(known, cells)
        point, last = _point(known, ties, last)
        points.append((end, point))
    return _history(points)


def periods(
    votes: Votes, every: float = DAY, half_life: float | None = None
) -> Iterator[tuple[float, Cells]]:
    """Votes counted by the period their time lies in; periods begin at 1970 and may be empty.

    With `half_life` a vote has lost weight already by the end of its own period.
    """
    if votes.time is None:
        raise OptionError("a history needs a timestamp for every vote")
    if not every > 0:
        raise OptionError(f"a period is a time above 0, not {every}")
    place = np.floor(votes.time / every).astype(np.int64)
    for period in np.unique(place):
        end = float(period + 1) * every
        within = votes.only(place == period)
        yield end, count(within if half_life is None else by_age(within, half_life, end))


def joined(one: Cells, other: Cells) -> Cells:
    """The cells of both, each once, over the names of both."""
    names = tuple(sorted({*one.names, *other.names}))
    code_of = {name: code for code, name in enumerate(names)}
    sides = [[code_of[name] for name in cells.names] for cells in (one, other)]
    a = np.concatenate([recode(one.a, sides[0]), recode(other.a, sides[1])]).astype(np.int64)
    b = np.concatenate([recode(one.b, sides[0]), recode(other.b, sides[1])]).astype(np.int64)
    outcome = np.concatenate([one.outcome, other.outcome])
    key, cell = np.unique((a * len(names) + b) * len(WINNERS) + outcome, return_inverse=True)
    sums = [
        total(cell, np.concatenate([of_one, of_other]).astype(np.float64), len(key))
        for of_one, of_other in (
            (one.count, other.count),
            (one.weight_sum, other.weight_sum),
            (one.weight_sq_sum, other.weight_sq_sum),
        )
    ]
    pair, said = np.divmod(key, len(WINNERS))
    first, second = (side.astype(np.int32) for side in np.divmod(pair, max(len(names), 1)))
    counted = sums[0].astype(np.int64)
    return Cells(names, first, second, said.astype(np.int8), counted, sums[1], sums[2])


def _faded(cells: Cells, by: float) -> Cells:
    return replace(
        cells, weight_sum=cells.weight_sum * by, weight_sq_sum=cells.weight_sq_sum * by**2
    )


def _point(
    known: Cells, ties: Ties, last: dict[str, float]
) -> tuple[dict[str, tuple[float, float, float]], dict[str, float]]:
    """Rating, lower and upper bound of every model with a vote; and the strengths to begin from."""
    present = without_absent(known)
    if not present.names:
        return {}, last
    assert isinstance(present, Cells)
    pairs = normalised(Pairs.of(present))
    begin = np.array([last.get(name, 0.0) for name in present.names])
    fitted = fit(pairs, ties, start=begin if last else None)
    shape, everyone = fitted.structure, np.ones(pairs.size, bool)
    lower, upper = bounds(fitted, everyone, errors(pairs, fitted, everyone))
    few = pairs.per_model(pairs.votes, pairs.votes) < FEWEST
    columns = (
        centre(fitted.strengths, shape.group, everyone),
        np.where(shape.no_bottom | few, np.nan, lower),
        np.where(shape.no_top | few, np.nan, upper),
    )
    rows = zip(*((MEAN + SCALE * column).tolist() for column in columns), strict=True)
    point = dict(zip(present.names, rows, strict=True))
    return point, dict(zip(present.names, fitted.strengths.tolist(), strict=True))


def _history(points: list[tuple[float, dict[str, tuple[float, float, float]]]]) -> History:
    names = tuple(sorted({name for _, point in points for name in point}))
    table = np.full((3, len(names), len(points)), np.nan)
    for column, (_, point) in enumerate(points):
        for row, name in enumerate(names):
            if name in point:
                table[:, row, column] = point[name]
    return History(names, tuple(end for end, _ in points), *table)


def write_csv(found: History, path: Path) -> None:
    """One line for each model and period that has a rating; an absent bound is left empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("time", "model", "rating", "lower", "upper"))
        for column, end in enumerate(found.times):
            time = datetime.fromtimestamp(end, UTC).isoformat()
            for row in np.flatnonzero(~np.isnan(found.rating[:, column])):
                tables = (found.rating, found.lower, found.upper)
                numbers = _nullable(np.array([table[row, column] for table in tables]))
                out.writerow((time, found.names[row], *numbers))


def _nullable(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
