"""The model that tags: what it says is taken when it is exact; else the rules' tags stand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError
from sqlmodel import select

from arena import tags
from arena.store import tallies
from arena.store.session import Store
from arena.store.tables import Turn
from arena.tagger import WAITING, Tagger, read
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site, until

PROMPT = "Write a poem about the sea"
SAID = {
    "criteria": [1, 2, 3, 4, 6, 7],
    "instruction_following": 4,
    "maths": True,
    "creative_writing": False,
}
FOUND = {"hard-prompt", "instruction-following", "maths"}


@asynccontextmanager
async def a_model(*answers: str) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A chat server on a real port that gives these answers in turn; its URL, what it was sent."""
    seen: list[dict[str, Any]] = []

    async def complete(request: web.Request) -> web.StreamResponse:
        seen.append(await request.json())
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        text = answers[min(len(seen), len(answers)) - 1]
        for delta, finish in (({"content": text}, None), ({}, "stop")):
            chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", complete)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", seen
    finally:
        await runner.cleanup()


async def the_turn(store: Store, n: int = 1) -> Turn:
    async with store.read() as session:
        return (await session.execute(select(Turn).where(Turn.n == n))).scalar_one()


async def settled(store: Store, n: int = 1) -> str:
    """Who tagged the turn, once it is not the rules alone."""
    async with asyncio.timeout(10):
        while (by := (await the_turn(store, n)).tagged_by) == tags.RULES:
            await asyncio.sleep(0.02)
    return by or ""


async def tagged(site: Site) -> Turn:
    """A turn with a vote that is rated, once a model has tagged it."""
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, PROMPT)
        await visitor.vote(battle, 1, "model_a", reveal=True)
    await settled(site.services.store)
    return await the_turn(site.services.store)


def test_an_exact_answer_is_read_with_the_arenas_thresholds() -> None:
    assert read(json.dumps(SAID)) == FOUND
    assert read(f"```json\n{json.dumps(SAID)}\n```") == FOUND
    assert read(json.dumps(SAID | {"criteria": [1, 2, 3, 4, 5]})) == FOUND - {"hard-prompt"}
    assert read(json.dumps(SAID | {"criteria": [1] * 7})) == FOUND - {"hard-prompt"}
    assert read(json.dumps(SAID | {"instruction_following": 3})) == FOUND - {
        "instruction-following"
    }


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "yes",
        "[]",
        "{}",
        "Sure! " + json.dumps(SAID),
        json.dumps(SAID) + json.dumps(SAID),
        json.dumps(SAID | {"maths": "yes"}),
        json.dumps(SAID | {"maths": 1}),
        json.dumps(SAID | {"criteria": [8]}),
        json.dumps(SAID | {"criteria": ["1"]}),
        json.dumps(SAID | {"instruction_following": 6}),
        json.dumps(SAID | {"code": True}),
        json.dumps({"criteria": [1]}),
    ],
)
def test_any_other_answer_is_refused(answer: str) -> None:
    with pytest.raises(ValidationError):
        read(answer)


async def test_a_model_tags_the_turn_after_it_and_the_rated_vote_moves(tmp_path: Path) -> None:
    async with a_model(json.dumps(SAID)) as (url, seen):
        changes = {"tagger": url, "tagger_model": "judge", "tagger_key": "k"}
        async with running_site(tmp_path, **changes) as site:
            turn = await tagged(site)
            async with site.services.store.write() as session:
                before = await tallies.cells(session, ["person"])
                await tallies.rebuild(session)
                after = await tallies.cells(session, ["person"])
    assert turn.tagged_by == f"{tags.RULES} + judge"
    assert set(turn.category_tags) == FOUND | {"language-en"}
    assert before == after and set(after) == {"overall", "language-en"} | FOUND
    assert PROMPT in seen[0]["messages"][-1]["content"] and seen[0]["temperature"] == 0


async def test_a_contestant_may_be_asked_and_a_muddled_answer_leaves_the_rules_tags(
    tmp_path: Path,
) -> None:
    manners = {name: Manner(tokens=5) for name in ("one", "two", "judge")}
    async with running_site(tmp_path, manners, tagger="judge") as site:
        async with site.visitor() as visitor:
            await visitor.ask(await visitor.open_battle("direct", ["one"]), PROMPT)
        await until(lambda: any(seen["model"] == "judge" for seen in site.upstream.seen))
        turn = await the_turn(site.services.store)
    assert turn.tagged_by == tags.RULES and "creative-writing" in turn.category_tags


async def test_without_the_setting_nobody_is_asked(site: Site) -> None:
    async with site.visitor() as visitor:
        await visitor.ask(await visitor.open_battle("direct", ["fast"]), PROMPT)
    assert len(site.upstream.seen) == 1
    assert (await the_turn(site.services.store)).tagged_by == tags.RULES


async def test_a_trouble_with_one_turn_does_not_end_the_work(tmp_path: Path) -> None:
    async with a_model("nonsense", "nonsense", "nonsense", json.dumps(SAID)) as (url, seen):
        async with running_site(tmp_path, tagger=url, tagger_model="judge") as site:
            async with site.visitor() as visitor:
                battle = await visitor.open_battle("direct", ["fast"])
                for number in range(4):
                    await visitor.ask(battle, PROMPT)
                    await until(lambda number=number: len(seen) > number)  # type: ignore[misc]
            assert await settled(site.services.store, 4) == f"{tags.RULES} + judge"


async def test_more_turns_than_may_wait_are_forgotten(tmp_path: Path) -> None:
    async with running_site(tmp_path, tagger="http://127.0.0.1:9/v1") as site:
        tagger = Tagger(site.services.settings, site.services.store, *_doors(site))
        for number in range(WAITING + 10):
            tagger.offer(str(number))  # a full queue would raise


def _doors(site: Site) -> tuple[Any, Any]:
    return site.services.gateway, site.services.sealer
