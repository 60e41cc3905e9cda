"""Keys: what they open, how long, and how they end."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from serving.accounts import (
    LONGEST_OVERLAP,
    Scope,
    authenticate,
    create_provider,
    disable_provider,
    get_provider,
    keys_of,
    rehash,
    revoke_key,
    rotate_key,
)
from serving.errors import KeyRefused, NameTaken, NotFound, RegistryError, ScopeMissing
from serving.sealing import Sealer
from serving.tables import ProviderKey, RegistryChange, now
from tests.registry_fixture import SEALER, empty_registry

DAY = timedelta(days=1)
BOTH = (Scope.CHAT, Scope.MODELS)


@pytest.fixture
async def session() -> AsyncIterator[AsyncSession]:
    async with empty_registry() as sessions, sessions() as session:
        yield session


async def stored(session: AsyncSession) -> list[ProviderKey]:
    return list(await keys_of(session, await get_provider(session, "one")))


async def test_a_key_opens_only_its_scopes(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one", (Scope.CHAT,))
    assert (await authenticate(session, SEALER, key, Scope.CHAT)).name == "one"
    with pytest.raises(ScopeMissing, match="opens chat, not models"):
        await authenticate(session, SEALER, key)


async def test_a_key_enters_models_and_nothing_else_unless_asked(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    with pytest.raises(ScopeMissing):
        await authenticate(session, SEALER, key, Scope.CHAT)


@pytest.mark.parametrize("scopes", [(), ("everything",), ("models", "")])
async def test_a_scope_that_is_none_makes_no_key(
    session: AsyncSession, scopes: tuple[str, ...]
) -> None:
    with pytest.raises(RegistryError, match="scope"):
        await create_provider(session, SEALER, "one", scopes)


async def test_a_key_past_its_end_is_refused_and_told_so(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one", lifetime=DAY)
    await authenticate(session, SEALER, key)
    (held,) = await stored(session)
    held.expires = now()
    with pytest.raises(KeyRefused, match="expired at"):
        await authenticate(session, SEALER, key)


@pytest.mark.parametrize("lifetime", [timedelta(0), -DAY])
async def test_a_key_lives_for_some_time(session: AsyncSession, lifetime: timedelta) -> None:
    with pytest.raises(RegistryError, match="live for some time"):
        await create_provider(session, SEALER, "one", lifetime=lifetime)


async def test_with_an_overlap_both_keys_hold_and_then_only_the_new(session: AsyncSession) -> None:
    old = await create_provider(session, SEALER, "one")
    new = await rotate_key(session, SEALER, "one", overlap=DAY)
    for key in (old, new):
        await authenticate(session, SEALER, key)
    first, second = await stored(session)
    assert second.expires is None
    assert first.expires is not None and DAY * 0.99 < first.expires - now() <= DAY
    first.expires = now()
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, old)


async def test_an_overlap_prolongs_no_key(session: AsyncSession) -> None:
    await create_provider(session, SEALER, "one", lifetime=DAY)
    ends = (await stored(session))[0].expires
    await rotate_key(session, SEALER, "one", overlap=10 * DAY)
    assert (await stored(session))[0].expires == ends


async def test_a_rotated_key_has_the_scopes_and_the_lifetime_of_the_last(
    session: AsyncSession,
) -> None:
    await create_provider(session, SEALER, "one", BOTH, 9 * DAY)
    await rotate_key(session, SEALER, "one", overlap=DAY)
    await rotate_key(session, SEALER, "one")
    held = await stored(session)
    assert {tuple(key.scopes) for key in held} == {("chat", "models")}
    assert held[-1].expires is not None
    assert held[-1].expires - held[-1].created == 9 * DAY


@pytest.mark.parametrize("overlap", [-DAY, LONGEST_OVERLAP + DAY])
async def test_an_overlap_has_bounds(session: AsyncSession, overlap: timedelta) -> None:
    await create_provider(session, SEALER, "one")
    with pytest.raises(RegistryError, match="overlap"):
        await rotate_key(session, SEALER, "one", overlap)


async def test_a_revoked_key_is_refused_and_the_others_hold(session: AsyncSession) -> None:
    old = await create_provider(session, SEALER, "one")
    new = await rotate_key(session, SEALER, "one", overlap=DAY)
    for _ in range(2):
        await revoke_key(session, "one", old[:13])
    await authenticate(session, SEALER, new)
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, old)


async def test_anothers_key_is_not_revoked(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    await create_provider(session, SEALER, "two")
    for prefix in (key[:13], "agon_00000000", ""):
        with pytest.raises(NotFound):
            await revoke_key(session, "two", prefix)
    await authenticate(session, SEALER, key)


async def test_a_disabled_providers_new_key_opens_nothing(session: AsyncSession) -> None:
    await create_provider(session, SEALER, "one")
    await disable_provider(session, "one")
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, await rotate_key(session, SEALER, "one"))


@pytest.mark.parametrize("name", ["Operator", "admin", "ARENA"])
async def test_nobody_is_called_what_the_audit_calls_the_arena(
    session: AsyncSession, name: str
) -> None:
    with pytest.raises(NameTaken):
        await create_provider(session, SEALER, name)


@pytest.mark.parametrize("name", ["", " one", "a\nb", "a\x00", "é", "a/b", "x" * 65])
async def test_an_account_has_a_plain_name(session: AsyncSession, name: str) -> None:
    with pytest.raises(RegistryError, match="no provider name"):
        await create_provider(session, SEALER, name)


@pytest.mark.parametrize("contact", ["a\nb", "x" * 257])
async def test_a_contact_is_one_line(session: AsyncSession, contact: str) -> None:
    with pytest.raises(RegistryError, match="one line"):
        await create_provider(session, SEALER, "one", contact=contact)


async def test_every_change_of_an_account_is_in_the_audit_and_no_key_is(
    session: AsyncSession,
) -> None:
    key = await create_provider(session, SEALER, "one", by="admin")
    new = await rotate_key(session, SEALER, "one")
    await revoke_key(session, "one", new[:13])
    await disable_provider(session, "one")
    rows = (await session.execute(select(RegistryChange))).scalars().all()
    told = [(row.actor, row.action) for row in rows]
    assert told[:2] == [("admin", "created"), ("admin", "key made")]
    assert told[2:] == [("operator", word) for word in ("key made", "key revoked", "disabled")]
    assert not any(secret[14:] in str(row.detail) for row in rows for secret in (key, new))


async def test_a_key_is_known_under_an_older_secret_and_moves_to_the_new_when_used(
    session: AsyncSession,
) -> None:
    key = await create_provider(session, SEALER, "one")
    fresh = Sealer("a new secret for tests", ["a secret for tests only"])
    assert (await authenticate(session, fresh, key)).name == "one"
    await rehash(session, fresh, key)
    assert (await authenticate(session, Sealer("a new secret for tests"), key)).name == "one"
    with pytest.raises(KeyRefused):
        await authenticate(session, SEALER, key)


async def test_a_wrong_key_is_never_rehashed(session: AsyncSession) -> None:
    key = await create_provider(session, SEALER, "one")
    await rehash(session, SEALER, f"{key}x")
    assert (await stored(session))[0].key_hash == SEALER.digest(key)
