"""Writes running turns: what is asked for during one transaction goes into the next, together."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, update

from arena.store.session import Store
from arena.store.tables import Turn

Row = dict[str, Any]
# Of a row: the id of its turn; the rest are columns.
TURN = "turn_id"
_TABLE = Turn.metadata.tables["turn"]
_UPDATE = update(_TABLE).where(_TABLE.c.id == bindparam(TURN))


class Saver:
    """One transaction at a time, however many turns want to be saved; each in the order asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def save(self, *rows: Row) -> None:
        """Return once all rows are committed; raises what kept any of them out."""
        loop = asyncio.get_running_loop()
        asked = [(row, loop.create_future()) for row in rows]
        self._waiting += asked
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="saver")
        await asyncio.gather(*(future for _, future in asked))

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._commit([row for row, _ in batch])
            except Exception:
                # One row may have spoiled it for all.
                for row, future in batch:
                    await self._alone(row, future)
            else:
                for _, future in batch:
                    tell(future)

    async def _alone(self, row: Row, future: "asyncio.Future[None]") -> None:
        try:
            await self._commit([row])
        except Exception as error:
            tell(future, error)
        else:
            tell(future)

    async def _commit(self, rows: Sequence[Row]) -> None:
        async with self._store.write() as session:
            for alike in of_the_same_columns(rows):
                await session.execute(_UPDATE, alike)


def of_the_same_columns(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows by the columns they have, each kind in order: one statement serves a kind."""
    return [list(kind) for _, kind in groupby(sorted(rows, key=tuple), key=tuple)]


def tell(future: "asyncio.Future[None]", error: Exception | None = None) -> None:
    """Whoever waited may have gone."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
