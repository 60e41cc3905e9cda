"""What the probe makes of an answer, in words; the API's tests run it against a server."""

import pytest

from serving.chat import End, Usage
from serving.dial import DialPolicy
from serving.gateway import open_gateway
from serving.manner import Manner
from serving.probe import judged, probe
from serving.target import Route, Target
from tests.echo_fixture import talk


def end(chunks: int, tokens: int, source: str = "upstream") -> End:
    usage = Usage(9, tokens, "upstream" if source == "upstream" else "estimate")
    return End("stop", usage, first_token_s=0.1, total_s=0.2, chunks=chunks, attempts=1)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (end(0, 0), "empty"),
        (end(1, 12), "not streamed"),
        (end(12, 12, "estimate"), "no usage"),
    ],
)
def test_an_answer_with_a_fault_is_told_its_fault(seen: End, words: str) -> None:
    finding = judged(seen)
    assert not finding.passed
    assert words in finding.words


@pytest.mark.parametrize("seen", [end(12, 12), end(1, 2), end(3, 12)])
def test_an_answer_in_pieces_passes(seen: End) -> None:
    assert judged(seen).passed


async def test_of_several_endpoints_the_one_with_a_fault_decides() -> None:
    async with talk({"good": Manner(), "bad": Manner(status=500)}) as both:
        assert (await probe(both.gateway, both.target("good"))).passed
        finding = await probe(both.gateway, both.target("good", "bad"))
    assert finding.words == "/chat/completions answered HTTP 500"


async def test_a_model_without_an_endpoint_does_not_pass() -> None:
    async with open_gateway() as gateway:
        assert (await probe(gateway, Target(1, "m", ()))).words == "the model has no endpoint"


async def test_a_forbidden_address_is_not_called_and_told_so() -> None:
    async with talk() as both, open_gateway(DialPolicy()) as gateway:
        finding = await probe(gateway, Target(1, "m", (Route(both.server.url, "echo"),)))
        assert both.server.stats.requests == 0
    assert "loopback" in finding.words


async def test_a_model_at_its_limit_of_streams_is_probed_all_the_same() -> None:
    async with talk() as both:
        assert (await probe(both.gateway, both.target(concurrent=0))).passed
