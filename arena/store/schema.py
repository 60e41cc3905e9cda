"""Is the database's schema the code's? Brings it there with Alembic, or says what differs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import SQLModel

from arena.store import tables
from serving import tables as registry_tables

METADATA = SQLModel.metadata
ROOMS = (tables, registry_tables)


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here instead of in an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    if connection is not None:
        config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the schema up to `revision`."""
    await _run(engine, lambda config: command.upgrade(config, revision))


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take the schema back down to `revision` ("base" for nothing)."""
    await _run(engine, lambda config: command.downgrade(config, revision))


async def differences(engine: AsyncEngine) -> list[str]:
    """What stands between the database's schema and the code's; empty when they are one."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


async def _run(engine: AsyncEngine, change: Callable[[Config], None]) -> None:
    async with engine.execution_options(arena_writes=True).connect() as connection:
        await _foreign_keys(connection, "OFF")
        async with connection.begin():
            await connection.run_sync(lambda plain: change(configuration(plain)))
        await _foreign_keys(connection, "ON")


async def _foreign_keys(connection: AsyncConnection, word: str) -> None:
    """SQLite changes a table by writing it anew, which others refer to meanwhile."""
    if connection.dialect.name == "sqlite":
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        await raw.driver_connection.execute(f"PRAGMA foreign_keys={word}")


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    current = context.get_current_revision()
    if current != head:
        return [f"the database is at revision {current or 'none'}, the code at {head}"]
    found: list[Any] = compare_metadata(context, METADATA)
    return [str(difference) for difference in found]
