"""The live contestants in memory: a change is seen at once, the rest is recalled."""

import pytest
from sqlalchemy import event
from sqlmodel import update

from serving.accounts import create_provider, get_provider
from serving.live import Live
from serving.registry import register_model, set_state
from serving.tables import Endpoint, State
from tests.registry_fixture import SEALER, empty_registry, entry


async def test_a_change_is_seen_in_the_next_look() -> None:
    async with empty_registry() as sessions, sessions() as session:
        live = Live(SEALER, clock=lambda: 0.5)
        await create_provider(session, SEALER, "someone")
        provider = await get_provider(session, "someone")
        assert list(await live.targets(session)) == []
        model, _ = await register_model(session, SEALER, provider, entry("newcomer"))
        await set_state(session, model, State.LIVE)
        assert [target.name for target in await live.targets(session)] == ["newcomer"]
        await set_state(session, model, State.PAUSED)
        assert list(await live.targets(session)) == []


@pytest.mark.parametrize(("later", "seen"), [(0.9, 0), (1.1, 7)])
async def test_what_is_not_audited_is_seen_after_a_second(later: float, seen: int) -> None:
    time = 100.0
    async with empty_registry() as sessions, sessions() as session:
        live = Live(SEALER, clock=lambda: time)
        await create_provider(session, SEALER, "someone")
        provider = await get_provider(session, "someone")
        model, _ = await register_model(session, SEALER, provider, entry("one"))
        await set_state(session, model, State.LIVE)
        await live.targets(session)
        await session.execute(update(Endpoint).values(failures=7))
        time += later
        assert (await live.targets(session))[0].routes[0].failures == seen


async def test_an_unchanged_registry_costs_one_statement() -> None:
    async with empty_registry() as sessions, sessions() as session:
        live = Live(SEALER, clock=lambda: 0.5)
        await create_provider(session, SEALER, "someone")
        provider = await get_provider(session, "someone")
        model, _ = await register_model(session, SEALER, provider, entry("one"))
        await set_state(session, model, State.LIVE)
        first = await live.targets(session)
        told: list[str] = []
        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", lambda *said: told.append(said[2]))
        assert await live.targets(session) is first
        assert len(told) == 1 and "max(" in told[0]
