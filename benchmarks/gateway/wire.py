"""A caller that costs as little as can be: it counts marks in bytes and looks at the clock."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

MARK = b"~"
ANSWERED = b"HTTP/1.1 200"
CHAT = "/v1/chat/completions"
ENDED = b"0\r\n\r\n"
Address = tuple[str, int]
KEPT_S = 3.0  # servers close a connection that was idle for five seconds


@dataclass(slots=True)
class Seen:
    """One stream: when it was asked for, its first chunk, its last, the longest wait between two.

    `wanted` chunks were asked for; `ended`: the answer came to its end; `over`: no more will come.
    """

    began: float
    wanted: int
    chunks: int = 0
    first: float | None = None
    last: float = 0.0
    gap: float = 0.0
    ended: bool = False
    over: bool = False

    def take(self, chunks: int, now: float) -> None:
        if self.first is None:
            self.first = now
        else:
            self.gap = max(self.gap, now - self.last)
        self.last = now
        self.chunks += chunks

    @property
    def broken(self) -> bool:
        return self.over and not (self.ended and self.chunks == self.wanted)


class Line(asyncio.Protocol):
    """One kept connection, one answer at a time."""

    def __init__(self, count: Callable[[int], None]) -> None:
        self.count = count
        self.tail, self.fresh = b"", True
        self.seen: Seen | None = None
        self.over: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.seen is None:
            return
        if self.fresh and not data.startswith(ANSWERED):
            self.transport.abort()
            return
        self.fresh = False
        marks = data.count(MARK)
        if marks:
            self.seen.take(marks, perf_counter())
            self.count(marks)
        self.tail = (self.tail + data)[-len(ENDED) :]
        if self.tail == ENDED:
            self.seen.ended = True
            self.finish()

    def connection_lost(self, exc: Exception | None) -> None:
        self.finish()

    def finish(self) -> None:
        if self.over and not self.over.done():
            self.over.set_result(None)

    async def ask(self, request: bytes, seen: Seen) -> None:
        self.seen, self.tail, self.fresh = seen, b"", True
        self.over = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self.over
        self.seen = None


class Caller:
    """Connections to one server, kept and used again; counts the chunks of all of them."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.chunks = 0
        self.idle: list[tuple[float, Line]] = []

    def count(self, marks: int) -> None:
        self.chunks += marks

    async def send(self, request: bytes, seen: Seen) -> None:
        """Ask and read to the end; a cancelled caller cuts the line."""
        line = await self.line()
        try:
            await line.ask(request, seen)
        finally:
            if seen.ended:
                self.idle.append((perf_counter(), line))
            else:
                line.transport.abort()

    async def line(self) -> Line:
        while self.idle:
            since, line = self.idle.pop()
            if perf_counter() - since < KEPT_S and not line.transport.is_closing():
                return line
            line.transport.abort()
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: Line(self.count), *self.address)
        return line


class Chat:
    """Asks a server that speaks the OpenAI chat protocol."""

    def __init__(self, port: int, headers: dict[str, str], body: dict[str, Any]) -> None:
        self.caller = Caller(("127.0.0.1", port))
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self.head = f"POST {CHAT} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{''.join(lines)}"
        self.body = body

    @property
    def chunks(self) -> int:
        return self.caller.chunks

    async def stream(self, model: str, seen: Seen) -> None:
        body = json.dumps(self.body | {"model": model, "max_tokens": seen.wanted}).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        await self.caller.send((self.head + kind).encode() + body, seen)
