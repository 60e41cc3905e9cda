"""Opens the store: one engine, sessions that read, sessions that write (SQLite and PostgreSQL)."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from arena.errors import Misconfigured

WRITES = {"arena_writes": True}
# Connections are kept: making one costs more than most of what it is asked.
POOL = {"pool_size": 15, "max_overflow": 0}
# SQLite has one writer at a time, and who finds it taken sleeps and tries again; so the writers of
# a process wait for its one writing connection, in the order they came.
ONE_WRITER = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 60}


class Store:
    """Sessions on one database: `read()` to look, `write()` for one transaction that commits."""

    def __init__(self, engine: AsyncEngine, writing: AsyncEngine) -> None:
        self.engine = engine
        self._writing = writing
        self.readers = async_sessionmaker(engine, expire_on_commit=False)
        marked = writing.execution_options(**WRITES)
        self.writers = async_sessionmaker(marked, expire_on_commit=False)

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for looking; what is changed in it is rolled back."""
        return self.readers()

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One transaction; on SQLite it holds the write lock from its beginning."""
        return self.writers.begin()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        await self._writing.dispose()


def open_store(url: str) -> Store:
    """A store on a `sqlite+aiosqlite://` or `postgresql+asyncpg://` address.

    Raises:
        Misconfigured: the address is of another kind, or not an address.
    """
    sqlite = url.startswith("sqlite+aiosqlite:")
    if not sqlite and not url.startswith("postgresql+asyncpg:"):
        kinds = "sqlite+aiosqlite:///FILE or postgresql+asyncpg://NAME:PASSWORD@HOST/DATABASE"
        raise Misconfigured(f"database_url must begin like {kinds}")
    try:
        if not sqlite:
            engine = create_async_engine(url, pool_pre_ping=True, **POOL)
            return Store(engine, engine)
        return Store(_sqlite(url, POOL), _sqlite(url, ONE_WRITER))
    except ArgumentError as error:
        raise Misconfigured(f"database_url cannot be read: {error}") from error


def _sqlite(url: str, pool: dict[str, int]) -> AsyncEngine:
    engine = create_async_engine(url, **pool)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def opened(url: str, new: bool = False) -> AsyncIterator[Store]:
    """A store for the time of a block; `new` may make the file of an SQLite database.

    Raises:
        Misconfigured: there is no such file yet.
    """
    store = open_store(url)
    if not new:
        _check_there(store.engine.url)
    try:
        yield store
    finally:
        await store.close()


def _check_there(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise Misconfigured(f"there is no database {url.database} yet; begin with `arena up`")


def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late to take the write lock; ours is in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("arena_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
