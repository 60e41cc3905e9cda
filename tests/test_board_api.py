"""The leaderboard over HTTP: fitted from the tallies, chained, categorised, cheap to ask again."""

import hashlib
from typing import Any

import aiohttp
import orjson
import pytest
from sqlmodel import col, select

from arena.client import ArenaClient
from arena.store.tables import Snapshot
from tests.site_fixture import Site


async def get(site: Site, path: str, **headers: str) -> tuple[int, Any, Any]:
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{site.url}{path}") as answer:
            body = await answer.read()
            return answer.status, orjson.loads(body) if body else None, answer.headers


async def battle(site: Site, winner: str, prompt: str = "what is the weather like today") -> str:
    """One revealed battle that the named contestant wins; returns the side it sat on."""
    async with site.visitor() as visitor:
        opened = await visitor.open_battle()
        heard = await visitor.ask(opened, prompt)
        long_side = "a" if len(heard.text["a"]) > len(heard.text["b"]) else "b"
        side = long_side if winner == "slow" else "ab".replace(long_side, "")
        await visitor.vote(opened, 1, f"model_{side}", reveal=True)
        return side


async def test_an_empty_board_is_a_board(site: Site) -> None:
    status, board, _ = await get(site, "/api/v1/leaderboard")
    assert status == 200 and board["models"] == [] and board["categories"] == ["overall"]


async def test_a_revealed_battle_moves_the_board(site: Site) -> None:
    for winner in ("slow", "slow", "fast"):
        await battle(site, winner)
    await site.services.boards.refresh()
    _, board, _ = await get(site, "/api/v1/leaderboard")
    assert [row["model"] for row in board["models"]] == ["slow", "fast"]
    assert (board["models"][0]["wins"], board["models"][0]["losses"], board["votes"]) == (2, 1, 3)
    assert "language-en" in board["categories"]


async def test_an_unrevealed_vote_moves_nothing(site: Site) -> None:
    async with site.visitor() as visitor:
        opened = await visitor.open_battle()
        await visitor.ask(opened, "hi there")
        await visitor.vote(opened, 1, "model_a")
    await site.services.boards.refresh()
    assert (await get(site, "/api/v1/leaderboard"))[1]["votes"] == 0


async def test_an_unchanged_board_is_not_sent_twice(site: Site) -> None:
    _, _, headers = await get(site, "/api/v1/leaderboard")
    status, body, _ = await get(site, "/api/v1/leaderboard", **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, None)


@pytest.mark.parametrize(
    ("query", "status"), [("category=nonsense", 404), ("style_control=true", 404)]
)
async def test_what_is_not_there_is_said(site: Site, query: str, status: int) -> None:
    assert (await get(site, f"/api/v1/leaderboard?{query}"))[0] == status


async def test_snapshots_are_a_chain_of_hashes(site: Site) -> None:
    for winner in ("slow", "fast"):
        await battle(site, winner)
        await site.services.boards.refresh()
    async with site.services.store.read() as session:
        chain = (await session.execute(select(Snapshot).order_by(col(Snapshot.id)))).scalars().all()
    assert [link.previous for link in chain] == [None, *(link.hash for link in chain[:-1])]
    assert all(hashlib.sha256(s.content.encode()).hexdigest() == s.hash for s in chain)
    assert (await get(site, "/api/v1/leaderboard"))[1]["snapshot"]["hash"] == chain[-1].hash


async def test_only_peoples_votes_count_unless_asked(site: Site) -> None:
    await battle(site, "slow")
    async with ArenaClient(site.url, site.operator_token) as visitor:
        await visitor.consent(publication=True)
        opened = await visitor.open_battle()
        await visitor.ask(opened, "hi there")
        await visitor.vote(opened, 1, "tie", reveal=True)
    await site.services.boards.refresh()
    board = (await get(site, "/api/v1/leaderboard"))[1]
    assert (board["votes"], board["kinds"]) == (1, ["person"])


async def test_every_contestant_is_listed_with_its_state(site: Site) -> None:
    _, listed, _ = await get(site, "/api/v1/models")
    assert [(row["name"], row["state"]) for row in listed["models"]] == [
        ("fast", "live"),
        ("slow", "live"),
    ]


async def test_health_and_readiness_are_told_apart(site: Site) -> None:
    assert (await get(site, "/healthz"))[0] == 200
    assert (await get(site, "/readyz"))[1] == {"status": "ready", "live": 2}


async def test_metrics_are_for_this_machine_or_a_token(site: Site) -> None:
    await battle(site, "slow")
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{site.url}/metrics") as answer:
            told = await answer.text()
        async with http.get(f"{site.url}/metrics", headers={"X-Forwarded-For": "::1"}) as answer:
            assert answer.status == 404
    assert 'arena_votes{kind="person"} 1.0' in told and "slow" not in told


async def test_the_openapi_document_names_every_call_and_no_other_host(site: Site) -> None:
    _, document, _ = await get(site, "/api/openapi.json")
    assert {
        "/api/v1/consent",
        "/api/v1/battles",
        "/api/v1/battles/{battle_id}/turns",
        "/api/v1/battles/{battle_id}/turns/{n}/stream",
        "/api/v1/battles/{battle_id}/votes",
        "/api/v1/battles/{battle_id}/reveal",
        "/api/v1/leaderboard",
        "/api/v1/models",
        "/api/v1/me/data",
        "/api/v1/provider/models",
    } <= set(document["paths"])
