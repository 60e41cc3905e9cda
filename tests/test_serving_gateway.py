"""The streaming door: what comes through it, when, and what it does about bad upstreams."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from dataclasses import replace

import pytest

from serving.chat import Delta, Message, Params, Usage
from serving.dial import DialPolicy
from serving.errors import (
    Busy,
    GatewayError,
    Malformed,
    NoRoute,
    TimedOut,
    Unreachable,
    UpstreamBroke,
    UpstreamRefused,
)
from serving.gateway import open_gateway
from serving.manner import Garbage, Manner
from serving.patience import Patience
from serving.target import Route, Target
from tests.echo_fixture import LOOPBACK, Talk, ask, talk

HI = [Message("user", "hi")]
SHORT = Patience(connect=0.5, first_token=0.3, idle=0.3, total=1.0, tail=0.2)


async def until(seconds: float, condition: Callable[[], bool]) -> float:
    """How long it took for the condition to hold; fails after `seconds`."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not come about in time"
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def test_the_answer_comes_through_whole_with_the_upstreams_usage() -> None:
    async with talk() as both:
        text, end = await both.ask(both.target(), "naïve 你好 🎉")
    assert text == "Echo: naïve 你好 🎉"
    assert (end.finish_reason, end.usage) == ("stop", Usage(3, 4, "upstream"))


async def test_deltas_come_as_they_are_written() -> None:
    async with talk({"echo": Manner(tokens_per_s=50, tokens=10)}) as both:
        times = [
            time.monotonic()
            async for part in both.gateway.stream(both.target(), HI)
            if isinstance(part, Delta)
        ]
    assert len(times) >= 5, "on a busy machine two of them may come together"
    assert times[-1] - times[0] > 0.1


async def test_the_end_tells_the_times() -> None:
    async with talk({"echo": Manner(first_token_s=0.1, tokens_per_s=50, tokens=6)}) as both:
        _, end = await both.ask(both.target())
    assert 0.1 <= end.first_token_s < 0.19 + (end.total_s - 0.2)
    assert 0.2 <= end.total_s < 5


async def test_a_fast_answer_does_not_wait_for_a_slow_one() -> None:
    manners = {"fast": Manner(tokens_per_s=200, tokens=20), "slow": Manner(first_token_s=1)}
    async with talk(manners) as both:
        slow = asyncio.create_task(both.ask(both.target("slow")))
        _, end = await both.ask(both.target("fast"))
        assert end.total_s < 0.3
        await slow


async def test_parameters_of_the_call_lie_over_those_of_the_model() -> None:
    async with talk() as both:
        target = Target(1, "m", both.target().routes, Params(temperature=0.5, max_tokens=2))
        await ask(both.gateway, target, HI, Params(temperature=0.0, stop=("x",), seed=3))
        sent = both.server.seen[-1]
    assert (sent["temperature"], sent["max_tokens"], sent["stop"]) == (0.0, 2, ["x"])
    assert "top_p" not in sent
    assert sent["seed"] == 3


async def test_an_answer_cut_by_max_tokens_ends_for_length() -> None:
    async with talk({"echo": Manner(tokens=50)}) as both:
        text, end = await ask(both.gateway, both.target(), HI, Params(max_tokens=3))
    assert (len(text.split()), end.finish_reason) == (3, "length")


async def test_without_usage_from_upstream_the_count_is_an_estimate() -> None:
    async with talk({"echo": Manner(usage=False)}) as both:
        _, end = await both.ask(both.target(), "a b")
    assert end.usage == Usage(1, 3, "estimate")


async def test_half_a_surrogate_pair_in_a_prompt_does_no_harm() -> None:
    async with talk() as both:
        text, _ = await both.ask(both.target(), "half \ud83c")
    assert text == "Echo: half \ufffd"


async def test_the_key_goes_to_the_upstream() -> None:
    async with talk({"echo": Manner(api_key="sesame")}) as both:
        routes = (Route(both.server.url, "echo", "sesame"),)
        text, _ = await both.ask(Target(1, "m", routes), "open")
    assert text == "Echo: open"


