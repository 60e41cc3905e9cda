"""The registry's tables: what they refuse, and what comes back from the database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import SQLModel, select

from serving.tables import Model, Provider, State
from tests.registry_fixture import TABLES


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all, tables=TABLES)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
    await engine.dispose()


def provider(**fields: Any) -> Provider:
    return Provider(**{"name": "p", **fields})


async def test_a_moment_comes_back_aware_and_in_utc(session: AsyncSession) -> None:
    east = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    session.add(provider(created=east))
    await session.commit()
    session.expunge_all()
    read = (await session.execute(select(Provider))).scalar_one()
    assert read.created == datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert read.created.tzinfo is UTC


async def test_a_naive_moment_is_refused(session: AsyncSession) -> None:
    session.add(provider(created=datetime(2026, 1, 1)))
    with pytest.raises(StatementError, match="naive"):
        await session.commit()


async def test_a_state_is_stored_as_its_word(session: AsyncSession) -> None:
    session.add(Model(name="m", provider_id=1, state=State.LIVE))
    await session.commit()
    table = SQLModel.metadata.tables["model"]
    session.expunge_all()
    read = (await session.execute(select(Model))).scalar_one()
    assert read.state is State.LIVE
    words = await session.connection()
    assert (await words.exec_driver_sql(f"select state from {table.name}")).scalar_one() == "live"


async def test_two_models_cannot_have_one_name(session: AsyncSession) -> None:
    session.add_all([Model(name="m", provider_id=1), Model(name="m", provider_id=2)])
    with pytest.raises(IntegrityError):
        await session.commit()
