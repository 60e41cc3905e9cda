"""Minutes that several processes share, on a real Redis; and what happens when it is gone."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from serving.errors import Busy
from serving.ledger import Ledger
from serving.quota import Quotas
from serving.target import Quota, Target
from tests.redis_fixture import running_redis

MODEL = Target(1, "m", (), quota=Quota(requests_per_minute=3, tokens_per_minute=100))


@asynccontextmanager
async def two_processes(folder: Path) -> AsyncIterator[tuple[Quotas, Quotas]]:
    """The quotas of two on one Redis."""
    with running_redis(folder) as address:
        async with AsyncExitStack() as opened:
            quotas = Quotas(Ledger(), address), Quotas(Ledger(), address)
            for each in quotas:
                opened.push_async_callback(each.close)
            yield quotas


async def test_two_processes_share_the_streams_of_a_minute(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        for quotas in (one, other, one):
            await quotas.admit(MODEL)
        with pytest.raises(Busy, match="3 streams") as caught:
            await other.admit(MODEL)
    assert caught.value.retry_after is not None and 0 < caught.value.retry_after <= 60


async def test_two_processes_share_the_tokens_of_a_minute(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, other):
        await one.admit(MODEL)
        one.spend(MODEL, 500)
        await one.settled()
        with pytest.raises(Busy, match="100 tokens"):
            await other.admit(MODEL)


async def test_a_redis_that_goes_stops_no_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis(tmp_path) as address:
        quotas = Quotas(Ledger(), address)
        await quotas.admit(MODEL)
    for _ in range(9):
        await quotas.admit(MODEL)
    quotas.spend(MODEL, 500)
    await quotas.close()
    assert "are not counted" in caplog.text and "could not be counted" in caplog.text


async def test_a_redis_that_hangs_holds_a_stream_back_for_a_moment_only(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, _):
        await one.admit(MODEL)
        with stopped(tmp_path):
            async with asyncio.timeout(5):
                await one.admit(MODEL)
                one.spend(MODEL, 5)
                await one.settled()


@contextmanager
def stopped(folder: Path) -> Iterator[None]:
    """The server of this folder does not run meanwhile, and is there."""
    server = int((folder / "redis.pid").read_text())
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)