def test_a_key_is_not_shown_where_a_route_is_printed() -> None:
    assert "sesame" not in repr(Target(1, "m", (Route("https://a", "b", "sesame"),)))


# Cancellation


async def test_closing_the_iterator_cuts_the_upstream_within_a_second() -> None:
    async with talk({"echo": Manner(tokens_per_s=20, tokens=1000)}) as both:
        async with aclosing(both.gateway.stream(both.target(), HI)) as stream:
            await anext(stream)
            assert both.server.stats.open == 1
        assert await until(1, lambda: both.server.stats.cancelled == 1) < 1
        assert both.gateway.open_streams(1) == 0


@pytest.mark.parametrize("manner", [Manner(first_token_s=60), Manner(tokens=9, stall_after=3)])
async def test_cancelling_the_task_cuts_the_upstream_within_a_second(manner: Manner) -> None:
    async with talk({"echo": manner}) as both:
        task = asyncio.create_task(both.ask(both.target()))
        await until(2, lambda: both.server.stats.open == 1)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await until(1, lambda: both.server.stats.cancelled == 1) < 1


# Retry


async def served_first_and_second(both: Talk, bad: str, good: str) -> tuple[str, int]:
    """Ask until the bad endpoint was drawn first; the text and the number of attempts then."""
    for _ in range(60):
        async with open_gateway(LOOPBACK, SHORT) as gateway:
            text, end = await ask(gateway, both.target(bad, good), HI)
        if end.attempts == 2:
            return text, end.attempts
    raise AssertionError("the bad endpoint was never drawn first")


@pytest.mark.parametrize(
    "bad",
    [
        Manner(status=500),
        Manner(status=429, retry_after="1"),
        Manner(status=404),
        Manner(break_after=0),
        Manner(first_token_s=5),
        Manner(garbage="html"),
        Manner(garbage="not-json"),
    ],
)
async def test_before_the_first_token_another_endpoint_is_tried(bad: Manner) -> None:
    async with talk({"bad": bad, "good": Manner()}) as both:
        assert await served_first_and_second(both, "bad", "good") == ("Echo: hi", 2)


async def test_after_the_first_token_nothing_is_tried_again() -> None:
    broken = Manner(tokens=20, tokens_per_s=100, break_after=5)
    async with talk({"a": broken, "b": broken}) as both:
        with pytest.raises(UpstreamBroke):
            await both.ask(both.target("a", "b"))
        assert both.server.stats.requests == 1


async def test_after_reasoning_nothing_is_tried_again() -> None:
    thinking = Manner(garbage="endless-thinking")
    async with talk({"a": thinking, "b": thinking}, SHORT) as both:
        with pytest.raises(TimedOut) as caught:
            await both.ask(both.target("a", "b"))
        assert both.server.stats.requests == 1
    assert caught.value.phase == "total"


async def test_a_prompt_that_is_refused_is_the_callers_and_not_tried_again() -> None:
    async with talk({"a": Manner(status=400), "b": Manner(status=400)}) as both:
        with pytest.raises(UpstreamRefused) as caught:
            await both.ask(both.target("a", "b"))
        assert both.server.stats.requests == 1
    assert caught.value.fault == "caller"


async def test_when_the_whole_time_is_up_no_other_endpoint_is_blamed() -> None:
    silent, patience = Manner(first_token_s=9), Patience(first_token=9, total=0.3)
    async with talk({"a": silent, "b": silent}, patience) as both:
        routes = (Route(both.server.url, "a", id=1), Route(both.server.url, "b", id=2))
        with pytest.raises(TimedOut) as caught:
            await both.ask(Target(1, "m", routes))
        asked = [seen["model"] for seen in both.server.seen]
    assert asked == [{1: "a", 2: "b"}[caught.value.endpoint or 0]]


async def test_an_endpoint_that_failed_is_drawn_last_for_a_while() -> None:
    async with talk({"bad": Manner(status=500), "good": Manner()}) as both:
        ends = [(await both.ask(both.target("bad", "good")))[1] for _ in range(20)]
    assert sum(end.attempts == 2 for end in ends) <= 1


