"""The gateway's figures for Prometheus, by number and outcome, never by name."""

import asyncio
from contextlib import aclosing

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from serving.chat import Message
from serving.errors import Busy, GatewayError
from serving.gateway import Gateway
from serving.manner import Manner
from serving.target import Route, Target
from tests.echo_fixture import ask, talk

HI = [Message("user", "one two three")]


def shown(gateway: Gateway) -> str:
    registry = CollectorRegistry()
    registry.register(gateway.metrics)
    return generate_latest(registry).decode()


async def test_streams_are_counted_by_how_they_ended() -> None:
    async with talk({"fine": Manner(tokens=4), "bad": Manner(status=500)}) as both:
        both.server.manners["slow"] = Manner(tokens=9, tokens_per_s=9)
        await both.ask(both.target("fine"))
        with pytest.raises(GatewayError):
            await both.ask(both.target("bad"))
        async with aclosing(both.gateway.stream(both.target("slow"), HI)) as stream:
            await anext(stream)
            assert 'gateway_open_streams{model="1"} 1.0' in shown(both.gateway)
        figures = shown(both.gateway)
    assert 'gateway_streams_total{model="1",outcome="ok"} 1.0' in figures
    assert 'gateway_streams_total{model="1",outcome="stopped"} 1.0' in figures
    assert 'gateway_streams_total{model="1",outcome="UpstreamRefused"} 1.0' in figures
    assert 'gateway_tokens_total{kind="prompt",model="1"} 7.0' in figures
    assert 'gateway_first_token_seconds_count{model="1"} 2.0' in figures
    assert 'gateway_open_streams{model="1"} 0.0' in figures


async def test_endpoints_are_counted_by_how_they_stand() -> None:
    async with talk({"fine": Manner(), "bad": Manner(status=500)}) as both:
        await both.ask(both.target("fine"))
        for _ in range(3):
            with pytest.raises(GatewayError):
                await both.ask(both.target("bad"))
        figures = shown(both.gateway)
    assert 'gateway_endpoints{state="ready"} 1.0' in figures
    assert 'gateway_endpoints{state="open"} 1.0' in figures


async def test_no_name_and_no_address_is_in_the_figures() -> None:
    async with talk({"secret-model": Manner(first_token_s=0.2)}) as both:
        route = Route(both.server.url, "secret-model")
        target = Target(7, "secret-name", (route,), quota=both.target(concurrent=1).quota)
        first = asyncio.create_task(ask(both.gateway, target, HI))
        await asyncio.sleep(0.1)
        with pytest.raises(Busy):
            await ask(both.gateway, target, HI)
        await first
        figures = shown(both.gateway)
    assert 'model="7",outcome="Busy"' in figures
    assert "secret" not in figures and "127.0.0.1" not in figures
