"""The registry on SQLite and on a real PostgreSQL alike."""

import asyncio

import pytest

from arena.store.session import Store
from serving import accounts, registry
from serving.entry import Entry
from serving.errors import NameTaken, WrongState
from serving.sealing import Sealer
from serving.tables import State

SEALER = Sealer("a secret of the tests")
ENTRY = Entry(
    name="lab/model", base_url="https://models.example.org/v1", upstream_model="m", api_key="k"
)


async def provider_named(store: Store, name: str) -> str:
    async with store.write() as session:
        return await accounts.create_provider(session, SEALER, name)


async def enter(store: Store, key: str) -> bool:
    async with store.write() as session:
        provider = await accounts.authenticate(session, SEALER, key)
        return (await registry.register_model(session, SEALER, provider, ENTRY))[1]


async def test_a_providers_name_is_given_once(store: Store) -> None:
    await provider_named(store, "lab")
    with pytest.raises(NameTaken):
        await provider_named(store, "lab")


async def test_a_contestant_is_entered_once_however_often_it_is_sent(store: Store) -> None:
    key = await provider_named(store, "lab")
    assert sorted(await asyncio.gather(*(enter(store, key) for _ in range(5)))) == [False] * 4 + [
        True
    ]
    async with store.read() as session:
        (model,) = await registry.list_models(session)
        target = await registry.target_of(session, SEALER, model)
    assert target.routes[0].api_key == "k" and not target.routes[0].trusted


async def test_a_name_of_another_is_refused_and_nothing_is_lost(store: Store) -> None:
    first, second = await provider_named(store, "one"), await provider_named(store, "two")
    await enter(store, first)
    with pytest.raises(NameTaken):
        await enter(store, second)
    async with store.read() as session:
        assert len(await registry.list_models(session)) == 1


async def test_every_state_and_its_reason_is_kept(store: Store) -> None:
    await enter(store, await provider_named(store, "lab"))
    async with store.write() as session:
        model = await registry.get_model(session, "lab/model")
        for state in (State.LIVE, State.PAUSED, State.RETIRED):
            await registry.set_state(session, model, state, f"now {state}")
    async with store.write() as session:
        model = await registry.get_model(session, "lab/model")
        changes = await registry.state_changes(session, model)
        assert [change.state.value for change in changes] == [
            "verifying",
            "live",
            "paused",
            "retired",
        ]
        with pytest.raises(WrongState):
            await registry.set_state(session, model, State.LIVE)