async def test_of_a_trial_no_breaker_hears() -> None:
    async with talk({"echo": Manner(status=500)}) as both:
        for _ in range(5):
            with pytest.raises(UpstreamRefused):
                await both.ask(replace(both.target(), trial=True))
        assert both.gateway.reachable(both.target())


async def test_streams_that_a_lone_endpoint_breaks_off_together_close_it_to_nobody() -> None:
    broken = Manner(tokens=20, tokens_per_s=100, break_after=5)
    async with talk({"echo": broken}) as both:
        asking = [both.ask(both.target()) for _ in range(8)]
        ended = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(error) for error in ended} == {UpstreamBroke}
        both.server.manners["echo"] = Manner()
        answers = await asyncio.gather(*(both.ask(both.target(), "hi") for _ in range(8)))
    assert {text for text, _ in answers} == {"Echo: hi"}


async def test_endpoints_are_drawn_by_their_weight() -> None:
    async with talk({"a": Manner(), "b": Manner()}) as both:
        routes = (Route(both.server.url, "a", weight=9), Route(both.server.url, "b", weight=1))
        for _ in range(100):
            await both.ask(Target(1, "m", routes))
        drawn = sum(seen["model"] == "a" for seen in both.server.seen)
    assert 75 <= drawn <= 99


# Refusals


async def test_a_429_tells_how_long_to_wait() -> None:
    async with talk({"echo": Manner(status=429, retry_after="7")}) as both:
        with pytest.raises(UpstreamRefused) as caught:
            await both.ask(both.target())
    assert (caught.value.status, caught.value.retry_after) == (429, 7.0)


async def test_a_model_without_endpoints_has_no_route() -> None:
    async with talk() as both:
        with pytest.raises(NoRoute):
            await both.ask(Target(1, "m", ()))


async def test_a_port_where_nobody_listens_is_unreachable(unused_tcp_port: int) -> None:
    async with open_gateway(LOOPBACK, SHORT) as gateway:
        route = Route(f"http://127.0.0.1:{unused_tcp_port}/v1", "m")
        with pytest.raises(Unreachable):
            await ask(gateway, Target(1, "m", (route,)), HI)


async def test_an_address_off_the_list_is_not_dialled() -> None:
    async with talk() as both, open_gateway(DialPolicy()) as gateway:
        for host in ("127.0.0.1", "localhost"):
            route = Route(both.server.url.replace("127.0.0.1", host), "echo")
            with pytest.raises(Unreachable):
                await ask(gateway, Target(1, "m", (route,)), HI)
        assert both.server.stats.requests == 0


async def test_a_model_at_its_limit_of_streams_is_busy_and_then_free_again() -> None:
    async with talk({"echo": Manner(first_token_s=0.1)}) as both:
        target = both.target(concurrent=1)
        first = asyncio.create_task(both.ask(target))
        await until(1, lambda: both.server.stats.open == 1)
        with pytest.raises(Busy):
            await both.ask(target)
        await first
        await both.ask(target)


async def test_no_title_names_a_model_or_an_address() -> None:
    manners = {"secret-model": Manner(status=503)}
    async with talk(manners) as both:
        with pytest.raises(GatewayError) as caught:
            await both.ask(Target(1, "secret-model", (Route(both.server.url, "secret-model"),)))
    assert "secret-model" in str(caught.value)
    assert "secret-model" not in caught.value.title
    assert "127" not in caught.value.title


# Broken and hostile upstreams: a typed error, soon, and never a hang

HOSTILE: list[tuple[Garbage, type[GatewayError]]] = [
    ("not-json", Malformed),
    ("not-an-object", Malformed),
    ("html", Malformed),
    ("gzip", Malformed),
    ("redirect", UpstreamRefused),
    ("endless-line", Malformed),
    ("endless-pings", TimedOut),
    ("endless-thinking", TimedOut),
    ("empty-choices", UpstreamBroke),
    ("usage-only", UpstreamBroke),
    ("wrong-types", Malformed),
    ("bad-utf8", Malformed),
    ("no-finish", UpstreamBroke),
    ("error-event", UpstreamBroke),
    ("silence", TimedOut),
    ("not-http", Unreachable),
]


