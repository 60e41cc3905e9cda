"""The OpenAI-compatible door and callers who are no client: rude ones, slow ones, curl."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web

from arena.house import House, enter
from serving.manner import Manner
from serving.target import Route
from tests.conftest import running_site
from tests.curl_fixture import curl_path
from tests.door_fixture import HI, a_key, change
from tests.site_fixture import Site, until


async def opened(site: Site, session: aiohttp.ClientSession, **body: Any) -> aiohttp.ClientResponse:
    asked = {"model": "long", "messages": HI} | body
    headers = {"Authorization": f"Bearer {await a_key(site)}"}
    return await session.post(site.url + "/v1/chat/completions", json=asked, headers=headers)


async def test_a_caller_who_leaves_a_stream_cuts_the_contestant(tmp_path: Path) -> None:
    async with running_site(tmp_path, {"long": Manner(tokens=9000, tokens_per_s=20)}) as site:
        async with aiohttp.ClientSession() as session:
            answer = await opened(site, session, stream=True)
            await answer.content.readany()
            answer.close()
            await until(lambda: site.upstream.stats.cancelled == 1, 1)


@pytest.mark.parametrize("manner", [Manner(first_token_s=60), Manner(tokens=900, tokens_per_s=20)])
async def test_a_caller_who_does_not_wait_for_the_answer_cuts_it(
    tmp_path: Path, manner: Manner
) -> None:
    async with running_site(tmp_path, {"long": manner}) as site:
        async with aiohttp.ClientSession() as session:
            asking = asyncio.create_task(opened(site, session))
            await until(lambda: site.upstream.stats.open == 1)
            asking.cancel()
            await until(lambda: site.upstream.stats.cancelled == 1, 1)
            assert site.services.gateway.open_streams(1) == 0


@dataclass
class Flood:
    """A model server that talks as fast as it is heard, without end, and counts the bytes."""

    written: int = 0
    gone: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        piece = orjson.dumps({"choices": [{"index": 0, "delta": {"content": "x" * 1000}}]})
        try:
            while True:
                await response.write(b"data: " + piece + b"\n\n")
                self.written += len(piece)
        except (asyncio.CancelledError, ConnectionResetError):
            self.gone = True
            raise


@asynccontextmanager
async def flooded(folder: Path) -> AsyncIterator[tuple[Site, Flood]]:
    flood, app = Flood(), web.Application()
    app.add_routes([web.post("/v1/chat/completions", flood.answer)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    route = Route(f"http://127.0.0.1:{runner.addresses[0][1]}/v1", "flood")
    try:
        async with running_site(folder) as site:
            await enter(site.services.store, site.services.sealer, [House("flood", route)])
            await change(site, "flood", timeouts={"answer_chars": 10**9, "stream_bytes": 10**10})
            yield site, flood
    finally:
        await runner.cleanup()


def raw_request(site: Site, key: str) -> tuple[tuple[str, int], bytes]:
    host, _, port = site.url.removeprefix("http://").partition(":")
    body = orjson.dumps({"model": "flood", "messages": HI, "stream": True})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n"
    return (host, int(port)), f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def test_a_reader_who_stops_holds_the_contestant_back_and_not_the_memory(
    tmp_path: Path,
) -> None:
    async with flooded(tmp_path) as (site, flood):
        where, request = raw_request(site, await a_key(site))
        with socket.socket() as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(caller.connect, where)
            caller.sendall(request)
            written = await still(flood)
            assert (written < 200_000_000, flood.gone) == (True, False)
        await until(lambda: flood.gone, 1)


async def still(flood: Flood) -> int:
    """How much was written once nothing more is; fails where it goes on and on."""
    async with asyncio.timeout(20):
        while True:
            before = flood.written
            await asyncio.sleep(1)
            if before == flood.written > 0:
                return before


def test_curl_reads_the_stream_as_it_comes(tmp_path: Path) -> None:
    async def asked() -> str:
        async with running_site(tmp_path, {"one": Manner()}) as site:
            command = [
                *(curl_path(), "-sN", site.url + "/v1/chat/completions"),
                *("-H", f"Authorization: Bearer {await a_key(site)}"),
                *("-d", '{"model": "one", "stream": true, "messages": '),
            ]
            command[-1] += '[{"role": "user", "content": "hi"}]}'
            done = await asyncio.to_thread(
                subprocess.run, command, capture_output=True, text=True, check=True
            )
            return str(done.stdout)

    lines = [line for line in asyncio.run(asked()).splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all(line.startswith("data: {") for line in lines[:-1])


async def test_the_shape_of_an_error_is_openais_wherever_it_arises(site: Site) -> None:
    headers = {"Authorization": f"Bearer {await a_key(site)}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body in (b"{", b"[]", b'{"model": 5}', b"x" * 1_100_000):
            async with session.post(
                site.url + "/v1/chat/completions", data=BytesIO(body)
            ) as answer:
                told = (await answer.json())["error"]
                assert set(told) == {"message", "type", "param", "code"}
                assert answer.status == (413 if len(body) > 100 else 400)
