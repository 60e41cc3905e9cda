"""A running turn: two pumps, one for each side, and the events its readers see."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

from arena.saving import TURN, Row, Saver
from arena.store.tables import Turn, TurnState
from serving.chat import Delta, End, Message
from serving.errors import GatewayError
from serving.gateway import Gateway
from serving.tables import now
from serving.target import Target

log = logging.getLogger(__name__)

SideName = Literal["a", "b"]
Finish = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class TurnEvent:
    """One event of a turn's stream: `delta`, `end`, `error` or `turn`."""

    name: str
    data: dict[str, str | int | None]


@dataclass(slots=True)
class Side:
    """One model's half of the turn, as it fills. Times in milliseconds from the start."""

    name: SideName
    target: Target
    messages: Sequence[Message]
    parts: list[str] = field(default_factory=list)
    finish: Finish | None = None
    tokens: int | None = None
    prompt_tokens: int | None = None
    first_ms: int | None = None
    total_ms: int | None = None
    error: str | None = None
    source: str | None = None
    cost: float | None = None
    endpoint: int | None = None

    @property
    def text(self) -> str:
        """What the side has said so far."""
        return "".join(self.parts)

    def columns(self) -> dict[str, Any]:
        """What the side has come to, as columns of its turn."""
        values = {
            "answer": self.text,
            "finish": self.finish,
            "tokens": self.tokens,
            "prompt_tokens": self.prompt_tokens,
            "first_token_ms": self.first_ms,
            "total_ms": self.total_ms,
            "error": self.error,
            "tokens_source": self.source,
            "cost": self.cost,
            "endpoint": self.endpoint,
        }
        return {f"{name}_{self.name}": value for name, value in values.items()}


def outcome(sides: Sequence[Side], asked: TurnState | None) -> TurnState:
    """The state a turn ends in: failed if a side failed, else what was asked for, else done."""
    if any(side.finish == "error" for side in sides):
        return TurnState.FAILED
    if any(side.finish == "cancelled" for side in sides):
        return asked or TurnState.INTERRUPTED
    return TurnState.DONE


class Duel:
    """One turn while it runs. Readers come and go; the pumps go on until told to stop."""

    def __init__(self, turn: Turn, sides: Sequence[Side], saver: Saver, grace_s: float) -> None:
        self.turn = turn
        self.sides = sides
        self.over = False
        self.finishing = False
        self._saver = saver
        self._grace_s = grace_s
        self._events: list[TurnEvent] = []
        self._news = asyncio.Event()
        self._readers = 0
        self._asked: TurnState | None = None
        self._pumps: list[asyncio.Task[None]] = []
        self._leaving: asyncio.TimerHandle | None = None
        self._began = time.monotonic()

    async def run(self, gateway: Gateway) -> None:
        """Pump both sides to their end; the last event comes after the last commit."""
        self._pumps = [
            asyncio.create_task(self._pump(side, gateway), name=f"pump-{side.name}")
            for side in self.sides
        ]
        self._watch_for_readers()
        try:
            if self._asked is not None:
                self.stop(self._asked)
            await asyncio.wait(self._pumps)
        finally:
            await asyncio.shield(self._finish())

    def stop(self, state: TurnState) -> None:
        """End both sides now; the turn will be `state` (cancelled or interrupted)."""
        self._asked = self._asked or state
        for pump in self._pumps:
            pump.cancel()

    async def follow(self, heartbeat_s: float, pace_s: float) -> AsyncGenerator[list[TurnEvent]]:
        """All events from the beginning, in batches; an empty batch is a heartbeat.

        The first comes at once; then what has come is gathered, so that no two batches are less
        than `pace_s` apart.
        """
        self._readers += 1
        self._watch_for_readers()
        seen = 0
        try:
            while not (self.over and seen == len(self._events)):
                news = self._news
                if seen == len(self._events):
                    try:
                        await asyncio.wait_for(news.wait(), heartbeat_s)
                    except TimeoutError:
                        yield []
                        continue
                batch, seen = self._events[seen:], len(self._events)
                yield batch
                if not self.over:
                    await asyncio.sleep(pace_s)
        finally:
            self._readers -= 1
            self._watch_for_readers()

    def _watch_for_readers(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._readers == 0 and not self.over:
            loop = asyncio.get_running_loop()
            self._leaving = loop.call_later(self._grace_s, self.stop, TurnState.INTERRUPTED)

    async def _pump(self, side: Side, gateway: Gateway) -> None:
        try:
            async with aclosing(gateway.stream(side.target, side.messages)) as stream:
                async for part in stream:
                    self._take(side, part)
        except GatewayError as error:
            log.warning("turn %s side %s: %s", self.turn.id, side.name, error)
            side.endpoint = error.endpoint
            self._end(side, "error", error.title)
            self.stop(TurnState.FAILED)
        except asyncio.CancelledError:
            if side.finish is None:
                self._end(side, "cancelled")

    def _take(self, side: Side, part: Delta | End) -> None:
        if isinstance(part, Delta):
            if side.first_ms is None:
                side.first_ms = self._elapsed_ms()
            side.parts.append(part.text)
            self._emit(TurnEvent("delta", {"side": side.name, "text": part.text}))
            return
        side.tokens, side.prompt_tokens = part.usage.completion, part.usage.prompt
        side.source, side.cost, side.endpoint = part.usage.source, part.cost, part.endpoint
        self._end(side, "length" if part.finish_reason == "length" else "stop")

    def _end(self, side: Side, finish: Finish, error: str | None = None) -> None:
        side.finish, side.error, side.total_ms = finish, error, self._elapsed_ms()
        self._emit(
            TurnEvent("end", {"side": side.name, "finish_reason": finish, "tokens": side.tokens})
        )

    def _elapsed_ms(self) -> int:
        return round(1000 * (time.monotonic() - self._began))

    def _emit(self, *events: TurnEvent) -> None:
        self._events.extend(events)
        self._news.set()
        self._news = asyncio.Event()

    def _close_side(self, side: Side, pump: "asyncio.Task[None]") -> None:
        """A pump that was cancelled before its first step, or fell over, still ends its side."""
        if side.finish is not None:
            return
        if pump.cancelled():
            self._end(side, "cancelled")
            return
        log.error("turn %s side %s fell over", self.turn.id, side.name, exc_info=pump.exception())
        self._end(side, "error", GatewayError.title)

    def row(self, state: TurnState = TurnState.RUNNING) -> Row:
        """What the turn has come to, as the store keeps it."""
        sides = {key: value for side in self.sides for key, value in side.columns().items()}
        return sides | {TURN: self.turn.id, "state": state, "saved": now()}

    async def _finish(self) -> None:
        for side, pump in zip(self.sides, self._pumps, strict=True):
            self._close_side(side, pump)
        state = outcome(self.sides, self._asked)
        self.finishing = True
        try:
            await self._saver.save(self.row(state))
        except Exception:  # whatever the store's trouble is, the readers must be told and let go
            log.exception("turn %s could not be saved", self.turn.id)
            state = TurnState.FAILED
            self._emit(TurnEvent("error", {"title": "This turn could not be saved."}))
        for side in self.sides:
            if side.error:
                self._emit(TurnEvent("error", {"side": side.name, "title": side.error}))
        self.over = True
        self._watch_for_readers()
        self._emit(TurnEvent("turn", {"turn": self.turn.n, "state": state.value}))
