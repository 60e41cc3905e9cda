"""Each check against a server with the fault it is there for, and against one without it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from serving.chat import Params
from serving.checks import CHECKS, LONG_AT_LEAST_S, WHO, long, streams, together
from serving.dial import DialPolicy
from serving.gateway import open_gateway
from serving.manner import Manner
from serving.patience import Patience
from serving.probe import Finding, try_out
from serving.target import Quota, Route
from serving.trial import Answer, Trial, tighter
from tests.echo_fixture import talk

SHORT = Patience(connect=0.5, first_token=2.0, idle=0.5, total=3.0, tail=0.2)
GOOD = Manner(tokens=40, tokens_per_s=400)


async def seen_at(manner: Manner, within: float = 20.0, **fields: Any) -> dict[str, Finding]:
    """What every check sees at a server with this manner; `fields` are the target's."""
    async with talk({"echo": manner}, SHORT) as both:
        target = replace(both.target(), **fields)
        trial = Trial.of(both.gateway, target, target.routes[0], ["Echoes Ltd"])
        return {finding.name: finding for finding in await try_out(trial, within)}


def failed(findings: dict[str, Finding]) -> list[str]:
    return [name for name, finding in findings.items() if finding.passed is False]


def claiming(number: int) -> dict[str, Any]:
    return {"quota": Quota(concurrent=number)}


async def test_a_good_server_passes_every_check() -> None:
    findings = await seen_at(GOOD, context_length=2000, **claiming(8))
    assert failed(findings) == []
    assert list(findings) == list(CHECKS)
    unjudged = [name for name, finding in findings.items() if finding.passed is None]
    assert unjudged == ["names_itself"]


@pytest.mark.parametrize(
    ("name", "manner", "words"),
    [
        ("listed", Manner(faults=("not-listed",)), "/models does not list 'echo'"),
        ("streams", Manner(tokens=9, faults=("one-piece",)), "not streamed"),
        (
            "streams",
            Manner(tokens=40, tokens_per_s=36, faults=("held-back",)),
            "proxy_buffering off",
        ),
        ("streams", Manner(tokens=0), "empty"),
        ("streams", Manner(thinks=9000), "tokens went into reasoning"),
        ("streams", Manner(status=503), "HTTP 503"),
        ("streams", Manner(api_key="sesame"), "HTTP 401: is `api_key` the key"),
        ("finish", Manner(tokens=9, break_after=3), "before a finish_reason"),
        ("finish", Manner(tokens=9, stall_after=3), "timed out (idle)"),
        ("finish", Manner(garbage="no-finish"), "before a finish_reason"),
        ("usage", Manner(usage=False), "include_usage"),
        ("stop", Manner(faults=("ignores-stop",)), "went on after the stop sequence"),
        ("stop", replace(GOOD, at_once=1, faults=("keeps-place",)), "closed early still counts"),
        ("turns", Manner(faults=("one-turn",)), "HTTP 400"),
        ("turns", Manner(faults=("forgetful",)), "was empty"),
        ("utf8", Manner(faults=("cuts-utf8",)), "U+FFFD"),
        ("utf8", Manner(faults=("latin-1",)), "as if it were Latin-1"),
        ("concurrent", replace(GOOD, at_once=3), "5 of 8 streams at once failed"),
        ("long", Manner(tokens=900, break_after=300), "failed after"),
        ("long", Manner(context=400), "declare a shorter `context_length`"),
        ("long", Manner(tokens=1500, faults=("ignores-length",)), "went on after `max_tokens`"),
    ],
)
async def test_a_fault_fails_its_check_and_is_told(name: str, manner: Manner, words: str) -> None:
    findings = await seen_at(manner, context_length=2000, **claiming(8))
    assert failed(findings)[0] == name
    assert words in findings[name].words


@pytest.mark.parametrize(
    ("name", "manner", "fields"),
    [
        ("streams", Manner(tokens=1), {}),
        ("streams", Manner(tokens=40, thinks=900), {"context_length": 4096}),
        ("stop", replace(GOOD, at_once=1), {}),
        ("stop", Manner(tokens=1), {}),
        ("utf8", Manner(raw=True), {}),
        ("utf8", Manner(tokens=3), {}),
        ("concurrent", replace(GOOD, at_once=16), claiming(100)),
        ("long", Manner(context=400), {"context_length": 400}),
        ("long", Manner(context=400), {}),
        ("long", Manner(tokens=2000), {"context_length": 4096}),
    ],
)
async def test_what_is_no_fault_passes(name: str, manner: Manner, fields: dict[str, Any]) -> None:
    findings = await seen_at(manner, **fields)
    assert findings[name].passed, findings[name].words
    assert failed(findings) == []


