"""An empty registry in a file of its own, for the tests of the serving room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import SQLModel

from arena.store.session import open_store
from serving import tables
from serving.entry import Entry
from serving.sealing import Sealer

SEALER = Sealer("a secret for tests only")
TABLES = [
    kind.__table__  # type: ignore[attr-defined]
    for kind in vars(tables).values()
    if isinstance(kind, type) and issubclass(kind, SQLModel) and kind is not SQLModel
]


@asynccontextmanager
async def empty_registry() -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Sessions of the arena's own store: transactions are what they are in a running arena."""
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite+aiosqlite:///{folder}/registry.db")
        async with store.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all, tables=TABLES)
        yield store.writers
        await store.close()


def entry(name: str = "newcomer", **fields: Any) -> Entry:
    return Entry(
        **{"name": name, "base_url": "https://models.example/v1", "upstream_model": "m"} | fields
    )
