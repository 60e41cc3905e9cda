"""Provider accounts: made by the operator, known by keys that are shown once.

A key has scopes, may expire, is rotated with an overlap and revoked by its prefix. Every change
leaves a row in the audit; the caller commits.
"""

import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.audit import ADMIN, ARENA, note
from serving.errors import KeyRefused, NameTaken, NotFound, RegistryError, ScopeMissing
from serving.sealing import Sealer, new_provider_key
from serving.tables import Provider, ProviderKey, now

PROVIDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
KEY_PREFIX = re.compile(r"agon_[0-9a-f]{8}")
PREFIX_LENGTH = len("agon_") + 8
# The account whose endpoints may live anywhere: only the commands on this machine can use it.
OPERATOR = "operator"
LONGEST_OVERLAP = timedelta(days=30)
LONGEST_CONTACT = 256


class Scope(StrEnum):
    """What a key opens: entering and managing one's models, or the OpenAI-compatible door."""

    MODELS = "models"
    CHAT = "chat"


async def create_provider(
    session: AsyncSession,
    sealer: Sealer,
    name: str,
    scopes: Iterable[str] = (Scope.MODELS,),
    lifetime: timedelta | None = None,
    contact: str | None = None,
    by: str = OPERATOR,
) -> str:
    """A new account; gives its key, which is stored nowhere."""
    check_account(name, contact)
    try:
        async with session.begin_nested():
            provider = Provider(name=name, contact=contact)
            session.add(provider)
    except IntegrityError as error:
        raise NameTaken(f"there is a provider named {name!r} already") from error
    note(session, by, "created", provider, name=name)
    return await add_key(session, sealer, provider, scopes, lifetime, by)


def check_account(name: str, contact: str | None) -> None:
    if not PROVIDER_NAME.fullmatch(name):
        raise RegistryError(f"{name!r} is no provider name: letters, digits, space . _ -, up to 64")
    if name != OPERATOR and name.casefold() in (OPERATOR, ADMIN, ARENA):
        raise NameTaken(f"{name!r} is a word of the arena's own; choose another")
    if contact is not None and not (contact.isprintable() and len(contact) <= LONGEST_CONTACT):
        raise RegistryError(f"a contact is one line of at most {LONGEST_CONTACT} characters")


async def add_key(
    session: AsyncSession,
    sealer: Sealer,
    provider: Provider,
    scopes: Iterable[str] = (Scope.MODELS,),
    lifetime: timedelta | None = None,
    by: str = OPERATOR,
) -> str:
    """One more key of the provider's; it is stored nowhere."""
    assert provider.id is not None
    opens = sorted({known_scope(scope) for scope in scopes})
    if not opens:
        raise RegistryError("a key without a scope opens nothing")
    if lifetime is not None and lifetime <= timedelta(0):
        raise RegistryError("a key must live for some time")
    key, prefix = new_provider_key()
    made = now()
    session.add(
        ProviderKey(
            provider_id=provider.id,
            prefix=prefix,
            key_hash=sealer.digest(key),
            scopes=opens,
            created=made,
            expires=made + lifetime if lifetime else None,
        )
    )
    note(session, by, "key made", provider, prefix=prefix, scopes=opens)
    await session.flush()
    return key


def known_scope(scope: str) -> str:
    if scope not in set(Scope):
        raise RegistryError(f"{scope!r} is no scope: {', '.join(Scope)}")
    return str(scope)


async def authenticate(
    session: AsyncSession, sealer: Sealer, key: str, scope: Scope = Scope.MODELS
) -> Provider:
    """The provider behind a key that opens `scope`; a wrong key takes as long as a right one.

    Raises:
        KeyRefused: unknown, expired or revoked, or its provider is disabled.
        ScopeMissing: a good key that does not open this.
    """
    found = await held_key(session, sealer, key)
    if found is None or found.revoked is not None:
        raise KeyRefused("the provider key is unknown or disabled")
    if found.expires is not None and found.expires <= now():
        raise KeyRefused(f"the provider key expired at {found.expires:%Y-%m-%d %H:%M} UTC")
    provider = await session.get_one(Provider, found.provider_id)
    if provider.disabled is not None:
        raise KeyRefused("the provider key is unknown or disabled")
    if scope not in found.scopes:
        raise ScopeMissing(f"this key opens {', '.join(found.scopes)}, not {scope}")
    return provider


