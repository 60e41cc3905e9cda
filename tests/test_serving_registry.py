"""Accounts and contestants: who may enter what, and where a model may go from where it is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from serving.accounts import (
    authenticate,
    create_provider,
    disable_provider,
    get_provider,
    list_providers,
    rotate_key,
)
from serving.chat import Params
from serving.contents import replace_endpoints
from serving.errors import KeyRefused, NameTaken, NotFound, RegistryError, SealBroken, WrongState
from serving.registry import (
    ALLOWED,
    get_model,
    list_models,
    live_targets,
    register_model,
    set_state,
    state_changes,
    target_of,
)
from serving.sealing import Sealer
from serving.tables import Endpoint, Model, Provider, ProviderKey, State
from serving.target import Route
from tests.registry_fixture import SEALER, empty_registry, entry


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    async with empty_registry() as sessions, sessions() as session:
        yield session


@pytest.fixture
async def provider(session: AsyncSession) -> Provider:
    await create_provider(session, SEALER, "someone")
    return await get_provider(session, "someone")


async def in_state(session: AsyncSession, provider: Provider, state: State) -> Model:
    model, _ = await register_model(session, SEALER, provider, entry(state.value))
    model.state = state
    await session.flush()
    return model


# Accounts


async def test_a_key_opens_the_account_it_was_made_for(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    await create_provider(session, SEALER, "two")
    assert (await authenticate(session, SEALER, key)).name == "one"


async def test_the_key_is_stored_nowhere(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    stored = (await session.execute(select(ProviderKey))).scalar_one()
    assert key.removeprefix(f"{stored.prefix}_") not in repr(stored)
    assert key.startswith(f"{stored.prefix}_")


@pytest.mark.parametrize("change", ["", "x", "\x00", "é"])
async def test_any_other_key_is_refused(session: AsyncSession, change: str) -> None:
    key = await create_provider(session, SEALER, "one")
    for wrong in (change, key[:-1] + change, key + (change or " "), key[:14] + change):
        with pytest.raises(KeyRefused):
            await authenticate(session, SEALER, wrong)


async def test_a_key_is_worthless_under_another_secret(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    with pytest.raises(KeyRefused):
        await authenticate(session, Sealer("another secret altogether"), key)


async def test_a_rotated_key_replaces_the_old_one(session: AsyncSession) -> None:
    old = await create_provider(session, SEALER, "one")
    new = await rotate_key(session, SEALER, "one")
    assert (await authenticate(session, SEALER, new)).name == "one"
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, old)


async def test_a_disabled_provider_is_refused_and_still_listed(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    await disable_provider(session, "one")
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, key)
    assert [p.name for p in await list_providers(session) if p.disabled] == ["one"]


async def test_a_provider_name_is_given_once(session: AsyncSession) -> None:
    await create_provider(session, SEALER, "one")
    with pytest.raises(NameTaken):
        await create_provider(session, SEALER, "one")
    assert len(await list_providers(session)) == 1


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 65, "a/b"])
async def test_a_strange_provider_name_is_refused(session: AsyncSession, name: str) -> None:
    with pytest.raises(RegistryError, match="provider name"):
        await create_provider(session, SEALER, name)


async def test_an_account_that_is_not_there_is_not_found(session: AsyncSession) -> None:
    with pytest.raises(NotFound):
        await rotate_key(session, SEALER, "nobody")


# Entering


async def test_a_newcomer_is_verifying_and_has_a_code(
    session: AsyncSession, provider: Provider
) -> None:
    model, new = await register_model(session, SEALER, provider, entry())
    assert (model.state, new, model.id) == (State.VERIFYING, True, 1)


async def test_the_same_entry_again_is_the_same_model(
    session: AsyncSession, provider: Provider
) -> None:
    whole = entry(api_key="k", params={"temperature": 0.5}, limits={"concurrent": 3}, license="MIT")
    first, _ = await register_model(session, SEALER, provider, whole)
    again, new = await register_model(session, SEALER, provider, whole)
    assert (again.id, new) == (first.id, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"upstream_model": "other"},
        {"base_url": "https://other.example/v1"},
        {"api_key": "other"},
        {"license": "MIT"},
        {"params": {"temperature": 1.0}},
        {"name": "NEWCOMER"},
    ],
)
async def test_the_name_with_other_content_is_taken(
    session: AsyncSession, provider: Provider, changed: dict[str, Any]
) -> None:
    await register_model(session, SEALER, provider, entry())
    with pytest.raises(NameTaken):
        await register_model(session, SEALER, provider, entry(**changed))


async def test_anothers_name_is_taken_even_with_the_same_content(
    session: AsyncSession, provider: Provider
) -> None:
    await register_model(session, SEALER, provider, entry())
    await create_provider(session, SEALER, "other")
    with pytest.raises(NameTaken):
        await register_model(session, SEALER, await get_provider(session, "other"), entry())


@pytest.mark.parametrize(
    ("name", "alias"), [("secret-7", None), ("x", "newcomer"), ("x", "secret-7")]
)
async def test_a_name_may_not_be_anothers_alias_nor_an_alias_anothers_name(
    session: AsyncSession, provider: Provider, name: str, alias: str | None
) -> None:
    await register_model(session, SEALER, provider, entry(alias="secret-7"))
    with pytest.raises(NameTaken):
        await register_model(session, SEALER, provider, entry(name, alias=alias))


async def test_the_upstream_key_is_sealed_at_rest_and_open_in_the_target(
    session: AsyncSession, provider: Provider
) -> None:
    model, _ = await register_model(session, SEALER, provider, entry(api_key="sesame"))
    stored = (await session.execute(select(Endpoint))).scalar_one()
    assert stored.api_key is not None
    assert "sesame" not in stored.api_key
    assert (await target_of(session, SEALER, model)).routes[0].api_key == "sesame"


async def test_a_key_sealed_with_another_secret_says_so(
    session: AsyncSession, provider: Provider
) -> None:
    model, _ = await register_model(session, SEALER, provider, entry(api_key="sesame"))
    with pytest.raises(SealBroken, match="another secret"):
        await target_of(session, Sealer("another secret altogether"), model)


def test_a_short_secret_seals_nothing() -> None:
    with pytest.raises(SealBroken):
        Sealer("short")


def test_a_derived_secret_is_the_same_tomorrow_and_another_for_another_purpose() -> None:
    assert SEALER.derive("engine demo") == Sealer("a secret for tests only").derive("engine demo")
    assert SEALER.derive("engine demo") != SEALER.derive("engine other")


async def test_a_target_carries_parameters_and_limit(
    session: AsyncSession, provider: Provider
) -> None:
    given = entry(params={"temperature": 0.7, "stop": ["x"]}, limits={"concurrent": 4})
    model, _ = await register_model(session, SEALER, provider, given)
    target = await target_of(session, SEALER, model)
    assert (target.params, target.quota.concurrent) == (Params(temperature=0.7, stop=("x",)), 4)


async def test_a_model_may_be_given_other_endpoints(
    session: AsyncSession, provider: Provider
) -> None:
    model, _ = await register_model(session, SEALER, provider, entry())
    routes = [Route("http://127.0.0.1:1/v1", "m", "k", 2), Route("http://127.0.0.1:2/v1", "m")]
    await replace_endpoints(session, SEALER, model, routes)
    found = (await target_of(session, SEALER, model)).routes
    assert [replace(route, id=None) for route in found] == routes


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-a",
        ".a",
        "a/",
        "/a",
        "a//b",
        "a/b/c",
        "a..b",
        "a b",
        "a\n",
        "a?b",
        "a%2f",
        "ä",
        "x" * 97,
    ],
)
def test_a_strange_model_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        entry(name)


@pytest.mark.parametrize("name", ["a", "Qwen/Qwen3-0.6B", "demo-plain.g1", "7b_v2"])
def test_a_hub_name_is_a_name(name: str) -> None:
    assert entry(name).name == name


@pytest.mark.parametrize(
    "fields",
    [
        {"params": {"temprature": 1}},
        {"params": {"temperature": -1}},
        {"params": {"temperature": float("nan")}},
        {"params": {"max_tokens": 0}},
        {"params": {"stop": [""]}},
        {"limits": {"concurrent": 0}},
        {"organization": "a\x00b"},
        {"api_key": "two words"},
        {"alias": "Newcomer"},
        {"upstream_model": ""},
        {"colour": "blue"},
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry(**fields)


# States


@pytest.mark.parametrize("state", State)
async def test_a_state_leads_only_where_the_table_says(
    session: AsyncSession, provider: Provider, state: State
) -> None:
    for goal in set(State) - {state}:
        model = await in_state(session, provider, state)
        if goal in ALLOWED[state]:
            await set_state(session, model, goal)
            assert model.state == goal
        else:
            with pytest.raises(WrongState):
                await set_state(session, model, goal)


async def test_a_retired_model_stays_retired_and_listed(
    session: AsyncSession, provider: Provider
) -> None:
    model = await in_state(session, provider, State.RETIRED)
    assert not ALLOWED[State.RETIRED]
    assert [m.name for m in await list_models(session)] == [model.name]


async def test_every_change_of_state_is_noted_with_its_reason(
    session: AsyncSession, provider: Provider
) -> None:
    model, _ = await register_model(session, SEALER, provider, entry())
    await set_state(session, model, State.FAILED, "no answer")
    await set_state(session, model, State.FAILED, "said twice")
    await set_state(session, model, State.VERIFYING)
    noted = [(change.state, change.detail) for change in await state_changes(session, model)]
    assert noted == [("verifying", None), ("failed", "no answer"), ("verifying", None)]


async def test_only_live_models_are_drawn(session: AsyncSession, provider: Provider) -> None:
    for state in State:
        await in_state(session, provider, state)
    assert [target.name for target in await live_targets(session, SEALER)] == ["live"]


async def test_a_model_is_found_by_name_and_only_by_its_provider(
    session: AsyncSession, provider: Provider
) -> None:
    await register_model(session, SEALER, provider, entry("org/name"))
    await create_provider(session, SEALER, "other")
    assert (await get_model(session, "org/name", provider)).name == "org/name"
    for name, asker in (("nothing", None), ("org/name", await get_provider(session, "other"))):
        with pytest.raises(NotFound):
            await get_model(session, name, asker)
