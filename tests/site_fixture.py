"""A running site as the tests hold it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from arena.client import ArenaClient
from arena.services import Services
from serving.echo import EchoServer


@dataclass(frozen=True, slots=True)
class Site:
    """Where it answers, what it holds open, and the echo server behind it."""

    url: str
    services: Services
    upstream: EchoServer
    operator_token: str

    @asynccontextmanager
    async def visitor(self, publication: bool = True) -> AsyncIterator[ArenaClient]:
        """A visitor who has consented."""
        async with ArenaClient(self.url) as client:
            await client.consent(publication)
            yield client


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition; fails when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
