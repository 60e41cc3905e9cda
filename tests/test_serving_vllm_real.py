"""A real vLLM: streamed from, verified, closed to strangers, back after a crash, voted on."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from arena.house import House, enter
from serving.chat import Message, Params
from serving.dial import DialPolicy
from serving.errors import EngineError
from serving.gateway import open_gateway
from serving.manner import Manner
from serving.probe import probe
from serving.target import Quota, Target
from tests.conftest import running_site
from tests.door_fixture import client
from tests.echo_fixture import ask
from tests.test_serving_leash import wait_until_gone
from tests.test_stranger import from_nothing_to_a_voted_battle
from tests.vllm_fixture import RunningEngine

pytestmark = pytest.mark.vllm


async def test_a_real_engine_streams_base_and_adapters_through_the_gateway(
    vllm_engine: RunningEngine,
) -> None:
    async with open_gateway(DialPolicy.of(vllm_engine.running.address)) as gateway:
        for number, name in enumerate(vllm_engine.names):
            target = Target(number, name, (vllm_engine.running.route(name),))
            said = [Message("user", "What is the capital of France?")]
            text, end = await ask(gateway, target, said, Params(max_tokens=24, temperature=0.0))
            assert text
            assert end.usage.source == "upstream"
            assert (await probe(gateway, target)).passed


async def test_a_real_engine_passes_every_check_with_base_and_adapters(
    vllm_engine: RunningEngine,
) -> None:
    async with open_gateway(DialPolicy.of(vllm_engine.running.address)) as gateway:
        for number, name in enumerate(vllm_engine.names):
            route = vllm_engine.running.route(name)
            target = Target(number, name, (route,), quota=Quota(concurrent=8), context_length=512)
            verdict = await probe(gateway, target)
            unjudged = [found.name for found in verdict.findings if found.passed is None]
            assert verdict.passed, verdict.words
            assert unjudged == ["names_itself"]


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/load_lora_adapter", "/adapters", "/invocations", "/metrics"]
)
async def test_a_real_engine_is_closed_to_strangers(vllm_engine: RunningEngine, path: str) -> None:
    url = f"http://{vllm_engine.running.address}{path}"
    async with aiohttp.ClientSession() as stranger, stranger.post(url, json={}) as answer:
        assert answer.status == 401


def test_a_real_engine_takes_an_adapter_at_run_time_and_gives_it_up(
    vllm_engine: RunningEngine,
) -> None:
    running, folder = vllm_engine.running, vllm_engine.an_adapter()
    vllm_engine.call(running.load("newcomer", folder))
    vllm_engine.call(running.load("newcomer", folder))
    assert "newcomer" in vllm_engine.call(running.served())
    vllm_engine.call(running.unload("newcomer"))
    assert "newcomer" not in vllm_engine.call(running.served())
    with pytest.raises(EngineError, match="refused"):
        vllm_engine.call(running.unload("newcomer"))


@pytest.mark.slow
def test_a_real_engine_that_is_killed_comes_back_with_all_its_adapters(
    vllm_engine: RunningEngine,
) -> None:
    running = vllm_engine.running
    vllm_engine.call(running.load("newcomer", vllm_engine.an_adapter()))
    before = vllm_engine.processes()
    assert len(before) > 1
    os.kill(before[0], signal.SIGKILL)
    until = time.monotonic() + 240
    while not running.restarts:
        assert time.monotonic() < until, "it did not come back"
        time.sleep(0.2)
    wait_until_gone(before, 3)
    assert {*vllm_engine.names, "newcomer"} <= set(vllm_engine.call(running.served()))
    vllm_engine.call(running.unload("newcomer"))


async def test_the_official_client_is_answered_by_a_real_engine_through_the_door(
    vllm_engine: RunningEngine, tmp_path: Path
) -> None:
    name = vllm_engine.names[-1]
    async with running_site(tmp_path) as site:
        house = [House(name, vllm_engine.running.route(name))]
        await enter(site.services.store, site.services.sealer, house)
        async with client(site) as asker:
            said: Any = [{"role": "user", "content": "What is the capital of France?"}]
            stream = await asker.chat.completions.create(
                model=name, messages=said, max_tokens=24, temperature=0, stream=True
            )
            chunks = [chunk.choices[0] async for chunk in stream]
            whole = await asker.chat.completions.create(
                model=name, messages=said, max_tokens=24, temperature=0
            )
    assert (
        "".join(chunk.delta.content or "" for chunk in chunks) == whole.choices[0].message.content
    )
    assert chunks[-1].finish_reason == whole.choices[0].finish_reason
    assert whole.usage is not None and whole.usage.completion_tokens > 1


@pytest.mark.slow
async def test_a_real_engine_entered_by_a_stranger_is_voted_on_within_a_minute(
    vllm_engine: RunningEngine, tmp_path: Path
) -> None:
    route = vllm_engine.running.route(vllm_engine.names[0])
    entry = {
        "name": "strangers/newcomer",
        "base_url": route.base_url,
        "upstream_model": route.upstream_model,
        "api_key": route.api_key,
    }
    listed = (vllm_engine.running.address,)
    async with running_site(tmp_path, {"house": Manner()}, allow_hosts=listed) as site:
        took = await from_nothing_to_a_voted_battle(site, entry, "What is the capital of France?")
    assert took < 60
