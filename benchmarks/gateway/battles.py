"""Streams as visitors have them: each a turn of a battle of its own, over the public API."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import aiohttp

from benchmarks.gateway.wire import Caller, Seen

PROMPT = "Tell me of the sea, of the ships on it and of those who never came back, in {} words"


class Visits:
    """Asks as `wire.Caller` does; consent and battle are there before the clock begins.

    The operator's token makes the visitors simulated ones, who are free of limits. A visitor has
    one battle at a time, so there are as many of them as streams.
    """

    def __init__(self, session: aiohttp.ClientSession, caller: Caller, token: str) -> None:
        self.session = session
        self.caller = caller
        self.token = token
        self.idle: list[str] = []

    @property
    def chunks(self) -> int:
        return self.caller.chunks

    async def stream(self, model: str, seen: Seen) -> None:
        cookie = self.idle.pop() if self.idle else await self.visitor()
        opened = await self.call("battles", {"mode": "direct", "models": [model]}, cookie)
        request = self.turn(opened["battle_id"], cookie, seen.wanted)
        seen.began = perf_counter()
        await self.caller.send(request, seen)
        self.idle.append(cookie)

    def turn(self, battle: str, cookie: str, length: int) -> bytes:
        body = json.dumps({"prompt": PROMPT.format(length)}).encode()
        head = (
            f"POST /api/v1/battles/{battle}/turns HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {cookie}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def visitor(self) -> str:
        """A new visitor's cookie."""
        async with self.session.get("consent") as response:
            terms = await response.json()
        body = {"version": terms["version"], "accept": ["terms", "publication"]}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post("consent", json=body, headers=headers) as response:
            response.raise_for_status()
            return response.headers["Set-Cookie"].partition(";")[0]

    async def call(self, path: str, body: object, cookie: str) -> dict[str, Any]:
        async with self.session.post(path, json=body, headers={"Cookie": cookie}) as response:
            response.raise_for_status()
            found: dict[str, Any] = await response.json()
            return found


@asynccontextmanager
async def open_visits(port: int, token: str) -> AsyncIterator[Visits]:
    session = aiohttp.ClientSession(
        f"http://127.0.0.1:{port}/api/v1/",
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        yield Visits(session, Caller(("127.0.0.1", port)), token)