async def held_key(session: AsyncSession, sealer: Sealer, key: str) -> ProviderKey | None:
    """The row of this very key, whether it is still good or not."""
    digests = sealer.digests(key)
    prefix = KEY_PREFIX.match(key)
    query = select(ProviderKey).where(col(ProviderKey.prefix) == (prefix[0] if prefix else ""))
    found = (await session.execute(query)).scalar_one_or_none()
    known = found.key_hash if found else "0" * len(digests[0])
    same = [hmac.compare_digest(digest, known) for digest in digests]
    return found if any(same) else None


async def rehash(session: AsyncSession, sealer: Sealer, key: str) -> None:
    """Keep a key that was just used under the present secret, if an older one hashed it."""
    found = await held_key(session, sealer, key)
    if found is not None:
        found.key_hash = sealer.digest(key)


async def get_provider(session: AsyncSession, name: str) -> Provider:
    found = await session.execute(select(Provider).where(col(Provider.name) == name))
    provider = found.scalar_one_or_none()
    if provider is None:
        raise NotFound(f"no provider is named {name!r}")
    return provider


async def keys_of(session: AsyncSession, provider: Provider) -> Sequence[ProviderKey]:
    """Every key the provider ever had, oldest first."""
    query = select(ProviderKey).where(col(ProviderKey.provider_id) == provider.id)
    return (await session.execute(query.order_by(col(ProviderKey.id)))).scalars().all()


async def rotate_key(
    session: AsyncSession,
    sealer: Sealer,
    name: str,
    overlap: timedelta = timedelta(0),
    lifetime: timedelta | None = None,
    by: str = OPERATOR,
) -> str:
    """A new key in place of the old ones, which hold for `overlap` more; without one they stop.

    It opens what the newest key opened, and lives as long as that one where no `lifetime` is given.
    A disabled provider stays so.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise RegistryError(f"an overlap is between none and {LONGEST_OVERLAP.days} days")
    provider, moment = await get_provider(session, name), now()
    keys = await keys_of(session, provider)
    newest = keys[-1] if keys else None
    if lifetime is None and newest is not None and newest.expires is not None:
        lifetime = newest.expires - newest.created
    for key in keys:
        end(key, moment, overlap)
    return await add_key(
        session, sealer, provider, newest.scopes if newest else (Scope.MODELS,), lifetime, by
    )


def end(key: ProviderKey, moment: datetime, overlap: timedelta) -> None:
    """The key holds until `overlap` after the moment, and no longer than it would have."""
    if not overlap:
        key.revoked = key.revoked or moment
    else:
        key.expires = min(key.expires or moment + overlap, moment + overlap)


async def revoke_key(session: AsyncSession, name: str, prefix: str, by: str = OPERATOR) -> None:
    """This one key is refused from now on; twice is no error."""
    provider = await get_provider(session, name)
    for key in await keys_of(session, provider):
        if key.prefix == prefix:
            key.revoked = key.revoked or now()
            note(session, by, "key revoked", provider, prefix=prefix)
            await session.flush()
            return
    raise NotFound(f"{name} has no key that begins with {prefix!r}")


async def disable_provider(session: AsyncSession, name: str, by: str = OPERATOR) -> Provider:
    """Its keys are refused from now on; its models stay as they are."""
    provider = await get_provider(session, name)
    if provider.disabled is None:
        provider.disabled = now()
        note(session, by, "disabled", provider)
        await session.flush()
    return provider


async def list_providers(session: AsyncSession) -> list[Provider]:
    found = await session.execute(select(Provider).order_by(col(Provider.id)))
    return list(found.scalars())
