"""The public list over HTTP: everyone ever entered, and not a word of who is still hidden."""

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from sqlalchemy import event

from arena.releasing import release_due
from serving import registry
from serving.accounts import create_provider, get_provider
from serving.release import release
from serving.tables import Check, State, now
from tests.registry_fixture import SEALER, entry
from tests.site_fixture import Site
from tests.test_board_api import battle, get

HIDDEN = {"base_url": "https://nest.example/v1", "upstream_model": "owlet-9b", "api_key": "sesame"}


async def enter(site: Site, name: str, **fields: Any) -> None:
    """A live contestant of a provider, with these columns."""
    columns = {key: fields.pop(key) for key in ("system_prompt", "price") if key in fields}
    async with site.services.store.write() as session:
        await create_provider(session, SEALER, f"lab of {name.rpartition('/')[2]}")
        provider = await get_provider(session, f"lab of {name.rpartition('/')[2]}")
        sealer = site.services.sealer
        model = await registry.add_model(session, sealer, provider, entry(name, **fields))
        for key, value in columns.items():
            setattr(model, key, value)
        await registry.set_state(session, model, State.LIVE, f"{name} answers at nest.example")


async def listed(site: Site, name: str) -> dict[str, Any]:
    _, answer, _ = await get(site, "/api/v1/models")
    (row,) = [row for row in answer["models"] if row["name"] == name]
    found: dict[str, Any] = row
    return found


async def page(site: Site, path: str = "/api/v1/models") -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{site.url}{path}") as answer:
        return f"{answer.headers} {await answer.text()}".lower()


async def test_a_contestant_is_shown_with_all_that_is_public(site: Site) -> None:
    words = {"organization": "Lab", "license": "MIT", "system_prompt": "Be brief."}
    await enter(site, "lab/model", **words, price={"prompt": 0.5, "completion": 1.5})
    row = await listed(site, "lab/model")
    assert words.items() <= row.items()
    assert row["price"] == {"prompt": 0.5, "completion": 1.5} and row["modalities"] == ["text"]
    assert [state["state"] for state in row["states"]] == ["verifying", "live"]
    assert (row["alias"], row["released"], row["checks"], row["votes"]) == (None, None, None, 0)


async def test_the_list_holds_no_address_no_key_and_no_reason(site: Site) -> None:
    await enter(site, "lab/model", **HIDDEN)
    told = await page(site)
    assert "nest.example" not in told and "owlet" not in told and "sesame" not in told


@pytest.mark.parametrize("field", ["organization", "license", "system_prompt"])
@pytest.mark.parametrize(
    "text", ["You are Snowy Owl 9!", "by AVIARY", "see nest.example", "owlet 9B"]
)
async def test_no_text_gives_a_hidden_name_away(site: Site, field: str, text: str) -> None:
    await enter(site, "aviary/snowy-owl-9", alias="grey-1", **HIDDEN, **{field: text})
    told = await page(site)
    assert "grey-1" in told
    assert not any(word in told for word in ("snowy", "aviary", "nest.example", "owlet", "sesame"))
    assert (await listed(site, "grey-1"))[field] is None


async def test_a_text_that_tells_nothing_is_shown_under_the_alias(site: Site) -> None:
    await enter(site, "aviary/owl", alias="grey-1", organization="A lab", system_prompt="Be kind.")
    row = await listed(site, "grey-1")
    assert (row["organization"], row["system_prompt"]) == ("A lab", "Be kind.")
    assert (row["alias"], row["released"]) == ("grey-1", None)


async def test_after_the_release_everything_is_shown(site: Site) -> None:
    await enter(site, "aviary/owl", alias="grey-1", organization="Aviary")
    async with site.services.store.write() as session:
        await release(session, await registry.get_model(session, "aviary/owl"), "lab", "asked to")
    row = await listed(site, "aviary/owl")
    assert (row["alias"], row["organization"]) == ("grey-1", "Aviary") and row["released"]


async def test_the_battle_names_the_alias_until_the_release(site: Site) -> None:
    await rename(site, "slow", alias="grey-1")
    await battle(site, "slow")
    await site.services.boards.refresh()
    board = (await get(site, "/api/v1/leaderboard"))[1]
    assert {row["model"] for row in board["models"]} == {"grey-1", "fast"}
    async with site.visitor() as visitor:
        assert await visitor.open_battle("direct", ["grey-1"])
    async with site.services.store.write() as session:
        await release(session, await registry.get_model(session, "slow"), "lab", "asked to")
    await site.services.boards.refresh()
    board = (await get(site, "/api/v1/leaderboard"))[1]
    assert {row["model"] for row in board["models"]} == {"slow", "fast"}


async def rename(site: Site, name: str, **columns: Any) -> None:
    async with site.services.store.write() as session:
        model = await registry.get_model(session, name)
        for key, value in columns.items():
            setattr(model, key, value)


