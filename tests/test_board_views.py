"""What the board's back end serves: every view as JSON and CSV with an ETag, late and rounded."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode
from sqlalchemy import delete, update

from arena.board import due
from arena.board_views import rounded, tables, together, win_rates
from arena.published import AtUrl
from arena.store.tables import Snapshot, Study
from arena.thinning import kept
from arena.verifying import faults
from serving.tables import now
from tests.board_fixture import closed_battles
from tests.conftest import running_site
from tests.site_fixture import Site

VIEWS = ("", "/pairs", "/history", "/categories", "/sampling")
OTHERS = ("/robustness", "/snapshots", "/snapshots/{number}", "/blocks/{name}", "/keys")
FOUGHT = [(1, 2, "model_a"), (1, 2, "model_a"), (2, 1, "model_a"), (1, 2, "tie")]
load_all_checks()
ANY = [
    CHECKS.get_one(name)
    for name in ("not_a_server_error", "status_code_conformance", "response_schema_conformance")
]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site of two contestants whose battles of two days are on the board."""
    async with running_site(tmp_path, study_seconds=3600) as running:
        await fill(running)
        yield running


async def fill(site: Site) -> None:
    yesterday = now() - timedelta(days=1)
    await closed_battles(site.services.store, FOUGHT, ["code"], when=yesterday)  # type: ignore[arg-type]
    await closed_battles(site.services.store, FOUGHT[:2])  # type: ignore[arg-type]
    await site.services.boards.refresh()


async def get(site: Site, path: str, **headers: str) -> tuple[int, bytes, Any]:
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.get(f"{site.url}/api/v1/leaderboard{path}") as answer:
            return answer.status, await answer.read(), answer.headers


async def view(site: Site, path: str) -> Any:
    status, body, _ = await get(site, path)
    assert status == 200, body
    return orjson.loads(body)


@pytest.mark.parametrize("path", VIEWS)
async def test_every_view_has_a_tag_and_is_not_sent_twice(site: Site, path: str) -> None:
    _, _, headers = await get(site, path)
    status, body, again = await get(site, path, **{"If-None-Match": f'W/{headers["ETag"]}, "x"'})
    assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])


@pytest.mark.parametrize("path", VIEWS)
async def test_every_view_is_a_table_too(site: Site, path: str) -> None:
    status, body, headers = await get(site, f"{path}?format=csv")
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert status == 200 and headers["Content-Type"].startswith("text/csv")
    assert rows and "model" in rows[0]


async def test_a_row_says_who_made_a_model_and_how_it_stands(site: Site) -> None:
    board = await view(site, "")
    first = board["models"][0]
    assert (first["model"], first["state"], first["price"], first["style_delta"]) == (
        *("fast", "live", None, None),
    )
    assert first["win_rate"] > 0.5 > board["models"][1]["win_rate"]
    assert (board["delay_minutes"], board["rounding"], board["style"]) == (0, 0, None)


async def test_pairs_tell_battles_wins_and_chances(site: Site) -> None:
    found = await view(site, "/pairs")
    assert found["models"] == ["fast", "slow"]
    assert found["battles"] == [[0, 6], [6, 0]]
    assert found["wins"] == [[None, 0.8], [0.2, None]]
    assert found["predicted"][0][1] == pytest.approx(0.75, abs=0.001)


async def test_history_ends_with_the_board_that_is_shown(site: Site) -> None:
    found, board = await view(site, "/history"), await view(site, "")
    assert len(found["times"]) == 2 and found["times"][-1] == board["snapshot"]["time"]
    assert {line["model"]: line["rating"][-1] for line in found["models"]} == {
        row["model"]: row["rating"] for row in board["models"]
    }
    assert found["models"][0]["rating"][0] < found["models"][0]["rating"][1]


async def test_categories_stand_side_by_side(site: Site) -> None:
    found = await view(site, "/categories")
    assert found["categories"] == ["overall", "code"] and found["ranks"] == [[1, 1], [2, 2]]


async def test_sampling_counts_draws_by_provider(site: Site) -> None:
    found = await view(site, "/sampling")
    assert found["providers"] == [{"provider": "operator", "models": 2, "draws": 12, "share": 1.0}]
    assert [row["draws"] for row in found["models"]] == [6, 6]


@pytest.mark.parametrize("path", ["/pairs", "/history", "/robustness", ""])
async def test_an_unknown_category_is_not_found(site: Site, path: str) -> None:
    assert (await get(site, f"{path}?category=nonsense"))[0] == 404


@pytest.mark.parametrize("path", ["/robustness", "?style_control=true"])
async def test_what_no_job_has_found_yet_is_said_in_words(site: Site, path: str) -> None:
    async with site.services.store.write() as session:
        await session.execute(delete(Study))
    status, body, _ = await get(site, path)
    assert status == 404 and b"for this category yet" in body


