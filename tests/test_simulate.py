"""Simulated visitors play whole battles over the public API, and say so."""

from pathlib import Path

import orjson
import pytest

from arena.client import Refused
from arena.simulate import Plan, play
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site


async def test_every_battle_ends_in_one_simulated_vote(site: Site) -> None:
    report = await play(Plan(site.url, battles=12, at_once=3, token=site.operator_token))
    assert (report.played, report.failed) == (12, 0)
    assert orjson.loads(orjson.dumps(report.to_dict()))["battles"] == dict(report.battles)
    assert sum(report.winners.values()) == 12 and sum(report.battles.values()) == 24
    async with site.services.store.read() as session:
        from arena.store import tallies

        assert await tallies.cells(session, ["person"]) == {}
        (counted,) = [(await tallies.cells(session, ["simulated"]))["overall"]]
    assert sum(cell.count for cell in counted) == 12


async def test_the_same_seed_asks_the_same_questions(site: Site) -> None:
    asked = []
    for _ in range(2):
        site.upstream.seen.clear()
        await play(Plan(site.url, battles=4, at_once=1, seed=5, token=site.operator_token))
        asked.append([request["messages"][0]["content"] for request in site.upstream.seen])
    assert asked[0] == asked[1] and len(set(asked[0])) > 1


async def test_a_failing_contestant_costs_its_battles_and_no_others(tmp_path: Path) -> None:
    manners = {"fine": Manner(), "good": Manner(), "gone": Manner(status=500)}
    async with running_site(tmp_path, manners) as site:
        report = await play(Plan(site.url, battles=20, token=site.operator_token))
    assert report.played and report.failed and report.played + report.failed == 20
    assert "gone" not in report.battles and "refused" in report.last_trouble


async def test_without_the_token_the_limits_hold(tmp_path: Path) -> None:
    async with running_site(tmp_path, consents_per_hour=2) as site:
        report = await play(Plan(site.url, battles=30, at_once=1))
    assert report.played < 30 and "try again" in report.last_trouble


async def test_a_refusal_carries_the_arenas_own_words(site: Site) -> None:
    async with site.visitor() as visitor:
        with pytest.raises(Refused, match=r"no contestant called 'x' \(HTTP 422\)"):
            await visitor.open_battle("direct", ["x"])
