"""Stand-ins for servers of the other protocols, on a real port: they say what they are told to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from serving.target import Route, Target

Event = dict[str, Any]

PATHS = {"anthropic": "/v1/messages", "responses": "/v1/responses"}


@dataclass
class Upstream:
    """Says `events`, and then stays silent if it is to `hold`; notes what it was asked."""

    events: Sequence[Event]
    hold: bool = False
    asked: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    gone: bool = False
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked, self.headers = await request.json(), dict(request.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for event in self.events:
                await response.write(told(event))
            if self.hold:
                await asyncio.Event().wait()
        except (asyncio.CancelledError, ConnectionResetError):
            self.gone = True
            raise
        return response

    def target(self, protocol: str) -> Target:
        return Target(1, "m", (Route(self.url, "m-1", "sesame", protocol=protocol),))


def told(event: Event) -> bytes:
    """As both protocols write it: the type in a field of its own, and in the data once more."""
    return b"event: %s\ndata: %s\n\n" % (event["type"].encode(), orjson.dumps(event))


@asynccontextmanager
async def upstream(*events: Event, hold: bool = False) -> AsyncIterator[Upstream]:
    server, app = Upstream(events, hold), web.Application()
    app.add_routes([web.post(path, server.answer) for path in PATHS.values()])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def relay(base_url: str, key: str) -> AsyncIterator[str]:
    """Lets requests through to a server that wants a bearer key, whatever key they bring."""

    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        asked, url = await request.read(), base_url + request.path.removeprefix("/v1")
        async with aiohttp.request("POST", url, data=asked, headers=headers) as answer:
            response = web.StreamResponse(
                status=answer.status, headers={"Content-Type": answer.content_type}
            )
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
        return response

    app = web.Application()
    app.add_routes([web.post("/v1/{path:.*}", forward)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()
