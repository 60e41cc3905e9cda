"""The site as a process: what it has answered survives its death, and it leaves nothing behind."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from arena.client import ArenaClient, Refused
from serving.echo import EchoServer, echo
from serving.manner import Manner
from tests.process_fixture import arena, serving
from tests.site_fixture import until


@asynccontextmanager
async def two_contestants(folder: Path, manner: Manner) -> AsyncIterator[tuple[EchoServer, str]]:
    """Two echo contestants, entered by the operator's commands; their server and its host:port.

    They are quick while they are verified, and of this manner from then on.
    """
    await arena(folder, "db", "upgrade")
    async with echo({"one": Manner(tokens=40), "two": Manner(tokens=40)}) as upstream:
        for name in upstream.manners:
            await arena(folder, "models", "add", name, "--base-url", upstream.url)
            upstream.manners[name] = manner
        yield upstream, upstream.url.split("/")[2]


async def test_a_vote_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    async with two_contestants(tmp_path, Manner(tokens=5)) as (_, host):
        async with serving(tmp_path, host, ARENA_INSTANCE="one") as (url, process):
            visitor = ArenaClient(url)
            await visitor.consent(publication=True)
            battle = await visitor.open_battle()
            await visitor.ask(battle, "hi there")
            await visitor.vote(battle, 1, "model_a", margin=2)
            process.kill()
            await process.wait()
        async with serving(tmp_path, host, ARENA_INSTANCE="one") as (url, _):
            async with returned(visitor, url) as again:
                shown = await again.call("GET", f"battles/{battle}")
                assert shown["turns"][0]["vote"]["margin"] == 2
                with pytest.raises(Refused, match="HTTP 409"):
                    await again.vote(battle, 1, "model_b")
                assert (await again.call("POST", f"battles/{battle}/reveal"))["model_a"]


async def test_a_turn_cut_by_kill_9_is_interrupted_and_the_battle_goes_on(tmp_path: Path) -> None:
    manner = Manner(tokens=400, tokens_per_s=40)
    async with two_contestants(tmp_path, manner) as (upstream, host):
        changes = {"ARENA_INSTANCE": "one", "ARENA_SAVE_SECONDS": "0.1"}
        async with serving(tmp_path, host, **changes) as (url, process):
            visitor = ArenaClient(url)
            await visitor.consent(publication=True)
            battle = await visitor.open_battle()
            asked = asyncio.create_task(visitor.ask(battle, "hi there"))
            await until(lambda: upstream.stats.open == 2)
            await asyncio.sleep(0.6)
            process.kill()
            await process.wait()
            await asyncio.gather(asked, return_exceptions=True)
            await until(lambda: upstream.stats.open == 0)
        upstream.manners["one"] = upstream.manners["two"] = Manner(tokens=5)
        async with serving(tmp_path, host, **changes) as (url, _):
            async with returned(visitor, url) as again:
                turn = (await again.call("GET", f"battles/{battle}"))["turns"][0]
                assert turn["state"] == "interrupted" and turn["answer_a"].startswith("Echo: hi")
                assert (await again.ask(battle, "and now")).state == "done"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_politely_even_while_it_streams(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with two_contestants(tmp_path, Manner(tokens=4_000, tokens_per_s=40)) as (upstream, host):
        async with serving(tmp_path, host) as (url, process):
            async with ArenaClient(url) as visitor:
                await visitor.consent(publication=True)
                asked = asyncio.create_task(visitor.ask(await visitor.open_battle(), "hi there"))
                await until(lambda: upstream.stats.open == 2)
                process.send_signal(number)
                assert await asyncio.wait_for(process.wait(), 15) == 0
                await asyncio.gather(asked, return_exceptions=True)
        await until(lambda: upstream.stats.open == 0)


async def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    code, _, complaint = await arena(tmp_path, "serve", "--port", str(port))
    server.close()
    assert code == 1 and f"cannot listen on 127.0.0.1:{port}" in complaint
    assert complaint.count("\n") == 1


@asynccontextmanager
async def returned(visitor: ArenaClient, url: str) -> AsyncIterator[ArenaClient]:
    """The same visitor, with the same cookie, at another address of the same arena."""
    cookies = {cookie.key: cookie.value for cookie in visitor._session.cookie_jar}
    await visitor._session.close()
    async with ArenaClient(url) as again:
        again._session.cookie_jar.update_cookies(cookies)
        yield again
