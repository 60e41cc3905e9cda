"""A turn as server-sent events: live from its duel, or told again from the store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import orjson
from fastapi.responses import StreamingResponse

from arena.duel import Duel, TurnEvent
from arena.render import Blocks
from arena.store.tables import Turn, TurnState

HEARTBEAT = b": still here\n\n"
PACE_S = 0.04  # a reader's page is told 25 times a second, which is fluent, and not for each token
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def frame(event: TurnEvent) -> bytes:
    """One event as it goes over the wire."""
    return b"event: %s\ndata: %s\n\n" % (event.name.encode(), orjson.dumps(event.data))


class Reader:
    """Turns a reader's events into frames, with the closed Markdown blocks if it wants them.

    The last `block` of a batch carries `rest`: the text of the block that is still open.
    """

    def __init__(self, html: bool) -> None:
        self._blocks = {"a": Blocks(), "b": Blocks()} if html else {}

    def frames(self, events: list[TurnEvent]) -> bytes:
        """The frames of a batch of events, in order; each side's deltas are joined."""
        return b"".join(frame(out) for event in joined(events) for out in self._with_blocks(event))

    def _with_blocks(self, event: TurnEvent) -> list[TurnEvent]:
        side = str(event.data.get("side"))
        if side not in self._blocks or event.name not in ("delta", "end"):
            return [event]
        blocks = self._blocks[side]
        ended = event.name == "end"
        closed = blocks.finish() if ended else blocks.feed(str(event.data["text"]))
        shown = [
            TurnEvent("block", {"side": side, "index": block.index, "html": block.html})
            for block in closed
        ]
        if shown:
            shown[-1].data["rest"] = blocks.rest
        return [*shown, event] if ended else [event, *shown]


def joined(events: list[TurnEvent]) -> list[TurnEvent]:
    """The same events, with one delta a side where several came without anything between."""
    result: list[TurnEvent] = []
    waiting: dict[str, list[str]] = {}
    for event in events:
        if event.name == "delta":
            waiting.setdefault(str(event.data["side"]), []).append(str(event.data["text"]))
            continue
        result += deltas(waiting)
        waiting = {}
        result.append(event)
    return result + deltas(waiting)


def deltas(parts: dict[str, list[str]]) -> list[TurnEvent]:
    return [
        TurnEvent("delta", {"side": side, "text": "".join(texts)}) for side, texts in parts.items()
    ]


def replay(turn: Turn) -> list[TurnEvent]:
    """The events of a turn that is over, made from what was stored of it."""
    events = []
    for side in ("a", "b"):
        text, finish = getattr(turn, f"answer_{side}"), getattr(turn, f"finish_{side}")
        if text:
            events.append(TurnEvent("delta", {"side": side, "text": text}))
        if finish or text:
            reason = finish or "cancelled"
            tokens = getattr(turn, f"tokens_{side}")
            events.append(
                TurnEvent("end", {"side": side, "finish_reason": reason, "tokens": tokens})
            )
    titles = {side: getattr(turn, f"error_{side}") for side in ("a", "b")}
    events += [TurnEvent("error", {"side": s, "title": said}) for s, said in titles.items() if said]
    state = TurnState.INTERRUPTED if turn.state is TurnState.RUNNING else turn.state
    return [*events, TurnEvent("turn", {"turn": turn.n, "state": state.value})]


def live_stream(duel: Duel, html: bool, heartbeat_s: float) -> StreamingResponse:
    """Follow a running turn from its first event."""

    async def body() -> AsyncIterator[bytes]:
        reader = Reader(html)
        async with aclosing(duel.follow(heartbeat_s, PACE_S)) as batches:
            async for events in batches:
                yield reader.frames(events) if events else HEARTBEAT

    return StreamingResponse(body(), media_type="text/event-stream", headers=HEADERS)


def stored_stream(turn: Turn, html: bool) -> StreamingResponse:
    """Tell a turn that is over again."""

    async def body() -> AsyncIterator[bytes]:
        # Rendering a long answer whole takes a while; the loop has others to serve.
        yield await asyncio.to_thread(Reader(html).frames, replay(turn))

    return StreamingResponse(body(), media_type="text/event-stream", headers=HEADERS)
