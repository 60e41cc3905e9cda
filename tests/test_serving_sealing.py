"""The site's secret can be changed: what was sealed with the old one is opened and sealed anew."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from serving.accounts import create_provider, get_provider
from serving.contents import replace_endpoints
from serving.errors import SealBroken
from serving.registry import register_model, target_of
from serving.resealing import reseal
from serving.sealing import Sealer
from serving.tables import Endpoint, Model, RegistryChange
from serving.target import Route
from tests.registry_fixture import SEALER, empty_registry, entry

NEW = Sealer("a new secret for tests")
BOTH = Sealer("a new secret for tests", ["a secret for tests only"])


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    async with empty_registry() as sessions, sessions() as session:
        yield session


async def keyed(session: AsyncSession) -> Model:
    await create_provider(session, SEALER, "one")
    provider = await get_provider(session, "one")
    provider.webhook_secret = SEALER.seal("whsec_of-tests")
    second = {"base_url": "https://two.example/v1", "api_key": "sesame-2"}
    whole = entry(api_key="sesame-1", endpoints=[second, {"base_url": "https://three.example"}])
    return (await register_model(session, SEALER, provider, whole))[0]


def test_what_an_older_secret_sealed_is_opened_and_what_is_new_is_sealed_with_the_new() -> None:
    assert BOTH.open(SEALER.seal("sesame")) == "sesame"
    assert NEW.open(BOTH.seal("sesame")) == "sesame"
    with pytest.raises(SealBroken):
        SEALER.open(BOTH.seal("sesame"))


def test_a_short_older_secret_is_refused_too() -> None:
    with pytest.raises(SealBroken):
        Sealer("a new secret for tests", ["short"])


async def test_after_resealing_the_old_secret_is_needed_no_more(session: AsyncSession) -> None:
    model = await keyed(session)
    with pytest.raises(SealBroken):
        await target_of(session, NEW, model)
    assert await reseal(session, BOTH, "operator") == 3
    keys = [route.api_key for route in (await target_of(session, NEW, model)).routes]
    assert keys == ["sesame-1", "sesame-2", None]
    provider = await get_provider(session, "one")
    assert NEW.open(provider.webhook_secret or "") == "whsec_of-tests"
    last = (await session.execute(select(RegistryChange))).scalars().all()[-1]
    assert (last.action, last.detail) == ("resealed", {"secrets": 3})


async def test_resealing_without_the_old_secret_says_so(session: AsyncSession) -> None:
    await keyed(session)
    with pytest.raises(SealBroken, match="another secret"):
        await reseal(session, NEW, "operator")


async def test_a_key_that_opens_no_more_is_replaced_by_the_one_that_is_given(
    session: AsyncSession,
) -> None:
    model = await keyed(session)
    given = Route("https://models.example/v1", "m", "sesame-3")
    assert await replace_endpoints(session, NEW, model, [given])
    assert (await target_of(session, NEW, model)).routes[0].api_key == "sesame-3"


async def test_endpoints_that_stay_keep_their_ids_and_those_behind_a_new_one_do_not(
    session: AsyncSession,
) -> None:
    model = await keyed(session)
    first = (await session.execute(select(Endpoint.id))).scalars().all()
    routes = (await target_of(session, SEALER, model)).routes
    assert not await replace_endpoints(session, SEALER, model, routes)
    moved = (routes[0], Route("https://new.example/v1", "m"), routes[2])
    assert await replace_endpoints(session, SEALER, model, moved)
    found = await target_of(session, SEALER, model)
    assert [route.base_url for route in found.routes] == [route.base_url for route in moved]
    assert found.routes[0].id == first[0]
