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
from serving.echo_answer import packets
from serving.manner import Fault, Manner, echo_text, spoilt, until_stop


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


def texts(chunks: list[Any]) -> list[str]:
    """The pieces of text in these chunks."""
    return [chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks]


@pytest.mark.parametrize(
    ("words", "stops", "left"),
    [
        (["a", " bc", " d"], ["c"], "a b"),
        (["a", " bc", " d"], ["x", "c d", "b"], "a "),
        (["a", " b"], [], "a b"),
        (["a", " b"], ["a"], ""),
    ],
)
def test_words_end_before_the_first_stop(words: list[str], stops: list[str], left: str) -> None:
    assert "".join(until_stop(words, stops)) == left


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("one-piece", ["é b"]),
        ("latin-1", ["Ã©", " b"]),
        ("cuts-utf8", ["\ufffd", "\ufffd", " ", "b"]),
    ],
)
def test_a_fault_spoils_the_words(fault: Fault, sent: list[str]) -> None:
    assert spoilt(["é", " b"], [fault]) == sent


async def test_a_stop_is_obeyed_unless_told_otherwise(http: aiohttp.ClientSession) -> None:
    deaf = {"faults": ["ignores-stop"]}
    async with echo() as server:
        assert "".join(texts(await stream(http, server, stop=["two"]))) == "Echo: one "
        whole = await stream(http, server, stop="two", x_manner=deaf)
    assert "".join(texts(whole)) == "Echo: one two"


async def test_what_does_not_fit_is_refused(http: aiohttp.ClientSession) -> None:
    async with echo({"echo": Manner(context=20)}) as server:
        url = f"{server.url}/chat/completions"
        async with http.post(url, json=asking(max_tokens=20)) as answer:
            assert answer.status == 400
        async with http.post(url, json=asking(max_tokens=18)) as answer:
            assert answer.status == 200


async def test_streams_over_the_limit_are_refused_until_one_ends(
    http: aiohttp.ClientSession,
) -> None:
    async with echo({"echo": Manner(at_once=1, first_token_s=0.2)}) as server:
        url = f"{server.url}/chat/completions"
        first = asyncio.create_task(stream(http, server))
        while not server.stats.open:
            await asyncio.sleep(0.01)
        async with http.post(url, json=asking(stream=True)) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "0.2")
        await first
        assert await stream(http, server)


async def test_raw_text_is_the_same_text(http: aiohttp.ClientSession) -> None:
    said = [{"role": "user", "content": "naïve 你好 🎉"}]
    async with echo({"echo": Manner(raw=True)}) as server:
        chunks = await stream(http, server, messages=said)
    assert "".join(texts(chunks)) == "Echo: naïve 你好 🎉"


def test_a_packet_ends_inside_a_character() -> None:
    first, second = packets("data: é".encode())
    with pytest.raises(UnicodeDecodeError):
        first.decode()
    assert (first + second).decode() == "data: é"


async def test_a_name_may_be_served_and_not_listed(http: aiohttp.ClientSession) -> None:
    async with echo({"echo": Manner(faults=("not-listed",))}) as server:
        async with http.get(f"{server.url}/models") as answer:
            assert (await answer.json())["data"] == []
        assert await stream(http, server)