async def test_closed_battles_and_rated_votes_are_counted(site: Site) -> None:
    await battle(site, "slow")
    await battle(site, "fast")
    async with site.visitor() as visitor:
        opened = await visitor.open_battle()
        await visitor.ask(opened, "hi there")
    row = await listed(site, "slow")
    assert (row["battles"], row["votes"]) == (2, 2)


async def test_who_leaves_keeps_its_scores_and_its_place(site: Site) -> None:
    await battle(site, "slow")
    async with site.services.store.write() as session:
        model = await registry.get_model(session, "slow")
        await registry.set_state(session, model, State.RETIRED)
    await site.services.boards.refresh()
    board = (await get(site, "/api/v1/leaderboard"))[1]
    assert [row["model"] for row in board["models"]] == ["slow", "fast"]
    row = await listed(site, "slow")
    assert (row["state"], row["votes"]) == ("retired", 1)


async def test_many_changes_of_state_show_the_last_twenty(site: Site) -> None:
    async with site.services.store.write() as session:
        model = await registry.get_model(session, "slow")
        for _ in range(15):
            await registry.set_state(session, model, State.PAUSED)
            await registry.set_state(session, model, State.LIVE)
    states = (await listed(site, "slow"))["states"]
    assert [state["state"] for state in states] == ["paused", "live"] * 10


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Asked who it is, it says 'owlet'.", True),
        ("Asked who it is, it does not name itself.", False),
    ],
)
async def test_the_last_verification_is_told_in_figures_not_in_words(
    site: Site, words: str, named: bool
) -> None:
    seen = {"streams": (True, "ok"), "stop": (False, "no"), "names_itself": (None, words)}
    async with site.services.store.write() as session:
        code = registry.code(await registry.get_model(session, "slow"))
        for name, (passed, told) in seen.items():
            check = Check(model_id=code, base_url="b", name=name, passed=passed, words=told)
            session.add(check)
    checks = (await listed(site, "slow"))["checks"]
    assert (checks["passed"], checks["failed"], checks["names_itself"]) == (1, 1, named)
    assert "owlet" not in await page(site)


async def test_an_unchanged_list_is_not_sent_twice(site: Site) -> None:
    _, _, headers = await get(site, "/api/v1/models")
    again = await get(site, "/api/v1/models", **{"If-None-Match": headers["ETag"]})
    assert again[:2] == (304, None)
    await rename(site, "slow", license="MIT")
    async with asyncio.timeout(5):
        while (await get(site, "/api/v1/models", **{"If-None-Match": headers["ETag"]}))[0] == 304:
            await asyncio.sleep(0.01)
    assert (await listed(site, "slow"))["license"] == "MIT"


async def test_battles_are_not_counted_for_every_call(site: Site) -> None:
    counted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "count(*)" in statement and "FROM battle" in statement:
            counted.append(statement)

    event.listen(site.services.store.engine.sync_engine, "before_cursor_execute", note)
    answers = await asyncio.gather(*(get(site, "/api/v1/models") for _ in range(40)))
    assert {status for status, _, _ in answers} == {200}
    assert 0 < len(counted) < 40


async def test_a_name_is_released_by_itself_when_it_is_old_enough(site: Site) -> None:
    await enter(site, "aviary/owl", alias="grey-1")
    parts, days = site.services, timedelta(days=site.services.settings.alias_days)
    assert await release_due(parts.store, parts.settings, now() + days - timedelta(hours=1)) == []
    over = now() + days
    assert await release_due(parts.store, parts.settings, over) == ["aviary/owl"]
    assert await release_due(parts.store, parts.settings, over) == []
    assert (await listed(site, "aviary/owl"))["released"]


async def test_a_name_is_released_by_itself_after_so_many_votes(site: Site) -> None:
    await rename(site, "slow", alias="grey-1")
    settings = site.services.settings.model_copy(update={"alias_votes": 2})
    await battle(site, "slow")
    assert await release_due(site.services.store, settings, now()) == []
    await battle(site, "fast")
    assert await release_due(site.services.store, settings, now()) == ["slow"]


async def test_the_list_says_how_long_a_name_may_be_hidden(site: Site) -> None:
    _, answer, _ = await get(site, "/api/v1/models")
    assert answer["hidden_at_most"] == {"days": 90, "votes": 3000}


async def test_a_hidden_name_is_asked_for_in_vain(site: Site) -> None:
    await enter(site, "aviary/owl", alias="grey-1")
    async with site.visitor() as visitor:
        body = {"mode": "direct", "models": ["aviary/owl"]}
        async with visitor._session.post("battles", json=body) as answer:
            hidden = orjson.loads(await answer.read())
        async with visitor._session.post("battles", json={**body, "models": ["no/such"]}) as answer:
            unknown = orjson.loads(await answer.read())
    assert hidden["status"] == unknown["status"]
    assert hidden["detail"].replace("aviary/owl", "no/such") == unknown["detail"]
