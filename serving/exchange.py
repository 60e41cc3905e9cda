"""One streamed answer from one endpoint: read piece by piece against its deadlines."""

import asyncio
from dataclasses import dataclass, field

import aiohttp

from serving.chat import FinishReason, Usage
from serving.errors import GatewayError, Malformed, Phase, TimedOut, UpstreamBroke
from serving.patience import Patience
from serving.reading import Read
from serving.sse import SSEParser


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
    _watch: "Watch" = field(init=False)
    _alive: bool = False
    _done: bool = False
    _received: int = 0

    def __post_init__(self) -> None:
        self._watch = Watch(self.response.content, self.where)

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
        self._watch.end()
        self.response.close()

    async def _read(self, due: float, phase: Phase) -> bytes:
        if due < self.ends_at:
            return await self._watch.read(due, phase)
        return await self._watch.read(self.ends_at, "total")

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


@dataclass(slots=True)
class Watch:
    """Reads a body piece by piece, each against a deadline, with one timer for many reads.

    Most reads end long before their time: a timer for each would cost as much as the reading. So
    the timer stays, and where it finds that a later read is under way, it is set anew.
    """

    body: aiohttp.StreamReader
    where: str
    _due: float | None = None
    _phase: Phase = "first-token"
    _timer: asyncio.TimerHandle | None = None
    _set_for: float = 0.0

    async def read(self, due: float, phase: Phase) -> bytes:
        """What has come, at least a byte; nothing at the end. Raises TimedOut, UpstreamBroke."""
        self._due, self._phase = due, phase
        if self._timer is None or due < self._set_for:
            self._set(due)
        try:
            return await self.body.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamBroke(f"{self.where}: {error!r}") from error
        finally:
            self._due = None

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, due: float) -> None:
        self.end()
        self._timer = asyncio.get_running_loop().call_at(due, self._look)
        self._set_for = due

    def _look(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if asyncio.get_running_loop().time() < self._due:
            self._set(self._due)
        else:
            self.body.set_exception(TimedOut(self._phase, self.where))