@pytest.mark.parametrize(("garbage", "error"), HOSTILE)
async def test_a_hostile_upstream_gives_a_typed_error(
    garbage: Garbage, error: type[GatewayError]
) -> None:
    async with talk({"echo": Manner(garbage=garbage)}, SHORT) as both:
        with pytest.raises(error):
            await asyncio.wait_for(both.ask(both.target()), 3)
        await until(1, lambda: both.server.stats.open == 0)


@pytest.mark.parametrize("garbage", ["no-done", "hang-after-finish"])
async def test_an_answer_that_is_whole_ends_though_the_upstream_does_not(garbage: Garbage) -> None:
    async with talk({"echo": Manner(garbage=garbage)}, SHORT) as both:
        text, end = await asyncio.wait_for(both.ask(both.target()), 3)
        await until(1, lambda: both.server.stats.open == 0)
    assert (text, end.finish_reason, end.usage.source) == ("hello", "stop", "estimate")


@pytest.mark.parametrize(
    ("manner", "phase"),
    [
        (Manner(first_token_s=9), "first-token"),
        (Manner(tokens=9, stall_after=2), "idle"),
        (Manner(tokens=9000, tokens_per_s=50), "total"),
    ],
)
async def test_a_timeout_says_which(manner: Manner, phase: str) -> None:
    async with talk({"echo": manner}, SHORT) as both:
        with pytest.raises(TimedOut) as caught:
            await both.ask(both.target())
    assert caught.value.phase == phase


async def test_a_server_that_takes_no_connection_times_out_connecting() -> None:
    with ExitStack() as open_sockets:
        listener = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # nobody accepts: the backlog is full, and the next connection waits
            caller = open_sockets.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        async with open_gateway(LOOPBACK, Patience(connect=0.2)) as gateway:
            route = Route(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "m")
            with pytest.raises(TimedOut) as caught:
                await ask(gateway, Target(1, "m", (route,)), HI)
    assert caught.value.phase == "connect"


async def test_an_answer_too_long_is_cut_and_says_so() -> None:
    patience = Patience(answer_chars=100)
    async with talk({"echo": Manner(tokens=100_000)}, patience) as both:
        text, end = await asyncio.wait_for(both.ask(both.target()), 5)
        await until(1, lambda: both.server.stats.open == 0)
    assert (len(text), end.finish_reason) == (100, "length")


async def test_a_stream_with_too_many_bytes_is_malformed() -> None:
    patience = Patience(stream_bytes=1000)
    async with talk({"echo": Manner(garbage="endless-thinking")}, patience) as both:
        with pytest.raises(Malformed, match="more than 1000 bytes"):
            await asyncio.wait_for(both.ask(both.target()), 10)


async def test_a_slow_reader_is_not_taken_for_an_idle_upstream() -> None:
    async with talk({"echo": Manner(tokens=4, tokens_per_s=100)}, SHORT) as both:
        text = ""
        async with aclosing(both.gateway.stream(both.target(), HI)) as stream:
            async for part in stream:
                text += part.text if isinstance(part, Delta) else ""
                await asyncio.sleep(0.2 if len(text) < 8 else 0)
    assert len(text.split()) == 4


@pytest.mark.parametrize("trusted", [False, True])
async def test_two_hundred_streams_at_once_all_come_through(trusted: bool) -> None:
    async with talk({"echo": Manner(first_token_s=2, tokens=5)}) as both:
        target = Target(1, "m", (Route(both.server.url, "echo", trusted=trusted),))
        asking = asyncio.gather(*(both.ask(target) for _ in range(200)))
        await until(5, lambda: both.server.stats.open == 200)
        assert {len(text.split()) for text, _ in await asking} == {5}
