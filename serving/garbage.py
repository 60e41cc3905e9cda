"""What a broken or hostile model server sends, by name; the echo server sends it when told to."""

import asyncio
import gzip
import socket
import struct
from collections.abc import Awaitable, Callable

from aiohttp import web

from serving.manner import Garbage

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROLE = b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"hello"}}]}\n\n'
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
THINKING = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm "}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
DONE = b"data: [DONE]\n\n"

# Streams that are said once and then end, as a server that thinks nothing is wrong would.
SAID: dict[Garbage, bytes] = {
    "not-json": b"data: {oops\n\n",
    "not-an-object": b"data: [1, 2, 3]\n\n" + FINISH,
    "empty-choices": b'data: {"choices":[]}\n\n' * 3 + DONE,
    "usage-only": USAGE + DONE,
    "wrong-types": b'data: {"choices":[{"index":0,"delta":{"content":["a"]}}]}\n\n',
    "bad-utf8": b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n',
    "no-finish": ROLE,
    "no-done": ROLE + FINISH,
    "error-event": ROLE + b'data: {"error":{"message":"out of memory"}}\n\n',
}

# Streams that never end: said once, then repeated until the caller goes.
ENDLESS: dict[Garbage, tuple[bytes, bytes, float]] = {
    "endless-line": (b"data: ", b"a" * 65536, 0.0),
    "endless-pings": (b"", b": ping\n\n", 0.02),
    "endless-thinking": (b"", THINKING, 0.02),
    "hang-after-finish": (ROLE + FINISH, b": still here\n\n", 0.02),
    "silence": (b"", b"", 0.02),
}


async def opened(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


def said(text: bytes) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await opened(request)
        await response.write(text)
        return response

    return handler


def endless(first: bytes, again: bytes, pause: float) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await opened(request)
        await response.write(first)
        while True:
            if again:
                await response.write(again)
            await asyncio.sleep(pause)

    return handler


async def html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<h1>It works!</h1>", content_type="text/html")


async def redirect(request: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/"})


async def bomb(request: web.Request) -> web.StreamResponse:
    """Ten megabytes that travel as ten kilobytes."""
    headers = {"Content-Type": "text/event-stream", "Content-Encoding": "gzip"}
    return web.Response(body=gzip.compress(b"a" * 10_000_000), headers=headers)


async def not_http(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        transport.write(b"220 mail.example ESMTP ready\r\n")
        transport.close()
    return web.Response()


async def reset(request: web.Request) -> None:
    """Cut the connection with a TCP reset, as a killed server or a lost cable does."""
    transport = request.transport
    if transport is None:
        return
    sock: socket.socket = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    raise ConnectionAbortedError


GARBAGE: dict[Garbage, Handler] = {
    **{name: said(text) for name, text in SAID.items()},
    **{name: endless(*parts) for name, parts in ENDLESS.items()},
    "html": html,
    "redirect": redirect,
    "gzip": bomb,
    "not-http": not_http,
}
