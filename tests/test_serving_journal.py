"""What gateways keep in the store: the sums of a day, and what one process tells the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from arena.house import House, enter
from arena.store.session import Store
from serving import registry
from serving.chat import Message, Params
from serving.echo import EchoServer, echo
from serving.errors import GatewayError, SpentForToday
from serving.gateway import open_gateway
from serving.journal import Journal
from serving.ledger import Ledger, Sum, today
from serving.manner import Manner
from serving.sealing import Sealer
from serving.tables import Endpoint, Model, UsageDay
from serving.target import Route, Target
from tests.echo_fixture import LOOPBACK, ask

SEALER = Sealer("a secret for tests only")
HI = [Message("user", "one two three")]


async def target(store: Store) -> Target:
    """The one contestant, as it is read before every battle."""
    async with store.read() as session:
        return (await registry.live_targets(session, SEALER))[0]


async def changed(store: Store, **fields: object) -> Target:
    async with store.write() as session:
        model = (await session.execute(select(Model))).scalar_one()
        for name, value in fields.items():
            setattr(model, name, value)
    return await target(store)


async def usage(store: Store) -> UsageDay:
    async with store.read() as session:
        return (await session.execute(select(UsageDay))).scalar_one()


@asynccontextmanager
async def entered(store: Store, **manners: Manner) -> AsyncIterator[EchoServer]:
    """An echo whose served names are the endpoints of one contestant of the house."""
    async with echo(manners) as server:
        await enter(
            store, SEALER, [House("model", Route(server.url, name)) for name in manners][:1]
        )
        async with store.write() as session:
            model = (await session.execute(select(Model))).scalar_one()
            routes = [Route(server.url, name) for name in manners]
            await registry.replace_endpoints(session, SEALER, model, routes)
        yield server


async def test_streams_are_summed_by_model_and_day(store: Store) -> None:
    async with entered(store, echo=Manner(tokens=5)) as server:
        asked = await changed(store, price={"prompt": 2.0, "completion": 10.0})
        async with open_gateway(LOOPBACK, sessions=store.writers) as gateway:
            _, end = await ask(gateway, asked, HI)
            await ask(gateway, asked, HI)
            server.manners["echo"] = Manner(status=500)
            with pytest.raises(GatewayError):
                await ask(gateway, asked, HI)
        row = await usage(store)
    assert (row.day, row.requests, row.failures) == (today(), 3, 1)
    assert (row.prompt_tokens, row.completion_tokens) == (6, 10)
    assert end.cost == pytest.approx(56e-6) and row.cost == pytest.approx(112e-6)
    assert end.endpoint == asked.routes[0].id


async def test_two_processes_add_to_the_same_day(store: Store) -> None:
    async with entered(store, echo=Manner()):
        journals = [Journal(Ledger(), store.writers) for _ in range(4)]
        for journal in journals:
            journal._ledger.add(1, Sum(1, 0, 10, 20, 0.5))
        await asyncio.gather(*(journal.write() for journal in journals))
        await asyncio.gather(*(journal.write() for journal in journals))
        row = await usage(store)
    assert (row.requests, row.prompt_tokens, row.completion_tokens, row.cost) == (4, 40, 80, 2.0)


async def test_what_cannot_be_written_is_kept(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger()
    journal = Journal(ledger, store.writers)
    ledger.add(1, Sum(1, 0, 10, 20))
    await journal.write()
    assert "could not be written" in caplog.text and ledger.unwritten()
    async with entered(store, echo=Manner()):
        await journal.write()
        assert (await usage(store)).requests == 1 and not ledger.unwritten()


async def test_a_stream_that_ends_while_the_journal_writes_is_not_lost() -> None:
    ledger = Ledger()
    ledger.add(1, Sum(1, 0, 10, 20, 0.5))
    sums = ledger.unwritten()
    ledger.add(1, Sum(1, 1, 1, 2, 0.5))
    ledger.written(sums, {})
    assert ledger.unwritten() == {(1, today()): Sum(1, 1, 1, 2, 0.5)}


async def test_the_days_tokens_outlive_the_process(store: Store) -> None:
    async with entered(store, echo=Manner(tokens=50)):
        asked = await changed(store, limits={"tokens_per_day": 60})
        async with open_gateway(LOOPBACK, sessions=store.writers) as gateway:
            await ask(gateway, asked, HI)
            await ask(gateway, asked, HI)
            assert gateway.spent(asked)
        async with open_gateway(LOOPBACK, sessions=store.writers) as gateway:
            assert gateway.spent(asked)
            with pytest.raises(SpentForToday):
                await ask(gateway, asked, HI, Params())


async def test_where_one_process_tripped_the_other_does_not_go(store: Store) -> None:
    async with (
        entered(store, bad=Manner(status=500), good=Manner()) as server,
        open_gateway(LOOPBACK, sessions=store.writers) as one,
        open_gateway(LOOPBACK, sessions=store.writers) as other,
    ):
        both = await target(store)
        bad = next(route for route in both.routes if route.upstream_model == "bad")
        for _ in range(3):
            with pytest.raises(GatewayError):
                await ask(one, Target(both.model_id, both.name, (bad,)), HI)
        await told(store, bad.id, failures=3)
        server.seen.clear()
        for _ in range(20):
            await ask(other, await target(store), HI)
        assert [seen["model"] for seen in server.seen] == ["good"] * 20


async def test_a_recovery_is_told_too(store: Store) -> None:
    async with (
        entered(store, echo=Manner(status=500)) as server,
        open_gateway(LOOPBACK, sessions=store.writers) as gateway,
    ):
        asked = await target(store)
        for _ in range(3):
            with pytest.raises(GatewayError):
                await ask(gateway, asked, HI)
        await told(store, asked.routes[0].id, failures=3)
        server.manners["echo"] = Manner()
        await ask(gateway, asked, HI)
        await told(store, asked.routes[0].id, failures=0)


async def told(store: Store, endpoint: int | None, failures: int) -> None:
    """Wait until the store has it, with or without a moment until which to stay away."""
    async with asyncio.timeout(5):
        while True:
            async with store.read() as session:
                found = await session.get_one(Endpoint, endpoint)
            if found.failures == failures:
                break
            await asyncio.sleep(0.02)
    cooling = found.cooling_until
    assert (cooling is not None and cooling > datetime.now(UTC)) == bool(failures)
