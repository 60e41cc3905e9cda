"""A stranger enters a model through HTTP alone, and a visitor votes on it a moment later."""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import aiohttp

from arena.client import ArenaClient
from serving.accounts import create_provider
from serving.echo import echo
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site

log = logging.getLogger(__name__)

PATIENCE_S = 50.0


async def a_key(site: Site, name: str) -> str:
    """What the operator hands the stranger: `arena providers create NAME`."""
    async with site.services.store.write() as session:
        return await create_provider(session, site.services.sealer, name)


async def enter(url: str, key: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Post the entry, ask after it until it is verified: how it stands then."""
    models = f"{url}/api/v1/provider/models"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        async with http.post(models, json=entry) as answer:
            assert answer.status == 202, await answer.text()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with http.get(f"{models}/{entry['name']}") as answer:
                    assert answer.status == 200, await answer.text()
                    shown: dict[str, Any] = await answer.json()
                if shown["state"] != "verifying":
                    return shown
                await asyncio.sleep(0.1)


async def voted_battle_with(url: str, name: str, prompt: str) -> int:
    """Battles as a visitor until one shows the newcomer; gives how many that took."""
    async with ArenaClient(url) as visitor:
        await visitor.consent(publication=True)
        for tried in range(1, 21):
            battle = await visitor.open_battle()
            heard = await visitor.ask(battle, prompt)
            assert heard.state == "done", heard.errors
            cast = await visitor.vote(battle, heard.turn, "tie", reveal=True)
            if name in cast["reveal"].values():
                return tried
    raise AssertionError(f"{name} was in none of {tried} battles")


async def from_nothing_to_a_voted_battle(site: Site, entry: dict[str, Any], prompt: str) -> float:
    """Seconds from the post of the entry to a vote on a battle with it."""
    key, began = await a_key(site, "a stranger"), time.monotonic()
    shown = await enter(site.url, key, entry)
    assert shown["state"] == "live", shown
    verified = time.monotonic() - began
    battles = await voted_battle_with(site.url, entry["name"], prompt)
    took = time.monotonic() - began
    log.warning("verified after %.1f s, voted on after %.1f s, %d battles", verified, took, battles)
    return took


async def test_a_stranger_is_in_a_voted_battle_through_http_alone(tmp_path: Path) -> None:
    async with echo({"their-model": Manner(api_key="sesame", tokens_per_s=200)}) as theirs:
        host = theirs.url.removeprefix("http://").removesuffix("/v1")
        async with running_site(tmp_path, {"house": Manner()}, allow_hosts=(host,)) as site:
            entry = {
                "name": "strangers/newcomer",
                "base_url": theirs.url,
                "upstream_model": "their-model",
                "api_key": "sesame",
                "organization": "Strangers",
            }
            took = await from_nothing_to_a_voted_battle(site, entry, "one two three four five")
    assert took < 60


async def test_a_stranger_at_an_address_nobody_listed_is_refused(site: Site) -> None:
    key = await a_key(site, "a stranger")
    entry = {"name": "x", "base_url": "http://127.0.0.1:1/v1", "upstream_model": "m"}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        async with http.post(f"{site.url}/api/v1/provider/models", json=entry) as answer:
            assert answer.status == 422
    async with ArenaClient(site.url) as visitor:
        names = {row["name"] for row in (await visitor.call("GET", "models"))["models"]}
    assert names == {"fast", "slow"}
