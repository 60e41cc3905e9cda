"""Ratings over time: one fit a day to all votes until its end, made once and kept."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col

from arena.snapshots import cells_of_sums
from arena.store.session import Store
from arena.store.sums import PART, Tallied
from arena.store.tables import Kind, Tally
from ranking import rate

MOST_POINTS = 120
Ratings = dict[str, tuple[float, float | None, float | None]]


@dataclass
class Past:
    """What is known of a category: every `stride`-th day's ratings, and the sums until `day`."""

    stride: int = 1
    day: date = date.min
    sums: Tallied = field(default_factory=Tallied)
    points: list[tuple[date, Ratings]] = field(default_factory=list)


class History:
    """The days of one store's boards; one at a time reads, all others wait for what it finds."""

    def __init__(self, store: Store, kinds: Sequence[str]) -> None:
        self._store = store
        self._kinds = [Kind(kind) for kind in kinds]
        self._known: dict[str, Past] = {}
        self._names: Mapping[int, str] = {}
        self._one_at_a_time = asyncio.Lock()

    async def until(
        self, category: str, end: date, names: Mapping[int, str]
    ) -> list[tuple[date, Ratings]]:
        """A category's points for the days before `end`; a changed name begins all again."""
        async with self._one_at_a_time:
            if names != self._names:
                self._names, self._known = names, {}
            past = self._known.setdefault(category, Past())
            days = await self._days(category, past.day, end)
            begun = past.points[0][0] if past.points else min(days, default=end)
            stride = 1 + (end - begun).days // MOST_POINTS
            if stride != past.stride:
                past = self._known[category] = Past(stride)
                days = await self._days(category, past.day, end)
            for day in sorted(days):
                await asyncio.to_thread(_add, past, day, days[day], names)
            return list(past.points)

    async def _days(self, category: str, after: date, end: date) -> dict[date, list[Any]]:
        """The tallies' rows of the days between, by day."""
        keys = [col(Tally.day), col(Tally.model_a), col(Tally.model_b), col(Tally.outcome)]
        counted = (col(Tally.count), col(Tally.weight_sum), col(Tally.weight_sq_sum))
        query = columns(*keys, *(func.sum(column) for column in counted))
        query = query.where(
            col(Tally.category) == category,
            col(Tally.kind).in_(self._kinds),
            col(Tally.day) > after,
            col(Tally.day) < end,
        )
        found: dict[date, list[Any]] = defaultdict(list)
        async with self._store.read() as session:
            rows = await session.stream(query.group_by(*keys))
            async for part in rows.partitions(PART):
                for row in part:
                    found[row.day].append(row[1:])
        return found


def _add(past: Past, day: date, rows: Sequence[Sequence[Any]], names: Mapping[int, str]) -> None:
    past.sums, past.day = past.sums.plus(rows), day
    if past.points and (day - past.points[-1][0]).days < past.stride:
        return
    board = rate(cells_of_sums(past.sums, names))
    past.points.append(
        (day, {row.model: (row.rating, row.lower, row.upper) for row in board.models})
    )


def history_view(
    points: Sequence[tuple[date, Ratings]], board: Mapping[str, Any], now: str
) -> dict[str, Any]:
    """The days and, as the last point, the board that is shown; models best first."""
    shown = {row["model"]: (row["rating"], row["lower"], row["upper"]) for row in board["models"]}
    columns_ = [ratings for _, ratings in points] + [shown]
    models = list(dict.fromkeys([*shown, *(model for ratings in columns_ for model in ratings)]))
    nothing = (None, None, None)
    return {
        "times": [*(_end(day) for day, _ in points), now],
        "models": [
            {
                "model": model,
                **{
                    name: [ratings.get(model, nothing)[at] for ratings in columns_]
                    for at, name in enumerate(("rating", "lower", "upper"))
                },
            }
            for model in models
        ],
    }


def _end(day: date) -> str:
    """The moment a day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC).isoformat()
