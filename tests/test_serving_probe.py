"""A newcomer's verification: all endpoints, its verdict in words, its findings in the registry."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.accounts import create_provider, get_provider
from serving.contents import replace_endpoints
from serving.gateway import open_gateway
from serving.manner import Manner
from serving.patience import Patience
from serving.probe import Finding, Prober, Verdict, probe, verify
from serving.registry import get_model, register_model, set_state
from serving.tables import Check, State
from serving.target import Route, Target
from tests.echo_fixture import Talk, talk
from tests.registry_fixture import SEALER, empty_registry, entry

SHORT = Patience(connect=0.5, first_token=0.5, idle=0.5, total=2.0, tail=0.2)
Sessions = async_sessionmaker[AsyncSession]


async def enter(sessions: Sessions, both: Talk, *names: str) -> int:
    """A model at these served names of the echo server."""
    async with sessions() as session:
        await create_provider(session, SEALER, "someone")
        provider = await get_provider(session, "someone")
        model, _ = await register_model(session, SEALER, provider, entry())
        routes = [Route(both.server.url, name) for name in names or ("echo",)]
        await replace_endpoints(session, SEALER, model, routes)
        await session.commit()
        assert model.id is not None
        return model.id


async def rows(sessions: Sessions) -> list[Check]:
    async with sessions() as session:
        return list((await session.execute(select(Check).order_by(col(Check.id)))).scalars())


async def test_of_several_endpoints_the_one_with_a_fault_decides() -> None:
    async with talk({"good": Manner(), "bad": Manner(status=500)}) as both:
        assert (await probe(both.gateway, both.target("good"))).passed
        verdict = await probe(both.gateway, both.target("good", "bad"))
    assert verdict.words == "streams: /chat/completions answered HTTP 500"


async def test_a_model_without_an_endpoint_does_not_pass() -> None:
    async with open_gateway() as gateway:
        assert (await probe(gateway, Target(1, "m", ()))).words == "the model has no endpoint"


async def test_a_model_at_its_limit_of_streams_is_probed_all_the_same() -> None:
    async with talk() as both:
        assert (await probe(both.gateway, both.target(concurrent=0))).passed


def test_the_verdict_names_the_first_check_that_failed() -> None:
    seen = [
        Finding("u", "listed", True, "Yes."),
        Finding("u", "names_itself", None, "No."),
        Finding("u", "turns", False, "It was empty."),
        Finding("u", "utf8", False, "Broken."),
    ]
    assert Verdict.on(seen).words == "turns: It was empty."
    assert Verdict.on(seen[:2]).passed


async def test_the_findings_are_kept_and_the_model_is_live() -> None:
    async with empty_registry() as sessions, talk() as both:
        model_id = await enter(sessions, both)
        verdict = await verify(sessions, SEALER, both.gateway, model_id)
        kept = await rows(sessions)
        async with sessions() as session:
            model = await get_model(session, "newcomer")
    assert [row.name for row in kept] == [finding.name for finding in verdict.findings]
    assert all(row.words and row.base_url == both.server.url for row in kept)
    assert model.state == State.LIVE
    assert model.checked is not None


async def test_a_new_verification_takes_the_place_of_the_last() -> None:
    async with empty_registry() as sessions, talk({"echo": Manner(usage=False)}) as both:
        model_id = await enter(sessions, both)
        await verify(sessions, SEALER, both.gateway, model_id)
        before = await rows(sessions)
        both.server.manners["echo"] = Manner()
        async with sessions() as session:
            await set_state(session, await get_model(session, "newcomer"), State.VERIFYING)
            await session.commit()
        await verify(sessions, SEALER, both.gateway, model_id)
        after = await rows(sessions)
    assert len(before) == len(after)
    assert [row.name for row in before if row.passed is False] == ["usage"]
    assert not [row for row in after if row.passed is False]


async def test_what_is_retired_meanwhile_is_left_alone() -> None:
    async with empty_registry() as sessions, talk() as both:
        model_id = await enter(sessions, both)
        async with sessions() as session:
            await set_state(session, await get_model(session, "newcomer"), State.RETIRED)
            await session.commit()
        await verify(sessions, SEALER, both.gateway, model_id)
        assert await rows(sessions) == []


async def test_a_verdict_on_an_address_that_was_changed_meanwhile_is_worth_nothing() -> None:
    good = Manner(first_token_s=0.3)
    async with empty_registry() as sessions, talk({"good": good, "bad": Manner(status=500)}) as two:
        model_id = await enter(sessions, two, "good")
        verifying = asyncio.create_task(verify(sessions, SEALER, two.gateway, model_id))
        await asyncio.sleep(0.2)
        async with sessions() as session:
            model = await get_model(session, "newcomer")
            await replace_endpoints(session, SEALER, model, [Route(two.server.url, "bad")])
            model.version += 1
            await session.commit()
        assert not (await verifying).passed
        async with sessions() as session:
            assert (await get_model(session, "newcomer")).state is State.FAILED


async def test_the_prober_verifies_a_model_once_at_a_time() -> None:
    async with empty_registry() as sessions, talk(patience=SHORT) as both:
        model_id = await enter(sessions, both)
        prober = Prober(sessions, SEALER, both.gateway)
        prober.soon(model_id)
        prober.soon(model_id)
        await prober.settled()
        asked = both.server.stats.requests
        await prober.close()
    assert asked < 12
