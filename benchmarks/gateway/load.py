"""The process that asks: it runs one point after another and tells what it saw, in JSON lines.

    python -m benchmarks.gateway.load [UPSTREAM_PORT]

Over the wire; with a port it is itself the side "in process", on the same schedule.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import uvloop

from benchmarks.gateway.processes import cpu_seconds
from benchmarks.gateway.schedule import Point, arrivals
from benchmarks.gateway.wire import Chat, Seen

BURST_S = 10.0  # patience with what a burst leaves behind


class Door(Protocol):
    """Where streams are asked for."""

    @property
    def chunks(self) -> int: ...

    async def stream(self, model: str, seen: Seen) -> None: ...


@dataclass(slots=True)
class Run:
    """One point under way."""

    door: Door
    point: Point
    seen: list[Seen] = field(default_factory=list)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    turned_away: int = 0

    def begin(self, length: int) -> None:
        if len(self.under_way) >= self.point.most:
            self.turned_away += 1
            return
        task = asyncio.create_task(self.one(length))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def one(self, length: int) -> None:
        seen = Seen(perf_counter(), length)
        self.seen.append(seen)
        try:
            await self.door.stream(self.point.model, seen)
        except Exception as error:  # whatever it is, the side has failed this stream
            print(f"load: {error!r}", file=sys.stderr, flush=True)
        seen.over = True

    async def arrive(self) -> None:
        """Streams as the schedule has them."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        for arrival in arrivals(self.point):
            await asyncio.sleep(max(0.0, start + arrival.at - loop.time()))
            self.begin(arrival.length)

    async def follow(self) -> None:
        """One stream after another."""
        while not (self.seen and self.seen[-1].broken):
            await self.one(self.point.length)

    def start(self) -> asyncio.Future[Any]:
        if self.point.kind == "full":
            return asyncio.gather(*(self.follow() for _ in range(self.point.streams)))
        return asyncio.ensure_future(self.arrive())

    async def settle(self) -> None:
        """Wait until what is to be measured has happened."""
        if self.point.kind == "burst":
            await asyncio.wait(self.under_way, timeout=BURST_S)
        else:
            await asyncio.sleep(self.point.window_s)

    async def leave(self) -> None:
        """Cut what is under way."""
        tasks = list(self.under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def measured(door: Door, point: Point, pids: list[int]) -> dict[str, Any]:
    """Run the point; CPU and chunks are those of the window."""
    run = Run(door, point)
    source = run.start()
    await asyncio.sleep(point.ramp_s)
    opened, cpu, chunks = perf_counter(), cpu_seconds(pids), door.chunks
    await run.settle()
    closed, cpu, chunks = perf_counter(), cpu_seconds(pids) - cpu, door.chunks - chunks
    source.cancel()
    told = summary(run.seen, opened if point.kind == "steady" else 0.0, closed)
    await asyncio.gather(source, run.leave(), return_exceptions=True)
    counts = {"cpu_s": cpu, "chunks": chunks, "window_s": closed - opened}
    return told | counts | {"turned_away": run.turned_away}


def summary(seen: list[Seen], opened: float, closed: float) -> dict[str, Any]:
    """First-token times of the streams begun since `opened`, and how well all of them went.

    A stream still without its first chunk, or its next, counts with the time it has waited so far.
    """
    firsts = [(one.first or closed) - one.began for one in seen if one.began >= opened]
    gaps = [max(one.gap, closed - one.last) for one in seen if one.first and not one.over]
    gaps += [one.gap for one in seen if one.over]
    return {
        "firsts": firsts,
        "gap_s": max(gaps, default=0.0),
        "streams": len(seen),
        "broken": sum(one.broken for one in seen),
    }


async def orders() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def obey(stack: AsyncExitStack, inside: Door | None) -> None:
    """Answer each line of the standard input with one line."""
    doors: dict[int, Door] = {}
    async for line in await orders():
        order = json.loads(line)
        port, asked = order["port"], order["asked"]
        if inside is None and port not in doors:
            doors[port] = await opened(stack, port, **asked)
        told = await measured(inside or doors[port], Point(**order["point"]), order["pids"])
        print(json.dumps(told), flush=True)


async def opened(stack: AsyncExitStack, port: int, token: str = "", **chat: Any) -> Door:
    """An operator's token opens battles; whatever else is asked is asked in the chat protocol."""
    if token:
        from benchmarks.gateway.battles import open_visits

        return await stack.enter_async_context(open_visits(port, token))
    return Chat(port, **chat)


async def main() -> None:
    async with AsyncExitStack() as stack:
        inside: Door | None = None
        if len(sys.argv) > 1:
            from benchmarks.gateway.inside import open_inside

            inside = await stack.enter_async_context(open_inside(int(sys.argv[1])))
        await obey(stack, inside)


if __name__ == "__main__":
    uvloop.run(main())
