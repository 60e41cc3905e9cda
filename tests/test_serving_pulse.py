"""When a running engine counts as alive: by its traffic, or by a token it gives when asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web

from serving.pulse import Pulse, Signs, count

QUICK = Pulse(every=0.01, patience=0.2, misses=2)


@dataclass(slots=True)
class Engine:
    """An engine at the wire whose health, counter and answer are set by the test."""

    health: int = 200
    tokens: int | None = None
    step: int = 0
    status: int = 200
    silent: bool = False
    asked: int = 0

    async def answer_health(self, request: web.Request) -> web.Response:
        return web.Response(status=self.health)

    async def answer_metrics(self, request: web.Request) -> web.Response:
        if self.tokens is None:
            return web.Response(status=404)
        self.tokens += self.step
        return web.Response(text=f'vllm:generation_tokens_total{{model="a"}} {self.tokens}.0')

    async def answer_token(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.silent:
            await asyncio.sleep(30)
        return web.json_response({}, status=self.status)


@asynccontextmanager
async def signs_of(engine: Engine) -> AsyncIterator[Signs]:
    app = web.Application()
    app.add_routes(
        [
            web.get("/health", engine.answer_health),
            web.get("/metrics", engine.answer_metrics),
            web.post("/v1/completions", engine.answer_token),
        ]
    )
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as http:
            yield Signs(http, f"http://127.0.0.1:{runner.addresses[0][1]}", "key", "a")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("engine", "alive"),
    [
        (Engine(), True),
        (Engine(health=503), False),
        (Engine(silent=True), False),
        (Engine(status=500), False),
        (Engine(status=404), True),
        (Engine(silent=True, tokens=5), False),
        (Engine(silent=True, tokens=5, step=1), True),
    ],
    ids=["well", "ill", "silent", "broken", "cannot tell", "silent and still", "busy"],
)
async def test_a_look(engine: Engine, alive: bool) -> None:
    async with signs_of(engine) as signs:
        assert await signs.seen(QUICK) is alive


async def test_an_engine_with_traffic_is_not_asked_for_tokens() -> None:
    engine = Engine(tokens=5, step=1)
    async with signs_of(engine) as signs:
        for _ in range(3):
            assert await signs.seen(QUICK)
    assert engine.asked == 1


async def test_what_is_not_there_is_not_alive() -> None:
    async with aiohttp.ClientSession() as http:
        assert not await Signs(http, "http://127.0.0.1:9", "key", "a").seen(QUICK)


def test_tokens_read_and_written_are_counted_over_all_models() -> None:
    text = """# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{model_name="a"} 7.0
vllm:generation_tokens_total{model_name="b"} 1.0
vllm:prompt_tokens_total{model_name="a"} 1e+01
vllm:num_requests_running 3"""
    assert count(text) == 18
    assert count("vllm:num_requests_running 3") is None
