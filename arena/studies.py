"""What takes a row per vote, found in the background: style control and robustness of the ranks."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import select as columns
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from arena import features
from arena.board import Boards
from arena.errors import NotFound
from arena.snapshots import cells_of
from arena.store.chain import public_names
from arena.store.columns import Observed, newest, read
from arena.store.session import Store
from arena.store.tables import Observation, Study, Turn, Vote
from ranking import rate
from ranking.errors import RankingError
from ranking.robustness import robustness
from serving.tables import now

log = logging.getLogger(__name__)

STYLE, ROBUSTNESS, REASON = "style", "robustness", "reason"
AT_ONCE = 200  # answers counted in one go: the write lock is held for a moment only
# So many times as long as it took: a busy arena's studies take a twentieth of one core.
TIMES = 20.0


class Studies:
    """Keeps the studies of one store as new as its observations; what is found, all may read."""

    def __init__(self, store: Store, boards: Boards) -> None:
        self._store = store
        self._boards = boards

    async def keep_fresh(self, seconds: float) -> None:
        """Look for ever."""
        while True:
            began = time.monotonic()
            try:
                await self.refresh()
            except NotFound as error:
                log.info("no studies yet: %s", error)
            except SQLAlchemyError:  # a database that is away for a moment must not end the chore
                log.exception("the studies are looked at again in a while")
            await asyncio.sleep(max(seconds, TIMES * (time.monotonic() - began)))

    async def refresh(self) -> list[str]:
        """Count what was not counted, then fit again what is behind; gives what was fitted."""
        while await self._count_some():
            pass
        return [*await self._style(), *await self._robustness()]

    async def _count_some(self) -> bool:
        """Count the style of some observations that an older version, or none, has counted."""
        query = (
            columns(col(Observation.id), col(Turn.answer_a), col(Turn.answer_b))
            .join(Vote, col(Vote.id) == col(Observation.vote_id))
            .join(Turn, col(Turn.id) == col(Vote.turn_id))
            .where(col(Observation.counted_by) < features.VERSION)
        )
        async with self._store.read() as session:
            rows = (await session.execute(query.limit(AT_ONCE))).all()
        counts = await asyncio.to_thread(features.counted, [(row[1], row[2]) for row in rows])
        changes = [
            {"id": row[0], "counted_by": features.VERSION, **found}
            for row, found in zip(rows, counts, strict=True)
        ]
        if changes:
            async with self._store.write() as session:
                await session.execute(update(Observation), changes)
        return bool(changes)

    async def _style(self) -> list[str]:
        async with self._store.read() as session:
            moment = now() - self._boards.delay
            behind = await self._behind(STYLE, await newest(session, moment))
            if not behind:
                return []
            names = await public_names(session)
            observed = await read(session, self._boards.kinds, names, moment)
        done = []
        for category in behind:
            found = await asyncio.to_thread(style_of, observed, category)
            await self._keep(STYLE, category, observed.last, found)
            done += [f"{STYLE} {category}"]
        return done

    async def _robustness(self) -> list[str]:
        shown = await self._boards.shown()
        done = []
        for category in await self._behind(ROBUSTNESS, shown.snapshot.id or 0):
            tally = await self._boards.tally(shown, category)
            found = await asyncio.to_thread(robustness_of, tally)
            await self._keep(ROBUSTNESS, category, shown.snapshot.id or 0, found)
            done += [f"{ROBUSTNESS} {category}"]
        return done

    async def _behind(self, name: str, last: int) -> Sequence[str]:
        """The categories on the board whose study has not seen what is there now."""
        shown = await self._boards.shown()
        async with self._store.read() as session:
            query = select(Study.category, Study.last).where(Study.name == name)
            seen = {row[0]: row[1] for row in await session.execute(query)}
        return [category for category in shown.categories if seen.get(category) != last]

    async def _keep(self, name: str, category: str, last: int, found: Mapping[str, Any]) -> None:
        content = orjson.dumps(found).decode()
        async with self._store.write() as session:
            study = Study(name=name, category=category, last=last, time=now(), content=content)
            await session.merge(study)


def style_of(observed: Observed, category: str) -> dict[str, Any]:
    """A category's board with style taken out; or the reason why the votes cannot tell."""
    votes = observed.votes_of(category, styled=True)
    try:
        board = rate(votes, style=True)
    except RankingError as error:
        return {REASON: str(error)}
    if not board.coefficients:
        return {REASON: "no vote's answers were counted yet"}
    return {**board.to_dict(), "features": [asdict(worth) for worth in board.coefficients]}


def robustness_of(tally: Mapping[str, Any]) -> dict[str, Any]:
    """How few votes would swap each two neighbours of a board."""
    try:
        found = robustness(cells_of(tally))
    except RankingError as error:
        return {REASON: str(error)}
    first = asdict(found.first) if found.first else None
    return {"first": first, "pairs": [asdict(swap) for swap in found.pairs]}
