"""A real browser reads the leaderboard: every view of it, its filters, its past, its downloads."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from random import Random

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from arena.store.session import Store
from arena.studies import Studies
from serving import registry
from serving.accounts import create_provider, get_provider
from serving.manner import Manner
from tests.board_fixture import Fought, closed_battles
from tests.browser_fixture import browser, visit
from tests.registry_fixture import SEALER, entry
from tests.site_fixture import Site
from tests.web_fixture import website

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

BOARD = "?view=leaderboard"
HOSTILE = '<b onmouseover="alert(1)">bold</b>'
PLOTS = {
    "Intervals": "svg",
    "Win chances": "canvas",
    "Battle counts": "canvas",
    "Average win rate": "svg",
    "Over time": "svg",
    "Robustness": ".numbers-table",
    "Style": "svg",
    "Sampling": "svg",
    "Categories": "canvas",
}
LONG_AGO = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    manners = {"quillfeather": Manner(), "marblehound": Manner()}
    async with website(tmp_path_factory.mktemp("site"), manners) as running:
        await fight(running.services.store)
        await running.services.boards.refresh()
        await Studies(running.services.store, running.services.boards).refresh()
        yield running


async def fight(store: Store) -> None:
    """Two of a provider beside the two of the house; the house's first met long before."""
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
        lab = await get_provider(session, "lab")
        words = {"organization": HOSTILE, "license": "Apache-2.0"}
        await registry.add_model(session, SEALER, lab, entry("aviary/robin", **words))
        await registry.add_model(session, SEALER, lab, entry("aviary/owl"))
    await closed_battles(store, both_ways(1, 2), when=LONG_AGO)
    rng = Random(5)
    for later in [*both_ways(1, 3), *both_ways(2, 4), *both_ways(3, 4)] * 2:
        answers = styled(rng), styled(rng)
        await closed_battles(store, [later], tags=["code"], answers=answers)


def styled(rng: Random) -> str:
    """An answer of some length with some headings, lists and bold words."""
    return "\n".join(rng.choices(("# Head", "- point", "**bold**", "a few plain words"), k=6))


def both_ways(one: int, other: int) -> list[Fought]:
    return [(one, other, winner) for winner in ("model_a", "model_a", "model_b", "tie")]


async def opened(page: Page, site: Site, more: str = "") -> Locator:
    """The board's rows, once they are there."""
    await page.goto(f"{site.url}/{BOARD}{more}")
    await page.locator(".board :is(.row, .plot, .nothing-yet)").first.wait_for()
    return page.locator(".board tbody .row")


@pytest.mark.parametrize("width", [390, 1440])
async def test_every_plot_is_drawn_and_none_is_too_wide(
    chrome: Browser, site: Site, width: int
) -> None:
    async with visit(chrome, site.url, width) as visitor:
        await expect(await opened(visitor.page, site)).to_have_count(4)
        for label, drawing in PLOTS.items():
            if width < 760:
                await visitor.page.get_by_label("Show").select_option(label=label)
            else:
                await visitor.page.get_by_role("button", name=label, exact=True).click()
            await expect(visitor.page.locator(f".plot {drawing}"), label).to_be_visible()
            assert not await visitor.is_too_wide()


