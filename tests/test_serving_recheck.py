"""Looked at again and again: taken out after two failures, back by itself, by one process each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from arena.store.session import Store
from serving.accounts import create_provider, get_provider
from serving.contents import replace_endpoints
from serving.manner import Manner
from serving.patience import Patience
from serving.recheck import RECHECK, Rechecker, Standing, claim, due, overdue, standings
from serving.registry import get_model, register_model, set_state, state_changes
from serving.tables import Check, Endpoint, Model, State, UsageDay, now
from serving.target import Route
from tests.conftest import running_site
from tests.echo_fixture import Talk, talk
from tests.registry_fixture import SEALER, empty_registry, entry
from tests.site_fixture import Site

SHORT = Patience(connect=0.5, first_token=0.5, idle=0.5, total=2.0, tail=0.2)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)
DOWN = Manner(status=503)


@dataclass(frozen=True, slots=True)
class Watch:
    """A registry with one live model, its server, and who looks at it again."""

    sessions: async_sessionmaker[AsyncSession]
    both: Talk
    rechecker: Rechecker

    async def look(self, manner: Manner | None = None, name: str = "echo") -> str:
        """One look at a server with this manner; the state after it."""
        if manner is not None:
            self.both.server.manners[name] = manner
        model = await self.model()
        assert model.id is not None
        await self.rechecker.look(model.id)
        return (await self.model()).state.value

    async def model(self) -> Model:
        async with self.sessions() as session:
            return await get_model(session, "newcomer")

    async def move(self, *states: State) -> None:
        async with self.sessions() as session:
            model = await get_model(session, "newcomer")
            for state in states:
                await set_state(session, model, state, "by a person")
            await session.commit()

    async def seen(self) -> list[Check]:
        async with self.sessions() as session:
            return list((await session.execute(select(Check))).scalars())


async def enter(session: AsyncSession, both: Talk, *names: str) -> Model:
    """A live model at these served names of the echo server."""
    await create_provider(session, SEALER, "someone")
    provider = await get_provider(session, "someone")
    model, _ = await register_model(session, SEALER, provider, entry())
    routes = [Route(both.server.url, name) for name in names]
    await replace_endpoints(session, SEALER, model, routes)
    await set_state(session, model, State.LIVE)
    return model


@asynccontextmanager
async def watch(*names: str, minutes: float = 10.0) -> AsyncIterator[Watch]:
    manners = {name: Manner() for name in names or ("echo",)}
    async with empty_registry() as sessions, talk(manners, SHORT) as both:
        async with sessions() as session:
            await enter(session, both, *manners)
            await session.commit()
        yield Watch(sessions, both, Rechecker(sessions, SEALER, both.gateway, minutes))


@pytest.fixture
async def one() -> AsyncIterator[Watch]:
    async with watch() as watched:
        yield watched


def standing(state: State = State.LIVE, minutes: float = 0, failing: bool = False) -> Standing:
    """A model that changed at noon and was looked at so many minutes later."""
    return Standing(0, state, NOON + timedelta(minutes=minutes), NOON, failing)


def gap(found: Standing) -> float:
    """Minutes from the last look to the next."""
    assert found.checked is not None
    return (due(found, TEN) - found.checked) / timedelta(minutes=1)


def test_a_live_model_is_looked_at_about_every_ten_minutes() -> None:
    gaps = [gap(replace(standing(), model_id=number)) for number in range(50)]
    assert 9.0 <= min(gaps) < 9.2
    assert 10.8 < max(gaps) <= 11.0
    assert len({round(minutes, 2) for minutes in gaps}) > 40


def test_after_a_failure_it_is_looked_at_soon() -> None:
    assert gap(standing(failing=True)) < 1.5


def test_what_was_taken_out_is_looked_at_ever_more_slowly() -> None:
    gaps = [gap(standing(State.FAILED, minutes)) for minutes in (0, 1, 2, 4, 8, 16, 32, 64, 5000)]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[4], gaps[-1]) == pytest.approx((0.9, 7.2, 54))


def test_the_longest_overdue_comes_first_and_not_all_at_once() -> None:
    many = [replace(standing(minutes=-3 * number), model_id=number) for number in range(9)]
    moment = NOON + timedelta(minutes=10.5)
    assert [found.model_id for found in overdue(many, TEN, moment, at_most=3)] == [8, 7, 6]
    assert overdue(many[:1], TEN, NOON) == []


async def test_a_model_that_is_well_stays_live_and_the_look_is_kept(one: Watch) -> None:
    assert await one.look() == "live"
    assert [(row.name, row.passed) for row in await one.seen()] == [(RECHECK, True)]


async def test_one_failure_is_forgiven_and_the_second_takes_it_out(one: Watch) -> None:
    assert await one.look(DOWN) == "live"
    assert await one.look() == "failed"
    model = await one.model()
    assert model.detail == "taken out: /chat/completions answered HTTP 503"
    assert len(await one.seen()) == 1


async def test_two_failures_that_are_not_in_a_row_do_no_harm(one: Watch) -> None:
    states = [await one.look(manner) for manner in (DOWN, Manner(), DOWN, Manner())]
    assert states == ["live"] * 4


async def test_it_comes_back_by_itself(one: Watch) -> None:
    await one.look(DOWN)
    assert await one.look() == "failed"
    assert await one.look() == "failed"
    assert await one.look(Manner()) == "live"
    async with one.sessions() as session:
        changes = await state_changes(session, await get_model(session, "newcomer"))
    assert [change.state.value for change in changes[-3:]] == ["failed", "verifying", "live"]
    assert (await one.model()).detail == "back: It answers."


@pytest.mark.parametrize(
    "fault",
    [
        Manner(faults=("not-listed",)),
        Manner(first_token_s=5),
        Manner(tokens=0),
        Manner(tokens=9, break_after=2),
        Manner(garbage="html"),
        Manner(api_key="changed"),
    ],
)
async def test_every_fault_of_a_short_answer_takes_it_out(one: Watch, fault: Manner) -> None:
    assert await one.look(fault) == "live"
    assert await one.look() == "failed"


async def test_a_busy_server_is_not_taken_out(one: Watch) -> None:
    busy = Manner(status=429, retry_after="0.05")
    assert [await one.look(busy), await one.look()] == ["live", "live"]


@pytest.mark.parametrize(
    "states", [(State.PAUSED,), (State.RETIRED,), (State.FAILED,), (State.VERIFYING,)]
)
async def test_what_a_person_or_a_verification_moved_is_left_alone(
    one: Watch, states: tuple[State, ...]
) -> None:
    await one.move(*states)
    assert await one.look(Manner()) == states[-1].value
    assert await one.seen() == []
    async with one.sessions() as session:
        assert await standings(session) == []


async def test_what_is_paused_while_it_is_out_stays_paused(one: Watch) -> None:
    await one.look(DOWN)
    await one.look()
    await one.move(State.PAUSED)
    assert await one.look(Manner()) == "paused"


async def test_a_model_whose_endpoints_partly_work_stays_live_and_the_others_cool() -> None:
    async with watch("good", "bad") as both:
        assert await both.look(DOWN, "bad") == "live"
        assert await both.look() == "live"
        async with both.sessions() as session:
            ends = (await session.execute(select(Endpoint).order_by(col(Endpoint.id)))).scalars()
            cooling = [end.cooling_until is not None and end.cooling_until > now() for end in ends]
    assert cooling == [False, True]


async def test_with_all_endpoints_down_nothing_is_cooled_but_the_model_leaves() -> None:
    async with watch("good", "bad") as both:
        await both.look(DOWN, "bad")
        await both.look(DOWN, "good")
        assert await both.look() == "failed"


async def test_two_processes_share_the_looks(one: Watch) -> None:
    async with one.sessions() as session:
        found = await standings(session)
        assert await claim(session, found[0])
        assert not await claim(session, found[0])
        await session.commit()
        again = await standings(session)
        assert again[0].checked is not None
        assert await claim(session, again[0])


async def test_a_round_looks_at_what_is_due_and_at_nothing_twice() -> None:
    async with watch(minutes=0.001) as one:
        await asyncio.sleep(0.1)
        others = Rechecker(one.sessions, SEALER, one.both.gateway, 10.0)
        assert await one.rechecker.round() == 1
        assert await others.round() == 0


async def test_it_keeps_looking_until_it_is_stopped() -> None:
    async with watch(minutes=0.005) as one:
        one.both.server.manners["echo"] = DOWN
        looking = asyncio.create_task(one.rechecker.keep_checked())
        async with asyncio.timeout(20):
            while (await one.model()).state != State.FAILED:
                await asyncio.sleep(0.02)
            one.both.server.manners["echo"] = Manner()
            while (await one.model()).state != State.LIVE:
                await asyncio.sleep(0.02)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_no_minutes_are_no_looks(one: Watch) -> None:
    async with asyncio.timeout(1):
        await Rechecker(one.sessions, SEALER, one.both.gateway, 0).keep_checked()


async def test_a_look_is_no_use_of_the_model(one: Watch) -> None:
    await one.look()
    assert one.both.server.stats.requests == 1
    async with one.sessions() as session:
        assert (await session.execute(select(UsageDay))).scalars().all() == []
    assert not one.both.gateway._books.ledger.unwritten()


async def test_a_whole_site_takes_out_what_is_down_and_brings_it_back(tmp_path: Path) -> None:
    async def until(site: Site, state: str) -> None:
        async with asyncio.timeout(60), httpx.AsyncClient() as visitor:
            while True:
                told = (await visitor.get(f"{site.url}/api/v1/models")).json()["models"]
                if state in [row["state"] for row in told if row["name"] == "slow"]:
                    return
                await asyncio.sleep(0.1)

    async with running_site(tmp_path, recheck_minutes=0.005) as site:
        site.upstream.manners["slow"] = DOWN
        await until(site, "failed")
        site.upstream.manners["slow"] = Manner()
        await until(site, "live")


async def test_looks_are_claimed_and_kept_on_each_database(store: Store) -> None:
    async with talk(patience=SHORT) as both:
        async with store.write() as session:
            model = await enter(session, both, "echo")
        rechecker = Rechecker(store.writers, SEALER, both.gateway, 10.0)
        async with store.write() as session:
            found = (await standings(session))[0]
            assert [await claim(session, found), await claim(session, found)] == [True, False]
        both.server.manners["echo"] = DOWN
        for _ in range(2):
            await rechecker.look(found.model_id)
        async with store.read() as session:
            assert (await session.get_one(Model, model.id)).state == State.FAILED
