"""What a gateway keeps in the store: the sums of each day, and what its breakers have to tell."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.ledger import Day, Ledger, Sum, today
from serving.tables import Endpoint, UsageDay
from serving.target import Key, Route

log = logging.getLogger(__name__)

WRITE_S = 3.0
# With nothing to write, what other processes have written is looked up this often.
READ_S = 15.0
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
Word = tuple[Route, int, float | None]
SUMMED = ("requests", "failures", "prompt_tokens", "completion_tokens", "cost")


class Journal:
    """Writes in the background: sums every few seconds, a trip or a recovery at once.

    `sessions` begin transactions that write. What cannot be written is kept and tried again.
    """

    def __init__(
        self, ledger: Ledger, sessions: async_sessionmaker[AsyncSession], every_s: float = WRITE_S
    ) -> None:
        self._ledger = ledger
        self._sessions = sessions
        self._every_s = every_s
        self._told: dict[Key, Word] = {}
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._read_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def tell(self, route: Route, failures: int, until: float | None) -> None:
        """An endpoint of the registry tripped, was told to wait, or recovered."""
        if route.id is not None:
            self._told[route.key] = route, failures, until
            self._news.set()

    async def start(self) -> None:
        """Read what today has cost already, and begin to write."""
        await self.write()
        self._task = asyncio.create_task(self._keep_writing(), name="journal")

    async def close(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.write()

    async def _keep_writing(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._news.wait()
            await asyncio.shield(self.write())

    async def write(self) -> None:
        """All there is to say, in one transaction; then today's sums as every process left them."""
        async with self._writing:
            self._news.clear()
            told, sums = dict(self._told), self._ledger.unwritten()
            now = asyncio.get_running_loop().time()
            if not told and not sums and self._read_at and now - self._read_at < READ_S:
                return
            try:
                stored = await written(self._sessions, list(told.values()), sums)
            except (SQLAlchemyError, OSError):
                log.exception("the gateway's journal could not be written; it is kept")
                return
            self._ledger.written(sums, stored)
            self._read_at = now
            for key, word in told.items():
                if self._told.get(key) is word:
                    del self._told[key]


async def written(
    sessions: async_sessionmaker[AsyncSession], told: Sequence[Word], sums: dict[Day, Sum]
) -> dict[Day, int]:
    """One transaction; gives the tokens of today that the store holds after it."""
    async with sessions.begin() as session:
        await tell(session, told)
        await add(session, sums)
        return await tokens_of(session, today())


async def tell(session: AsyncSession, told: Sequence[Word]) -> None:
    """For the other processes: how often the endpoint failed, and until when to leave it alone."""
    for route, failures, until in told:
        cooling = None if until is None else datetime.fromtimestamp(until, UTC)
        change = update(Endpoint).where(
            col(Endpoint.id) == route.id, col(Endpoint.base_url) == route.base_url
        )
        await session.execute(change.values(failures=failures, cooling_until=cooling))


async def add(session: AsyncSession, sums: dict[Day, Sum]) -> None:
    """Add to the days' rows, one statement a model; a row that is missing is made."""
    insert = INSERTS[session.get_bind().dialect.name]
    for (model_id, day), amount in sums.items():
        values = {name: getattr(amount, name) for name in SUMMED}
        fresh = insert(UsageDay).values(model_id=model_id, day=day, **values)
        sets = {name: getattr(UsageDay, name) + getattr(fresh.excluded, name) for name in SUMMED}
        await session.execute(
            fresh.on_conflict_do_update(index_elements=["model_id", "day"], set_=sets)
        )


async def tokens_of(session: AsyncSession, day: date) -> dict[Day, int]:
    """The tokens of every model on this day, asked and answered together."""
    both = col(UsageDay.prompt_tokens) + col(UsageDay.completion_tokens)
    query = select(UsageDay.model_id, both).where(col(UsageDay.day) == day)
    rows = await session.execute(query)
    return {(model_id, day): tokens for model_id, tokens in rows}
