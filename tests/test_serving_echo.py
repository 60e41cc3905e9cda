"""The echo server is what tests lean on, so it is tested itself, by a client that is not ours."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from serving.echo import EchoServer, echo
from serving.manner import Manner, echo_text


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def asking(model: str = "echo", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "one two"}]} | fields


async def stream(http: aiohttp.ClientSession, server: EchoServer, **fields: Any) -> list[Any]:
    url = f"{server.url}/chat/completions"
    async with http.post(url, json=asking(stream=True, **fields)) as answer:
        assert answer.content_type == "text/event-stream"
        events = (await answer.text()).split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    return [json.loads(event.removeprefix("data: ")) for event in events[:-2]]


def test_the_text_is_a_plain_function_of_the_prompt() -> None:
    assert "".join(echo_text("one  two")) == "Echo: one two"
    assert "".join(echo_text("one", 5)) == "Echo: one Echo: one Echo:"


async def test_a_whole_answer_has_text_and_usage(http: aiohttp.ClientSession) -> None:
    async with echo() as server, http.post(f"{server.url}/chat/completions", json=asking()) as got:
        whole = await got.json()
    assert whole["choices"][0]["message"]["content"] == "Echo: one two"
    assert whole["usage"]["total_tokens"] == 5


async def test_a_stream_has_a_chunk_for_every_token_then_finish_and_usage(
    http: aiohttp.ClientSession,
) -> None:
    async with echo() as server:
        chunks = await stream(http, server, stream_options={"include_usage": True})
    deltas = [chunk["choices"][0]["delta"].get("content") for chunk in chunks[:-1]]
    assert deltas == ["", "Echo:", " one", " two", None]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["completion_tokens"] == 3


async def test_a_request_may_change_the_manner_for_itself(http: aiohttp.ClientSession) -> None:
    async with echo() as server:
        assert len(await stream(http, server, x_manner={"tokens": 9})) == 11
        assert len(await stream(http, server)) == 5


async def test_models_and_health_are_there(http: aiohttp.ClientSession) -> None:
    async with echo({"a": Manner(), "b": Manner()}) as server:
        async with http.get(f"{server.url}/models") as answer:
            assert [model["id"] for model in (await answer.json())["data"]] == ["a", "b"]
        async with http.get(server.url.replace("/v1", "/health")) as answer:
            assert answer.status == 200


async def test_an_unknown_name_is_not_found(http: aiohttp.ClientSession) -> None:
    async with echo() as server:
        url = f"{server.url}/chat/completions"
        async with http.post(url, json=asking("other")) as answer:
            assert answer.status == 404


async def test_the_counters_tell_finished_from_cut(http: aiohttp.ClientSession) -> None:
    async with echo({"echo": Manner(), "slow": Manner(first_token_s=30)}) as server:
        await stream(http, server)
        answer = await http.post(f"{server.url}/chat/completions", json=asking("slow", stream=True))
        async with http.get(server.url.replace("/v1", "/echo/stats")) as told:
            assert await told.json() == {"requests": 2, "open": 1, "finished": 1, "cancelled": 0}
        answer.close()
        async with asyncio.timeout(1):
            while not server.stats.cancelled:
                await asyncio.sleep(0.005)
    assert server.stats.open == 0


async def test_a_break_is_a_reset_of_the_connection(http: aiohttp.ClientSession) -> None:
    async with echo({"echo": Manner(break_after=1)}) as server:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            await stream(http, server)


async def test_the_command_serves_the_names_it_is_given(http: aiohttp.ClientSession) -> None:
    line = [sys.executable, "-m", "serving.echo", "--model", "fast", "--tokens", "4"]
    process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    found = re.search(r"echo of fast at (http://\S+)", said)
    assert found is not None
    server = EchoServer({}, url=found.group(1))
    chunks = await stream(http, server, model="fast")
    assert len(chunks) == 6
    process.terminate()
    await process.wait()
