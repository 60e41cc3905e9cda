"""The other protocols on a real port, through the real gateway."""

from dataclasses import replace

import pytest

from serving.chat import Message, Params, Usage
from serving.dial import DialPolicy
from serving.errors import Malformed, TimedOut, UpstreamBroke, UpstreamRefused
from serving.gateway import open_gateway
from serving.patience import Patience
from serving.target import Target
from tests.echo_fixture import LOOPBACK, ask
from tests.protocol_upstream import Event, relay, upstream
from tests.site_fixture import until
from tests.vllm_fixture import RunningEngine

SAID = [Message("system", "Be brief."), Message("user", "Hi")]
SHORT = Patience(first_token=0.3, idle=0.3, total=2.0, tail=0.2)


def letter(text: str) -> Event:
    delta = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


START: Event = {"type": "message_start", "message": {"usage": {"input_tokens": 7}}}
PING: Event = {"type": "ping"}
THOUGHT: Event = {
    "type": "content_block_delta",
    "delta": {"type": "thinking_delta", "thinking": "hm"},
}
END: Event = {
    "type": "message_delta",
    "delta": {"stop_reason": "max_tokens"},
    "usage": {"output_tokens": 2},
}
STOP: Event = {"type": "message_stop"}


def word(text: str) -> Event:
    return {"type": "response.output_text.delta", "delta": text, "sequence_number": 1}


CREATED: Event = {"type": "response.created", "response": {"status": "in_progress"}}
COMPLETED: Event = {
    "type": "response.completed",
    "response": {"status": "completed", "usage": {"input_tokens": 7, "output_tokens": 2}},
}


async def test_an_answer_comes_over_anthropic_messages() -> None:
    events = (START, PING, THOUGHT, letter("Hé"), letter("llo"), PING, END, STOP)
    async with upstream(*events) as server, open_gateway(LOOPBACK) as gateway:
        text, end = await ask(gateway, server.target("anthropic"), SAID)
    assert (text, end.finish_reason, end.usage) == ("Héllo", "length", Usage(7, 2, "upstream"))
    assert (server.asked["model"], server.asked["system"]) == ("m-1", "Be brief.")
    assert server.headers["x-api-key"] == "sesame"
    assert server.headers["anthropic-version"] == "2023-06-01"
    assert "Authorization" not in server.headers


async def test_an_answer_comes_over_openai_responses() -> None:
    async with upstream(CREATED, word("Hé"), word("llo"), COMPLETED) as server:
        async with open_gateway(LOOPBACK) as gateway:
            text, end = await ask(gateway, server.target("responses"), SAID, Params(max_tokens=5))
    assert (text, end.finish_reason, end.usage) == ("Héllo", "stop", Usage(7, 2, "upstream"))
    assert (server.asked["instructions"], server.asked["max_output_tokens"]) == ("Be brief.", 5)
    assert server.headers["Authorization"] == "Bearer sesame"


async def test_a_stop_cuts_the_stream_of_a_protocol_that_has_none() -> None:
    async with upstream(CREATED, word("one E"), word("ND two"), hold=True) as server:
        async with open_gateway(LOOPBACK) as gateway:
            asked = ask(gateway, server.target("responses"), SAID, Params(stop=("END",)))
            text, end = await asked
            await until(lambda: server.gone, 1)
    assert (text, end.finish_reason, end.usage.source) == ("one ", "stop", "estimate")


@pytest.mark.parametrize(("protocol", "event"), [("anthropic", PING), ("responses", CREATED)])
async def test_what_says_nothing_is_no_sign_of_life(protocol: str, event: Event) -> None:
    async with upstream(event, event, hold=True) as server:
        async with open_gateway(LOOPBACK, SHORT) as gateway:
            with pytest.raises(TimedOut, match="first-token"):
                await ask(gateway, server.target(protocol), SAID)
            await until(lambda: server.gone, 1)


@pytest.mark.parametrize(
    ("protocol", "event"), [("anthropic", START | STOP), ("responses", CREATED)]
)
async def test_an_end_without_a_reason_is_an_answer_broken_off(protocol: str, event: Event) -> None:
    async with upstream(event) as server, open_gateway(LOOPBACK, SHORT) as gateway:
        with pytest.raises(UpstreamBroke):
            await ask(gateway, server.target(protocol), SAID)


async def test_an_upstream_that_is_overloaded_says_so_in_its_stream() -> None:
    error: Event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for events in ((START, error), (START, letter("a"), error)):
        async with upstream(*events) as server, open_gateway(LOOPBACK) as gateway:
            with pytest.raises(UpstreamRefused) as caught:
                await ask(gateway, server.target("anthropic"), SAID)
        assert caught.value.status == 529


@pytest.mark.parametrize("protocol", ["anthropic", "responses"])
async def test_another_protocol_than_the_one_named_is_malformed(protocol: str) -> None:
    strange: Event = {"type": "response.output_text.delta", "delta": {"type": "text_delta"}}
    other: Event = {"type": "content_block_delta", "delta": "text"}
    async with upstream(strange, other, COMPLETED) as server:
        async with open_gateway(LOOPBACK, SHORT) as gateway:
            with pytest.raises(Malformed):
                await ask(gateway, server.target(protocol), SAID)


@pytest.mark.vllm
@pytest.mark.parametrize("protocol", ["anthropic", "responses"])
async def test_a_real_engine_says_the_same_in_every_protocol_it_speaks(
    vllm_engine: RunningEngine, protocol: str
) -> None:
    route = vllm_engine.running.route(vllm_engine.names[0])
    said, params = [Message("user", "What is the capital of France?")], Params(0.0, max_tokens=24)
    async with (
        relay(route.base_url, route.api_key or "") as url,
        open_gateway(DialPolicy.of(url.split("/")[2], vllm_engine.running.address)) as gateway,
    ):
        other = replace(route, base_url=url, protocol=protocol, trusted=True)
        first = await ask(gateway, Target(1, "m", (route,)), said, params)
        second = await ask(gateway, Target(2, "m", (other,)), said, params)
    assert (first[0], first[1].finish_reason) == (second[0], second[1].finish_reason)
    assert first[1].usage == second[1].usage