async def test_a_model_is_tried_with_its_own_parameters_and_no_others() -> None:
    declared = Params(temperature=0.7, top_p=0.9, seed=4)
    for params, heat in ((Params(), None), (declared, 0.7)):
        async with talk({"echo": GOOD}, SHORT) as both:
            target = replace(both.target(), params=params)
            findings = await try_out(Trial.of(both.gateway, target, target.routes[0]))
        assert failed({finding.name: finding for finding in findings}) == []
        for name, wanted in (("temperature", heat), ("top_p", params.top_p), ("seed", params.seed)):
            assert {asked.get(name) for asked in both.server.seen} == {wanted}


async def test_an_api_that_takes_no_temperature_passes_unless_one_is_declared() -> None:
    stern = replace(GOOD, faults=("own-heat",))
    assert failed(await seen_at(stern)) == []
    findings = await seen_at(stern, params=Params(temperature=0.7))
    assert "HTTP 400: it does not take a plain request; look at its log, and at `params`" in (
        findings["streams"].words
    )


async def test_an_address_that_is_not_dialled_is_told_and_not_called() -> None:
    async with talk() as both, open_gateway(DialPolicy()) as gateway:
        trial = Trial.of(gateway, both.target(), Route(both.server.url, "echo"))
        found = await try_out(trial)
        assert both.server.stats.requests == 0
    assert "loopback" in found[0].words
    assert {finding.passed for finding in found[1:]} == {None}
    assert found[-1].words == "Not tried, since `address` failed."


async def test_whether_it_names_itself_is_told_and_never_judged() -> None:
    said = (await seen_at(GOOD))["names_itself"]
    assert said.passed is None
    assert "it says 'echo'" in said.words


async def test_no_more_is_heard_than_tells_enough() -> None:
    async with talk({"echo": Manner(tokens=250, tokens_per_s=200)}) as both:
        target = both.target()
        answer = await Trial.of(both.gateway, target, target.routes[0]).ask(WHO, enough=20)
    assert 20 <= len(answer.text) < 60
    assert answer.end is None


async def test_without_a_claim_of_streams_none_is_judged() -> None:
    found = (await seen_at(GOOD))["concurrent"]
    assert (found.passed, "limits.concurrent" in found.words) == (None, True)


async def test_no_more_than_sixteen_streams_are_tried_at_once() -> None:
    async with talk({"echo": GOOD}, SHORT) as both:
        target = both.target(concurrent=5000)
        await try_out(Trial.of(both.gateway, target, target.routes[0]))
        assert both.server.places["echo"] == 0
        assert both.server.stats.requests < 30


async def test_a_429_is_waited_for_once() -> None:
    async with talk({"echo": Manner(status=429, retry_after="0.3")}, SHORT) as both:
        target = both.target()
        trial = Trial.of(both.gateway, target, target.routes[0])
        trying = asyncio.create_task(try_out(trial))
        while not both.server.stats.requests:
            await asyncio.sleep(0.01)
        both.server.manners["echo"] = GOOD
        assert [f.name for f in await trying if f.passed is False] == []


async def test_a_second_429_is_a_fault_with_words() -> None:
    findings = await seen_at(Manner(status=429, retry_after="0.1"))
    assert failed(findings) == ["streams"]
    assert "raise its limits" in findings["streams"].words


async def test_a_quick_answer_after_a_long_wait_was_not_held_back() -> None:
    async with talk({"echo": Manner(first_token_s=1.1, tokens=40, tokens_per_s=2000)}) as both:
        passed, words = await streams(
            Trial.of(both.gateway, both.target(), both.target().routes[0])
        )
        assert both.server.stats.requests == 1
    assert passed, words


async def test_a_slow_long_answer_is_no_fault() -> None:
    async with talk({"echo": Manner(tokens=300, tokens_per_s=50)}) as both:
        trial = Trial.of(both.gateway, both.target(), both.target().routes[0])
        trial.ends_at = asyncio.get_running_loop().time() + LONG_AT_LEAST_S + 1.2
        passed, words = await long(trial)
    assert passed is None
    assert "under way" in words


async def test_a_verification_ends_in_its_time_whatever_the_server_does() -> None:
    findings = await seen_at(Manner(tokens=100, tokens_per_s=50), within=1.0)
    assert failed(findings)[0] == "streams"
    assert "too slow" in findings["streams"].words


def test_many_streams_that_wait_for_each_other_do_not_hold() -> None:
    one_by_one = [Answer("x", 9, 0.0, place, place + 0.9) for place in range(8)]
    side_by_side = [Answer("x", 9, 0.0, 0.5, 5.0) for _ in range(8)]
    assert together(one_by_one)[0] is False
    assert "only 1 ran at a time" in together(one_by_one)[1]
    assert together(side_by_side)[0] is True
    assert together([Answer("x", 1, 0.0, place, place + 0.01) for place in range(8)])[0] is True


def test_a_trial_is_never_more_patient_than_the_gateway() -> None:
    slow = Patience(first_token=100, total=500)
    assert tighter(SHORT, slow) == SHORT
    assert tighter(slow, SHORT).total == SHORT.total
