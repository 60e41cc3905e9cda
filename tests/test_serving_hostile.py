"""Upstreams that do not even speak HTTP well: whatever the bytes, a typed error or an end, soon."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.chat import Message
from serving.errors import GatewayError
from serving.gateway import open_gateway
from serving.patience import Patience
from serving.target import Route, Target
from tests.echo_fixture import LOOPBACK, ask

SHORT = Patience(connect=0.3, first_token=0.3, idle=0.3, total=0.6, tail=0.1, stream_bytes=100_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'

RAW = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Type: text/ev",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a strange status": b"HTTP/1.1 999 Odd\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    "continue without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "a redirect to itself": b"HTTP/1.1 307 T\r\nLocation: /v1/chat/completions\r\n\r\n",
    "a head without end": HEAD + b"X-A: b\r\n" * 20_000,
    "a header without end": HEAD + b"X-A: " + b"b" * 1_000_000,
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
    "a length and chunks": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length too large": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + GOOD,
    "a bad chunk size": CHUNKED + b"zz\r\n" + GOOD,
    "a chunk size without end": CHUNKED + b"0" * 100_000,
    "a chunk cut short": CHUNKED + b"ffff\r\n" + GOOD,
    "no end of the chunks": CHUNKED + b"%x\r\n%s\r\n" % (len(GOOD), GOOD),
    "an unknown encoding": HEAD + b"Content-Encoding: br\r\n\r\n" + GOOD + FINISH,
    "an unknown charset": HEAD.replace(b"stream\r", b"stream; charset=klingon\r") + b"\r\n" + GOOD,
    "no content type": b"HTTP/1.1 200 OK\r\n\r\n" + GOOD + FINISH,
    "zeros": b"\x00" * 10_000,
}


@asynccontextmanager
async def saying(raw: bytes, *, stay: bool = False) -> AsyncIterator[Target]:
    """A model at a server that answers whatever it is asked with these bytes."""

    gone: list[asyncio.Event] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone.append(asyncio.Event())
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(raw)
            await writer.drain()
            if stay:
                await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone[-1].set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield Target(1, "m", (Route(f"http://127.0.0.1:{port}/v1", "m"),))
    async with asyncio.timeout(3):
        await asyncio.gather(*(event.wait() for event in gone))
    server.close()


async def told(raw: bytes, *, stay: bool = False) -> str:
    """What the gateway makes of it: the text, or the error's name; fails if it takes too long."""
    async with saying(raw, stay=stay) as target, open_gateway(LOOPBACK, SHORT) as gateway:
        try:
            text, _ = await asyncio.wait_for(ask(gateway, target, [Message("user", "hi")]), 3)
        except GatewayError as error:
            return type(error).__name__
        return f"text: {text}"


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
async def test_bad_http_is_a_typed_error(raw: bytes) -> None:
    assert not (await told(raw)).startswith("text")


@pytest.mark.parametrize("name", ["nothing", "half a head", "a chunk cut short", "no content"])
async def test_bad_http_and_then_silence_is_a_typed_error(name: str) -> None:
    assert not (await told(RAW[name], stay=True)).startswith("text")


@pytest.mark.parametrize("end", [b"", b"data: [DONE]\n\n", b"data: [DONE]"])
async def test_a_stream_that_ends_with_the_connection_is_good(end: bytes) -> None:
    assert await told(HEAD + b"\r\n" + GOOD + FINISH + end) == "text: hi"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from([GOOD, FINISH, b"data: ", b"\n", b"\r\n", b": x\n", b"{}"]), max_size=8
    ),
    st.binary(max_size=30),
)
async def test_any_bytes_after_a_good_head_end_well_or_in_a_typed_error(
    pieces: list[bytes], noise: bytes
) -> None:
    assert await told(HEAD + b"\r\n" + b"".join(pieces) + noise)