async def test_a_stranger_verifies_the_chain_over_http(site: Site) -> None:
    await closed_battles(site.services.store, FOUGHT[:1])  # type: ignore[arg-type]
    await site.services.boards.refresh()
    keys = await view(site, "/keys")
    async with aiohttp.ClientSession() as http:
        found = [fault async for fault in faults(AtUrl(site.url, http), [keys["key"]])]
    assert found == []


async def test_one_snapshot_and_its_blocks_are_served_byte_for_byte(site: Site) -> None:
    (*_, last) = (await view(site, "/snapshots"))["snapshots"]
    assert await view(site, f"/snapshots/{last['id']}") == last
    tally = orjson.loads(last["content"])["categories"]["overall"]["tally"]
    assert (await view(site, f"/blocks/{tally}"))["pairs"] == [[0, 1, 4, 1, 1, 0]]
    for path in ("/snapshots/999", f"/blocks/{'0' * 64}"):
        assert (await get(site, path))[0] == 404
    assert (await get(site, "/blocks/nonsense"))[0] == 422


async def test_a_delayed_board_is_shown_only_when_it_is_old_enough(tmp_path: Path) -> None:
    async with running_site(tmp_path, board_delay_minutes=60, study_seconds=3600) as site:
        await fill(site)
        assert (await get(site, ""))[0] == 404
        assert (await view(site, "/snapshots"))["snapshots"] == []
        async with site.services.store.write() as session:
            old = now() - timedelta(minutes=61)
            await session.execute(update(Snapshot).values(created=old))
        await closed_battles(site.services.store, FOUGHT[:1])  # type: ignore[arg-type]
        await site.services.boards.refresh()
        board = await view(site, "")
        assert (board["votes"], board["delay_minutes"]) == (6, 60)
        assert (await get(site, f"/snapshots/{board['snapshot']['id'] + 1}"))[0] == 404


async def test_rounded_ratings_are_shown_in_steps(tmp_path: Path) -> None:
    async with running_site(tmp_path, board_rounding=25, study_seconds=3600) as site:
        await fill(site)
        board = await view(site, "")
        assert [row["rating"] % 25 for row in board["models"]] == [0, 0]
        assert board["rounding"] == 25


def test_models_whose_rounded_ratings_are_alike_share_a_rank() -> None:
    rows = [{"rating": r, "lower": None, "upper": r + 3, "rank": 0} for r in (1012, 1009, 990)]
    stepped = [(row["rating"], row["rank"]) for row in rounded(rows, 10)]
    assert stepped == [(1010, 1), (1010, 1), (990, 3)]
    assert rounded(rows, 0) == rows


def test_models_that_never_met_have_no_chance_against_each_other() -> None:
    tally = {"models": ["a", "b", "c", "d"], "pairs": [[0, 1, 1, 1, 0, 0], [2, 3, 0, 0, 1, 0]]}
    joined = together(tables(tally, ["a", "b", "c", "d"])[0])
    assert joined.tolist()[0] == [True, True, False, False]
    assert win_rates([1400, 1000, 1000, 1000], joined) == [0.9091, 0.0909, 0.5, 0.5]


@pytest.mark.parametrize(
    ("waited", "new", "counted", "wanted"),
    [(0, 1, 1000, True), (0, 1, 1001, False), (600, 0, 9999, True), (5, -20, 10_000, True)],
)
def test_a_busy_board_waits_for_more_votes(
    waited: float, new: int, counted: int, wanted: bool
) -> None:
    assert due(waited, new, counted) is wanted


def test_old_snapshots_are_kept_by_the_hour_the_day_and_the_month() -> None:
    moment = now()
    times = [moment - timedelta(minutes=10 * n) for n in reversed(range(6 * 24 * 100))]
    places = kept(times, moment)
    assert len(times) - 1 in places and len(places) < 7 + 48 + 62 + 4
    ages = [moment - times[place] for place in sorted(places)]
    assert sum(age <= timedelta(hours=1) for age in ages) == 7
    assert sum(age > timedelta(days=60) for age in ages) in (2, 3)


@pytest.mark.parametrize(
    "path", [*VIEWS, "/robustness", "/snapshots", "/snapshots/{number}", "/blocks/{name}", "/keys"]
)
async def test_no_input_breaks_a_view(site: Site, path: str) -> None:
    url = f"{site.url}/api/openapi.json"
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, url)
    operation = schema[f"/api/v1/leaderboard{path}"]["GET"]
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        if mode is GenerationMode.POSITIVE or path != "/keys":
            await asyncio.to_thread(fuzz, operation, mode, site.url)


def fuzz(operation: Any, mode: GenerationMode, url: str) -> None:
    @settings(
        max_examples=8,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.call_and_validate(base_url=url, checks=ANY)

    send()
