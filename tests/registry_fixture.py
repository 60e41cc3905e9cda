"""An empty registry in a file of its own, for the tests of the serving room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlmodel import SQLModel

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
    folder = TemporaryDirectory()
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder.name}/registry.db")
    event.listen(engine.sync_engine, "connect", check_foreign_keys)
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all, tables=TABLES)
    yield async_sessionmaker(engine, expire_on_commit=False)
    await engine.dispose()
    folder.cleanup()


def check_foreign_keys(connection: Any, _: object) -> None:
    connection.execute("PRAGMA foreign_keys=ON")


def entry(name: str = "newcomer", **fields: Any) -> Entry:
    return Entry(
        **{"name": name, "base_url": "https://models.example/v1", "upstream_model": "m"} | fields
    )
