"""The provider API on an echo server: what its tests share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving.accounts import create_provider
from serving.admin_api import admin_router
from serving.echo import EchoServer
from serving.manner import Manner
from serving.patience import Patience
from serving.probe import Prober
from serving.problems import install_problem_handlers
from serving.provider_api import provider_router
from tests.echo_fixture import talk
from tests.registry_fixture import SEALER, empty_registry

MODELS = "/api/v1/provider/models"
ACCOUNT = "/api/v1/provider"
ADMIN = "/api/v1/admin/providers"
TOKEN = "the operator's token"
SHORT = Patience(connect=2.0, first_token=2.0, idle=2.0, total=8.0, tail=0.5)


@dataclass(frozen=True, slots=True)
class Site:
    """The API with one provider's key, and the model server the provider points to."""

    client: httpx.AsyncClient
    transport: httpx.ASGITransport
    server: EchoServer
    prober: Prober
    sessions: async_sessionmaker[AsyncSession]

    def body(self, name: str = "newcomer", **fields: Any) -> dict[str, Any]:
        return {"name": name, "base_url": self.server.url, "upstream_model": "echo"} | fields

    async def enter(self, name: str = "newcomer", **fields: Any) -> httpx.Response:
        return await self.client.post(MODELS, json=self.body(name, **fields))

    async def settled(self, name: str = "newcomer") -> dict[str, Any]:
        await self.prober.settled()
        answer = await self.client.get(f"{MODELS}/{name}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def other_client(self, name: str = "other", **fields: Any) -> httpx.AsyncClient:
        async with self.sessions() as session:
            key = await create_provider(session, SEALER, name, **fields)
            await session.commit()
        return self.with_key(key)

    def with_key(self, key: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=self.transport, base_url="http://site", headers=bearer(key)
        )

    async def live(self, name: str = "newcomer", **fields: Any) -> dict[str, Any]:
        """Entered and verified: the model as it is shown."""
        await self.enter(name, **fields)
        shown = await self.settled(name)
        assert shown["state"] == "live", shown["detail"]
        return shown

    async def patch(self, name: str = "newcomer", **fields: Any) -> httpx.Response:
        return await self.client.patch(f"{MODELS}/{name}", json=fields)

    async def history(self, name: str = "newcomer") -> dict[str, Any]:
        told: dict[str, Any] = (await self.client.get(f"{MODELS}/{name}/history")).json()
        return told


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@asynccontextmanager
async def open_site(manners: dict[str, Manner] | None = None) -> AsyncIterator[Site]:
    async with empty_registry() as sessions, talk(manners, SHORT) as both:
        async with sessions() as session:
            key = await create_provider(session, SEALER, "someone")
            await session.commit()
        prober = Prober(sessions, SEALER, both.gateway)
        app = FastAPI()
        install_problem_handlers(app)
        app.include_router(provider_router(sessions, SEALER, prober))
        app.include_router(admin_router(sessions, SEALER, TOKEN))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://site", headers=bearer(key)
        ) as client:
            yield Site(client, transport, both.server, prober, sessions)
        await prober.close()


@pytest.fixture(name="site")
async def provider_site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


def assert_problem(answer: httpx.Response, status: int, words: str = "") -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert words in answer.text
