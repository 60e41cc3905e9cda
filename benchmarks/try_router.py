"""A trial: vllm-router before two engines of one model, one of them killed while visitors ask.

    python -m benchmarks.try_router --router .venv-router/bin/vllm-router

The gateway sees the router as a plain endpoint. Prints what became of the questions before the
kill, in the five seconds after it, and later. `--echo` tries the same with two echo servers.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from signal import SIGKILL

import aiohttp

from arena.demo import EXAMPLES
from serving.chat import Message, Params
from serving.errors import GatewayError
from serving.gateway import Gateway, open_gateway
from serving.pulse import count as total
from serving.target import Route, Target
from serving.vllm import VLLM, free_port
from tests.vllm_fixture import demo_engine

KEY = "one-key-for-both"
MODEL = "young-wren"
STREAMS = 8
ECHO = (sys.executable, "-m", "serving.echo", "--model", MODEL)
PACE = ("--tokens-per-s", "50", "--tokens", "20")
POLICY = ("--policy", "round_robin", "--health-check-interval-secs", "2")


@dataclass(slots=True)
class Trial:
    """Each question as (when it was asked, when it ended, how); the kill on the same clock."""

    killed: float = float("inf")
    asked: list[tuple[float, float, str]] = field(default_factory=list)

    def when(self, began: float, ended: float) -> str:
        if ended < self.killed:
            return "before the kill"
        if began < self.killed:
            return "open at the kill"
        return "asked in the 5 s after" if began < self.killed + 5 else "asked later"

    def tell(self) -> None:
        for what in dict.fromkeys(
            self.when(began, ended) for began, ended, _ in sorted(self.asked)
        ):
            ends = Counter(
                end for began, ended, end in self.asked if self.when(began, ended) == what
            )
            print(f"{what}: {dict(ends)}")


@asynccontextmanager
async def process(*line: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command that runs as long as the block."""
    running = await asyncio.create_subprocess_exec(*line)
    try:
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.terminate()
        await running.wait()


@asynccontextmanager
async def two_echoes() -> AsyncIterator[tuple[list[str], Callable[[], None]]]:
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(process(*ECHO, *PACE, "--port", str(port)))
            for port in ports
        ]
        yield [f"http://127.0.0.1:{port}" for port in ports], running[0].kill


@asynccontextmanager
async def two_engines() -> AsyncIterator[tuple[list[str], Callable[[], None]]]:
    """Both with one key, since a router passes on the key it is sent; the killed one comes back."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = []
        for name in ("first", "second"):
            engine = replace(demo_engine(folder / f"{name}.log"), name=name, api_key=KEY)
            running.append(await VLLM.start(engine, print))
            stack.push_async_callback(running[-1].stop)
        yield [f"http://{one.address}" for one in running], lambda: kill_server(running[0])
        for one in running:
            await asyncio.wait_for(one.up.wait(), 180)
            print(f"{one.engine.name}: {one.restarts} restarts, {await tokens(one)} tokens since")


async def tokens(running: VLLM) -> float | None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"http://{running.address}/metrics") as answer,
    ):
        return total(await answer.text())


def kill_server(running: VLLM) -> None:
    """kill -9 to the engine's API server."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_text().split("\0")
            if str(running.port) in words and "-I" not in words:
                os.kill(int(path.parent.name), SIGKILL)


async def ask_on_and_on(gateway: Gateway, url: str, trial: Trial, until: float) -> None:
    target = Target(1, MODEL, (Route(f"{url}/v1", MODEL, KEY, trusted=True),))
    for number in count():
        began = time.monotonic()
        if began > until:
            return
        said = [Message("user", EXAMPLES[number % len(EXAMPLES)])]
        try:
            async with aclosing(gateway.stream(target, said, Params(max_tokens=32))) as stream:
                async for _ in stream:
                    pass
            trial.asked.append((began, time.monotonic(), "answered"))
        except GatewayError as error:
            trial.asked.append((began, time.monotonic(), type(error).__name__))
            print(f"asked {began - trial.killed:+.2f} s from the kill: {error}")
            await asyncio.sleep(0.2)


async def healthy(url: str) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(60):
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"{url}/health") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.2)


async def run(router: str, seconds: float, echo: bool) -> None:
    trial = Trial()
    async with (two_echoes if echo else two_engines)() as (urls, kill):
        port, metrics = free_port(), free_port()
        line = [router, "--port", str(port), "--prometheus-port", str(metrics), *POLICY]
        print("$", *line, "--worker-urls", *urls)
        async with process(*line, "--worker-urls", *urls), open_gateway() as gateway:
            url = f"http://127.0.0.1:{port}"
            await healthy(url)
            until = time.monotonic() + seconds
            askers = [
                asyncio.create_task(ask_on_and_on(gateway, url, trial, until))
                for _ in range(STREAMS)
            ]
            await asyncio.sleep(seconds / 4)
            trial.killed = time.monotonic()
            kill()
            await asyncio.gather(*askers)
            trial.tell()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--router", default=".venv-router/bin/vllm-router")
    parser.add_argument("--seconds", type=float, default=80.0)
    parser.add_argument("--echo", action="store_true")
    given = parser.parse_args()
    asyncio.run(run(given.router, given.seconds, given.echo))
    return 0


if __name__ == "__main__":
    sys.exit(main())
