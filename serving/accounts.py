"""Provider accounts: made by the operator, known by a key that is shown once."""

import hmac
import re

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.errors import KeyRefused, NameTaken, NotFound, RegistryError
from serving.sealing import Sealer, new_provider_key
from serving.tables import Provider, ProviderKey, now

PROVIDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
# The account whose endpoints may live anywhere: only the commands on this machine can use it.
OPERATOR = "operator"
PREFIX_LENGTH = len("agon_") + 8


async def create_provider(session: AsyncSession, sealer: Sealer, name: str) -> str:
    """A new account; gives its key, which is stored nowhere. The caller commits."""
    if not PROVIDER_NAME.fullmatch(name):
        raise RegistryError(f"{name!r} is no provider name: letters, digits, space . _ -, up to 64")
    try:
        async with session.begin_nested():
            provider = Provider(name=name)
            session.add(provider)
    except IntegrityError as error:
        raise NameTaken(f"there is a provider named {name!r} already") from error
    return await add_key(session, sealer, provider)


async def add_key(session: AsyncSession, sealer: Sealer, provider: Provider) -> str:
    """One more key of the provider's; it is stored nowhere."""
    assert provider.id is not None
    key, prefix = new_provider_key()
    session.add(
        ProviderKey(
            provider_id=provider.id, prefix=prefix, key_hash=sealer.digest(key), scopes=["models"]
        )
    )
    await session.flush()
    return key


async def authenticate(session: AsyncSession, sealer: Sealer, key: str) -> Provider:
    """The provider behind a key; takes as long for a wrong key as for a right one."""
    digest = sealer.digest(key)
    query = select(ProviderKey).where(col(ProviderKey.prefix) == key[:PREFIX_LENGTH])
    found = (await session.execute(query)).scalar_one_or_none()
    known = found.key_hash if found else "0" * len(digest)
    if not hmac.compare_digest(digest, known) or found is None or found.revoked is not None:
        raise KeyRefused("the provider key is unknown or disabled")
    provider = await session.get_one(Provider, found.provider_id)
    if provider.disabled is not None:
        raise KeyRefused("the provider key is unknown or disabled")
    return provider


async def get_provider(session: AsyncSession, name: str) -> Provider:
    found = await session.execute(select(Provider).where(col(Provider.name) == name))
    provider = found.scalar_one_or_none()
    if provider is None:
        raise NotFound(f"no provider is named {name!r}")
    return provider


async def rotate_key(session: AsyncSession, sealer: Sealer, name: str) -> str:
    """A new key in place of the old one, which stops at once; a disabled provider stays so."""
    provider = await get_provider(session, name)
    old = update(ProviderKey).where(
        col(ProviderKey.provider_id) == provider.id, col(ProviderKey.revoked).is_(None)
    )
    await session.execute(old.values(revoked=now()))
    return await add_key(session, sealer, provider)


async def disable_provider(session: AsyncSession, name: str) -> None:
    """Its key is refused from now on; its models stay as they are."""
    provider = await get_provider(session, name)
    provider.disabled = provider.disabled or now()
    await session.flush()


async def list_providers(session: AsyncSession) -> list[Provider]:
    found = await session.execute(select(Provider).order_by(col(Provider.id)))
    return list(found.scalars())
