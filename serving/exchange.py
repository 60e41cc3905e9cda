"""One streamed answer from one endpoint: read piece by piece against its deadlines."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from serving.chat import FinishReason, Usage
from serving.errors import GatewayError, Malformed, Phase, TimedOut, UpstreamBroke
from serving.patience import Patience
from serving.reading import Read
from serving.sse import SSEParser

T = TypeVar("T")


@dataclass(slots=True)
class Exchange:
    """One streamed answer: call `next` until `finish` is set, then `read_tail`, then `close`.

    `first_due` and `ends_at` are times of the event loop's clock; `read` reads one event in the
    endpoint's protocol; `where` is for the log.
    """

    response: aiohttp.ClientResponse
    patience: Patience
    where: str
    first_due: float
    ends_at: float
    read: Read
    finish: FinishReason | None = None
    usage: Usage | None = None
    characters: int = 0
    chunks: int = 0
    _parser: SSEParser = field(default_factory=SSEParser)
    _alive: bool = False
    _done: bool = False
    _received: int = 0

    async def next(self) -> str:
        """Wait for a sign of life or the finish; the text is empty where the model only reasons."""
        idle = asyncio.get_running_loop().time() + self.patience.idle
        due = idle if self._alive else self.first_due
        phase: Phase = "idle" if self._alive else "first-token"
        while True:
            text, alive = self._take(await self._read(due, phase))
            if alive or self.finish:
                self._alive = True
                return text

    async def read_tail(self) -> None:
        """After the finish only usage and [DONE] matter; an upstream that dawdles is left."""
        due = asyncio.get_running_loop().time() + self.patience.tail
        try:
            while not self._done:
                self._take(await self._read(due, "idle"))
        except GatewayError:
            # The answer is whole; in place of the upstream's usage there is our estimate.
            self._done = True

    def close(self) -> None:
        """Cut it, and the upstream stops; where all of the body came it is in the pool already."""
        self.response.close()

    async def _read(self, due: float, phase: Phase) -> bytes:
        reading = self.response.content.readany()
        return await before(
            min(due, self.ends_at), phase if due < self.ends_at else "total", self.where, reading
        )

    def _take(self, data: bytes) -> tuple[str, bool]:
        """Text and sign of life in these bytes; no bytes is the end of the stream."""
        self._received += len(data)
        if self._received > self.patience.stream_bytes:
            raise Malformed(f"{self.where}: more than {self.patience.stream_bytes} bytes")
        texts: list[str] = []
        alive = False
        self._done = self._done or not data
        for event in self._parser.feed(data):
            reading = self.read(event)
            self.usage = reading.usage or self.usage
            self._done = self._done or reading.done
            alive = alive or reading.alive
            if reading.text and not self.finish:
                texts.append(reading.text)
                self.chunks += 1
            self.finish = self.finish or reading.finish
        if self._done and not self.finish:
            raise UpstreamBroke(f"{self.where}: ended without a finish reason")
        return self._bounded("".join(texts)), alive

    def _bounded(self, text: str) -> str:
        room = self.patience.answer_chars - self.characters
        if len(text) > room:
            text, self.finish, self._done = text[:room], "length", True
        self.characters += len(text)
        return text


async def before(due: float, phase: Phase, where: str, waiting: Awaitable[T]) -> T:
    """Wait for the network until `due`, and say in our words what it throws."""
    try:
        async with asyncio.timeout_at(due):
            return await waiting
    except TimeoutError as error:
        raise TimedOut(phase, where) from error
    except (aiohttp.ClientError, OSError) as error:
        raise UpstreamBroke(f"{where}: {error!r}") from error
