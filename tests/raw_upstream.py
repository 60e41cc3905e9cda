"""A model server made of bytes: what it sends is HTTP only if the test says so."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from serving.chat import End, Message
from serving.errors import GatewayError
from serving.gateway import open_gateway
from serving.patience import Patience
from serving.target import Route, Target
from tests.echo_fixture import LOOPBACK, ask

SHORT = Patience(connect=0.3, first_token=0.3, idle=0.3, total=0.6, tail=0.1, stream_bytes=100_000)
LONGEST_S = 3.0
KEY = "key-of-the-upstream"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = b'data: {"choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n'
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"

Ending = Literal["close", "reset", "stay", "again"]


@dataclass(slots=True)
class RawUpstream:
    """Sends `pieces`, a pause after each, then `again` for ever, and ends as told.

    With the ending `again` it answers every request that comes on the connection.
    """

    pieces: Sequence[bytes]
    again: bytes = b""
    pause: float = 0.0
    ending: Ending = "close"
    sent: int = 0
    gone: list[asyncio.Event] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.Event()
        self.gone.append(gone)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self.answer_once(reader, writer)
            while self.ending == "again":
                await self.answer_once(reader, writer)
            if self.ending == "stay":
                await reader.read()
            if self.ending == "reset":
                linger = struct.pack("ii", 1, 0)
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone.set()

    async def answer_once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await self.say(writer)

    async def say(self, writer: asyncio.StreamWriter) -> None:
        for piece in self.pieces:
            await self.write(writer, piece)
            await asyncio.sleep(self.pause)
        while self.again:
            await self.write(writer, self.again)
            await asyncio.sleep(0)

    async def write(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        writer.write(piece)
        await writer.drain()
        self.sent += len(piece)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Target]:
        """A model at this server; at the end nobody holds a connection to it."""
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        yield Target(1, "m", (Route(f"http://127.0.0.1:{port}/v1", "m", KEY),))
        async with asyncio.timeout(LONGEST_S):
            await asyncio.gather(*(gone.wait() for gone in self.gone))
        server.close()


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway made of it: text and end, or a typed error; any other error goes through."""

    text: str = ""
    end: End | None = None
    error: GatewayError | None = None

    def __str__(self) -> str:
        return type(self.error).__name__ if self.error else f"text: {self.text}"


async def told(upstream: RawUpstream, patience: Patience = SHORT) -> Told:
    """Ask it once; fails if that takes too long, or leaves the connection open."""
    async with upstream.running() as target, open_gateway(LOOPBACK, patience) as gateway:
        try:
            asking = ask(gateway, target, [Message("user", "hi")])
            text, end = await asyncio.wait_for(asking, LONGEST_S)
        except GatewayError as error:
            return Told(error=error)
        return Told(text, end)
