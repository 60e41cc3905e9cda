"""Bounds of one model: its own patience, its own longest answer, and memory that does not grow."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import orjson
import pytest

from serving.chat import Delta, Message
from serving.errors import TimedOut
from serving.gateway import open_gateway
from serving.manner import Manner
from serving.patience import Patience
from serving.target import Route, Target
from tests.echo_fixture import LOOPBACK, ask, talk

HI = [Message("user", "hi")]
FLOOD = 50 * 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
PIECE = orjson.dumps({"choices": [{"index": 0, "delta": {"content": "x" * 1000}}]})


async def test_a_models_own_patience_takes_the_place_of_the_gateways() -> None:
    manners = {"late": Manner(first_token_s=0.5)}
    async with talk(manners, Patience(first_token=0.1)) as both:
        target = both.target("late")
        with pytest.raises(TimedOut, match="first-token"):
            await both.ask(target)
        await both.ask(replace(target, patience=Patience(first_token=5)))
    async with talk(manners) as both:
        with pytest.raises(TimedOut, match="total"):
            await both.ask(replace(target_at(both.server.url), patience=Patience(total=0.2)))


async def test_a_models_own_wait_for_a_connection_is_kept() -> None:
    with full_backlog() as port:
        target = replace(target_at(f"http://127.0.0.1:{port}/v1"), patience=Patience(connect=0.2))
        async with open_gateway(LOOPBACK) as gateway:
            with pytest.raises(TimedOut, match="connect"):
                await asyncio.wait_for(ask(gateway, target, HI), 3)


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port where nobody accepts, and where no more callers may wait."""
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            caller = open_sockets.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_models_own_longest_answer_is_kept() -> None:
    async with talk({"echo": Manner(tokens=1000)}) as both:
        text, end = await both.ask(replace(both.target(), patience=Patience(answer_chars=42)))
    assert (len(text), end.finish_reason) == (42, "length")


def target_at(url: str, name: str = "late") -> Target:
    return Target(1, "m", (Route(url, name),))


@dataclass(slots=True)
class Flood:
    """An upstream that sends as fast as it is let; `sent` is what the network took from it."""

    url: str = ""
    sent: int = 0

    async def pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        try:
            while self.sent < FLOOD:
                writer.write(b"data: " + PIECE + b"\n\n")
                await writer.drain()
                self.sent += len(PIECE)
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def flood() -> AsyncIterator[Flood]:
    upstream = Flood()
    server = await asyncio.start_server(upstream.pour, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.close()


async def test_a_slow_reader_holds_the_upstream_back_and_memory_stays() -> None:
    patience = Patience(answer_chars=FLOOD, stream_bytes=2 * FLOOD)
    async with flood() as upstream, open_gateway(LOOPBACK, patience) as gateway:
        most = 0
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with aclosing(gateway.stream(target_at(upstream.url), HI)) as stream:
            for _ in range(10):
                part = await anext(stream)
                assert isinstance(part, Delta)
                most = max(most, len(part.text))
                await asyncio.sleep(0.1)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert upstream.sent < FLOOD / 2, "the sockets between hold a few megabytes, not all of it"
    assert most <= 2 * 1024 * 1024
    assert grown < FLOOD / 4
