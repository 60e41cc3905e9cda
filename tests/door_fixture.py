"""The OpenAI-compatible door of a site, its keys, and the official client before it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai

from serving.accounts import Scope, add_key, create_provider, get_provider
from serving.registry import get_model
from tests.site_fixture import Site

HI: Any = [{"role": "user", "content": "one two three"}]
ECHO = "Echo: one two three"


async def a_key(site: Site, provider: str = "Judges", scope: Scope = Scope.CHAT) -> str:
    async with site.services.store.write() as session:
        return await create_provider(session, site.services.sealer, provider, [scope])


async def operators_key(site: Site) -> str:
    async with site.services.store.write() as session:
        operator = await get_provider(session, "operator")
        return await add_key(session, site.services.sealer, operator, [Scope.CHAT])


async def change(site: Site, name: str, **fields: Any) -> None:
    async with site.services.store.write() as session:
        model = await get_model(session, name)
        for field, value in fields.items():
            setattr(model, field, value)


@asynccontextmanager
async def client(site: Site, key: str | None = None) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client, without its own second tries."""
    key = key or await a_key(site)
    async with openai.AsyncOpenAI(
        base_url=site.url + "/v1", api_key=key, max_retries=0, timeout=10
    ) as opened:
        yield opened


async def names(asker: openai.AsyncOpenAI) -> list[str]:
    return [model.id async for model in asker.models.list()]
