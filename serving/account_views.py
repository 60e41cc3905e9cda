"""What is shown of an account and its keys: prefixes and scopes, no key and no secret."""

from collections import defaultdict
from datetime import datetime
from typing import Literal

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.accounts import PREFIX_LENGTH, keys_of, list_providers
from serving.tables import Provider, ProviderKey, now

KeyState = Literal["active", "expired", "revoked"]


class KeyView(BaseModel):
    """One key, known by the prefix it begins with."""

    prefix: str
    scopes: list[str]
    state: KeyState
    created: datetime
    expires: datetime | None


class AccountView(BaseModel):
    """A provider account with every key it ever had, oldest first."""

    name: str
    state: Literal["active", "disabled"]
    contact: str | None
    webhook_url: str | None
    has_webhook_secret: bool
    created: datetime
    keys: list[KeyView]


class NewKey(BaseModel):
    """A key that was just made: the only time it is shown."""

    name: str
    key: str
    prefix: str
    scopes: list[str]
    expires: datetime | None


def key_state(key: ProviderKey, moment: datetime) -> KeyState:
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.expires is not None and key.expires <= moment else "active"


def account_view(provider: Provider, keys: list[ProviderKey]) -> AccountView:
    moment = now()
    return AccountView(
        name=provider.name,
        state="disabled" if provider.disabled else "active",
        contact=provider.contact,
        webhook_url=provider.webhook_url,
        has_webhook_secret=provider.webhook_secret is not None,
        created=provider.created,
        keys=[KeyView(**key.model_dump(), state=key_state(key, moment)) for key in keys],
    )


async def account(session: AsyncSession, provider: Provider) -> AccountView:
    return account_view(provider, list(await keys_of(session, provider)))


async def accounts(session: AsyncSession) -> list[AccountView]:
    """Every account, in the order they were made."""
    keys: dict[int | None, list[ProviderKey]] = defaultdict(list)
    for key in (await session.execute(select(ProviderKey).order_by(col(ProviderKey.id)))).scalars():
        keys[key.provider_id].append(key)
    return [account_view(one, keys[one.id]) for one in await list_providers(session)]


async def new_key(session: AsyncSession, name: str, key: str) -> NewKey:
    """A key that was just made for the provider of this name."""
    query = select(ProviderKey).where(col(ProviderKey.prefix) == key[:PREFIX_LENGTH])
    made = (await session.execute(query)).scalar_one()
    return NewKey(name=name, key=key, **made.model_dump(include={"prefix", "scopes", "expires"}))
