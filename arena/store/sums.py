"""The tallies' sums, kept in memory: read once, then only what was posted since."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena.store.tables import Kind, Observation, Tally
from arena.store.tallies import OVERALL
from ranking.votes import WINNERS

CODES = {winner.value: code for code, winner in enumerate(WINNERS)}
SWAPPED = np.array([1, 0, 2, 3])
SHIFT = 32
# A transaction may commit after one that got a higher number; none is open for longer than this.
LATE_S = 60.0
RECENT = 1_000
PART = 5_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tallied:
    """One category's sums: a row a pair that met, the lower code first, a column an outcome.

    `count`, `weight` and `square` are P x 4: the first won, the second won, tie, both bad.
    """

    pair: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    count: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    weight: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    square: Floats = field(default_factory=lambda: np.zeros((0, 4)))

    @property
    def first(self) -> Ints:
        """The lower code of each pair."""
        return self.pair >> SHIFT

    @property
    def second(self) -> Ints:
        """The higher code of each pair."""
        return self.pair & ((1 << SHIFT) - 1)

    def plus(self, rows: Sequence[Sequence[Any]]) -> "Tallied":
        """With rows of (model_a, model_b, outcome, count, weight, square) added.

        Itself where no two met for the first time, with the rows added in place.
        """
        a, b, said, count, weight, square = (np.array(column) for column in zip(*rows, strict=True))
        outcome = np.array([CODES[word] for word in said.tolist()])
        outcome = np.where(a > b, SWAPPED[outcome], outcome)
        pair = (np.minimum(a, b).astype(np.int64) << SHIFT) + np.maximum(a, b)
        place = np.searchsorted(self.pair, pair)
        known = np.append(self.pair, -1)[place] == pair
        new = np.unique(pair[~known])
        grown = self._with(new) if len(new) else self
        at = (np.searchsorted(grown.pair, pair), outcome)
        np.add.at(grown.count, at, count)
        np.add.at(grown.weight, at, weight)
        np.add.at(grown.square, at, square)
        return grown

    def _with(self, new: Ints) -> "Tallied":
        """A copy that has rows of nothing for these pairs."""
        at = np.searchsorted(self.pair, new)
        return Tallied(
            np.insert(self.pair, at, new),
            np.insert(self.count, at, 0, axis=0),
            np.insert(self.weight, at, 0.0, axis=0),
            np.insert(self.square, at, 0.0, axis=0),
        )


class Sums:
    """Every category's sums for some kinds of visitors, brought up to date by `update`."""

    def __init__(self, kinds: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._kinds = [Kind(kind) for kind in kinds]
        self._clock = clock
        self._seen: set[int] | None = None
        self._reached: deque[tuple[float, int]] = deque()
        self.by_category: dict[str, Tallied] = {}

    async def update(self, session: AsyncSession) -> set[str]:
        """Read what was posted since the last time, or everything; gives what changed."""
        if self._seen is None:
            return await self._read_all(session)
        ids = set(await _numbers(session, self._anchor()))
        if not self._seen <= ids:  # the tallies were counted anew from the votes
            await session.rollback()
            return await self._read_all(session)
        new = ids - self._seen
        changed = self._add(await _posted(session, new)) if new else set()
        self._remember(ids)
        return changed

    def _anchor(self) -> int:
        return min(self._seen or {0})

    def _remember(self, ids: set[int]) -> None:
        """Forget the numbers below one that was there already before the longest transaction."""
        moment = self._clock()
        self._reached.append((moment, max(ids, default=0)))
        while len(self._reached) > 1 and self._reached[1][0] <= moment - LATE_S:
            self._reached.popleft()
        then, reached = self._reached[0]
        settled = reached if then <= moment - LATE_S else 0
        self._seen = {number for number in ids if number >= settled}

    async def _read_all(self, session: AsyncSession) -> set[str]:
        if session.get_bind().dialect.name == "postgresql":  # SQLite's reads see one moment anyway
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        before, self.by_category = set(self.by_category), {OVERALL: Tallied()}
        self._seen = set(await _numbers(session, 0, RECENT))
        self._reached.clear()
        parts: dict[str, list[Any]] = defaultdict(list)
        async for rows in _summed(session, self._kinds):
            for category, *row in rows:
                parts[category].append(row)
        for category, found in parts.items():
            self.by_category[category] = await asyncio.to_thread(Tallied().plus, found)
        return before | set(self.by_category)

    def _add(self, posted: Iterable[Any]) -> set[str]:
        rows: dict[str, list[Any]] = defaultdict(list)
        for seen in posted:
            if seen.kind in self._kinds:
                weights = (seen.sign * seen.weight, seen.sign * seen.weight**2)
                row = (seen.model_a, seen.model_b, seen.outcome, seen.sign, *weights)
                for category in (OVERALL, *seen.categories):
                    rows[category].append(row)
        for category, found in rows.items():
            self.by_category[category] = self.by_category.get(category, Tallied()).plus(found)
        return set(rows)


async def _numbers(session: AsyncSession, least: int, most: int | None = None) -> Iterable[int]:
    """The observations' numbers from `least` on, the newest `most` of them."""
    query = columns(col(Observation.id)).where(col(Observation.id) >= least)
    query = query.order_by(col(Observation.id).desc()).limit(most)
    return [number for (number,) in await session.execute(query) if number is not None]


async def _posted(session: AsyncSession, ids: set[int]) -> Iterable[Any]:
    wanted = (
        Observation.id,
        Observation.sign,
        Observation.kind,
        Observation.categories,
        Observation.model_a,
        Observation.model_b,
        Observation.outcome,
        Observation.weight,
    )
    query = columns(*map(col, wanted)).where(col(Observation.id) >= min(ids))
    return [row for row in await session.execute(query) if row.id in ids]


async def _summed(session: AsyncSession, kinds: Sequence[Kind]) -> Any:
    """Parts of the tallies, summed over days and kinds."""
    keys = [col(Tally.category), col(Tally.model_a), col(Tally.model_b), col(Tally.outcome)]
    counted = (col(Tally.count), col(Tally.weight_sum), col(Tally.weight_sq_sum))
    query = columns(*keys, *(func.sum(column) for column in counted))
    query = query.where(col(Tally.kind).in_(kinds)).group_by(*keys)
    found = await session.stream(query)
    async for rows in found.partitions(PART):
        yield rows