async def test_how_few_votes_change_the_order_is_said_in_words(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await opened(visitor.page, site, "&plot=robustness")
        await expect(visitor.page.locator(".aside")).to_have_text(
            re.compile(r"^\d+ votes? of their \d+ \w.* would put .* in the place of number 1,")
        )
        table = visitor.page.get_by_role("table", name="Votes that would swap neighbours")
        await expect(table).to_contain_text("would swap numbers 1 and 2.")


async def test_style_control_is_in_the_address_and_in_the_rows(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        rows = await opened(page, site)
        await expect(rows.locator(".col-style").first).to_have_text(re.compile(r"^[+−±]\d"))
        await page.get_by_label("Style control").check()
        await expect(page.get_by_role("link", name="JSON")).to_have_attribute(
            "href", re.compile("style_control=true")
        )
        await expect(rows).to_have_count(4)
        assert page.url.endswith("&style=controlled")


async def test_a_study_that_is_not_made_yet_is_said_to_be_missing(
    chrome: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    manners = {"quillfeather": Manner(), "marblehound": Manner()}
    async with (
        website(tmp_path_factory.mktemp("unstudied"), manners, study_seconds=3600) as unstudied,
        visit(chrome, unstudied.url) as visitor,
    ):
        await closed_battles(unstudied.services.store, both_ways(1, 2), tags=["code"])
        await unstudied.services.boards.refresh()
        for plot in ("robustness", "style"):
            await opened(visitor.page, unstudied, f"&plot={plot}&category=code")
            await expect(visitor.page.locator(".nothing-yet")).to_contain_text("come back in a min")


async def test_a_heat_map_is_read_by_keyboard(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await opened(page, site, "&plot=battles&provider=operator")
        await page.get_by_role("img", name="Heat map of battle counts, 2 by 2").focus()
        for key in ("ArrowRight", "ArrowRight"):
            await page.keyboard.press(key)
        await expect(page.locator(".readout")).to_have_text(
            "quillfeather and marblehound met in 4 rated battles."
        )


async def test_every_map_is_a_table_too(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url, 390) as visitor:
        page = visitor.page
        await opened(page, site, "&plot=predicted")
        await page.get_by_text("The same numbers as a table").click()
        await page.get_by_label("Figures of").select_option(label="marblehound")
        table = page.get_by_role("table", name="marblehound against each other model")
        await expect(table.get_by_role("row", name="quillfeather 4 33 %")).to_be_visible()
        assert not await visitor.is_too_wide()


@pytest.mark.parametrize("plot", ["intervals", "predicted", "history", "categories"])
async def test_a_plot_can_be_taken_along(chrome: Browser, site: Site, plot: str) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await opened(page, site, f"&plot={plot}")
        async with page.expect_download() as picture:
            await page.get_by_role("button", name="PNG").click()
        assert (await (await picture.value).path()).read_bytes().startswith(b"\x89PNG")
        for name, start in (("CSV", ("rank,", "model,", "time,")), ("JSON", "{")):
            async with page.expect_download() as file:
                await page.get_by_role("link", name=name).click()
            assert (await (await file.value).path()).read_text().startswith(start)


async def test_filters_narrow_the_board_and_stand_in_the_address(
    chrome: Browser, site: Site
) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        rows = await opened(page, site)
        await page.get_by_text("Filters").click()
        await page.get_by_label("Provider").select_option("lab")
        await expect(rows).to_have_count(2)
        await page.get_by_label("Licence").select_option("Apache-2.0")
        await expect(page.get_by_text("1 of 4 models")).to_be_visible()
        await expect(await opened(page, site, page.url.partition(BOARD)[2])).to_have_count(1)
        await page.get_by_label("Find").fill("nobody")
        await page.get_by_role("button", name="Show all models").click()
        await expect(rows).to_have_count(4)
        await expect(page.get_by_label("Find")).to_be_focused()
        assert page.url.endswith(BOARD)


async def test_an_earlier_day_is_shown_as_it_was(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        rows = await opened(page, site)
        await page.get_by_label("As of").fill("2026-03-01")
        await expect(rows).to_have_count(2)
        await expect(page.get_by_text("at the end of 1 Mar 2026")).to_be_visible()
        await expect(await opened(page, site, "&date=2026-02-28")).to_have_count(0)
        await expect(page.get_by_text("No battle had been rated on that day")).to_be_visible()
        await page.get_by_role("button", name="Show the board of today").click()
        await expect(rows).to_have_count(4)
        assert page.url.endswith(BOARD)


async def test_words_of_a_provider_are_only_words(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        rows = await opened(visitor.page, site)
        await expect(rows.filter(has_text="aviary/robin")).to_contain_text(HOSTILE)
        await visitor.page.get_by_role("button", name="aviary/robin").click()
        await expect(visitor.page.locator(".detail:visible")).to_contain_text("entered by lab")
        assert await visitor.page.locator(".board b").count() == 0


async def test_a_board_that_cannot_be_read_says_so_and_comes_back(
    chrome: Browser, site: Site
) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.route("**/api/v1/leaderboard**", lambda route: route.abort())
        rows = await opened(page, site)
        await expect(page.locator(".nothing-yet")).to_contain_text("The board cannot be read")
        await page.unroute("**/api/v1/leaderboard**")
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(rows).to_have_count(4)


async def test_a_stale_board_stays_and_is_said_to_be_stale(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        rows = await opened(page, site)
        await page.route("**/api/v1/leaderboard**", lambda route: route.abort())
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.get_by_text("the newest cannot be read just now")).to_be_visible()
        await expect(rows).to_have_count(4)


async def test_a_new_snapshot_leaves_the_focus_where_it_was(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await opened(page, site)
        before = await page.locator(".snapshot").inner_text()
        name = page.get_by_role("button", name="quillfeather")
        await name.focus()
        await closed_battles(site.services.store, [(1, 2, "tie")], when=LONG_AGO)
        await site.services.boards.refresh()
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.locator(".snapshot")).not_to_have_text(before)
        await expect(name).to_be_focused()


async def test_an_empty_board_has_no_plots_but_a_sentence(
    chrome: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with (
        website(tmp_path_factory.mktemp("empty"), {"fast": Manner()}) as empty,
        visit(chrome, empty.url, 390) as visitor,
    ):
        for plot in ("table", "predicted", "history", "sampling"):
            await opened(visitor.page, empty, f"&plot={plot}")
            await expect(visitor.page.get_by_text("No battle has been rated yet")).to_be_visible()
        assert not await visitor.is_too_wide()
