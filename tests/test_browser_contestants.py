"""A real browser reads the list of contestants: searches, filters, opens, by pointer and by key."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from arena.store.session import Store
from serving import registry
from serving.accounts import create_provider, get_provider
from serving.manner import Manner
from serving.release import release
from serving.tables import State
from tests.browser_fixture import Visit, browser, visit
from tests.registry_fixture import SEALER, entry
from tests.site_fixture import Site
from tests.web_fixture import website

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LIST = "?view=contestants"
SECRET = "aviary/snowy-owl"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    manners = {"quillfeather": Manner(tokens=8), "marblehound": Manner(tokens=8)}
    async with website(tmp_path_factory.mktemp("site"), manners) as running:
        await enter_some(running.services.store)
        yield running


async def enter_some(store: Store) -> None:
    """A hidden one, a released one, one that is retired and one that failed."""
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
        lab = await get_provider(session, "lab")
        words = {"organization": "Night birds", "license": "Apache-2.0"}
        owl = await registry.add_model(session, SEALER, lab, entry(SECRET, alias="grey-1", **words))
        owl.system_prompt = "Answer in one line."
        robin = await registry.add_model(session, SEALER, lab, entry("aviary/robin", alias="red-1"))
        await release(session, robin, "lab", "asked to")
        for model in (owl, robin):
            await registry.set_state(session, model, State.LIVE)
        for name, state in (("aviary/dodo", State.RETIRED), ("aviary/moa", State.FAILED)):
            model = await registry.add_model(session, SEALER, lab, entry(name))
            await registry.set_state(session, model, state)


def rows(visitor: Visit) -> Locator:
    return visitor.page.locator(".contestants tbody .row")


@pytest.mark.parametrize("width", [390, 1440])
async def test_everyone_is_listed_and_nothing_is_too_wide(
    chrome: Browser, site: Site, width: int
) -> None:
    async with visit(chrome, site.url, width) as visitor:
        await visitor.page.goto(site.url)
        await visitor.page.get_by_role("tab", name="Contestants").click()
        await expect(rows(visitor)).to_have_count(6)
        await expect(rows(visitor).filter(has_text="aviary/dodo")).to_contain_text("Retired")
        await expect(rows(visitor).filter(has_text="grey-1")).to_contain_text("pre-release")
        assert visitor.page.url.endswith(LIST)
        assert not await visitor.is_too_wide()


async def test_a_hidden_name_is_nowhere_on_the_page(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.page.goto(f"{site.url}/{LIST}")
        await visitor.page.get_by_role("button", name="grey-1").click()
        detail = visitor.page.locator(".contestants .detail:visible")
        await expect(detail).to_contain_text("hidden under this alias")
        await detail.get_by_text("System prompt").click()
        await expect(detail).to_contain_text("Answer in one line.")
        assert "snowy" not in await visitor.page.content()


async def test_a_released_one_tells_what_it_was_called(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url, 390) as visitor:
        await visitor.page.goto(f"{site.url}/{LIST}&find=red-1")
        await expect(rows(visitor)).to_have_count(1)
        await visitor.page.get_by_role("button", name="aviary/robin").click()
        await expect(visitor.page.locator(".detail:visible")).to_contain_text(
            "known as red-1 until"
        )
        assert not await visitor.is_too_wide()


async def test_search_and_state_are_in_the_address(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.goto(f"{site.url}/{LIST}")
        await page.get_by_label("Find").fill("aviary")
        await expect(rows(visitor)).to_have_count(3)
        await page.get_by_label("State").select_option("retired")
        await expect(rows(visitor)).to_have_count(1)
        await expect(page.get_by_text("1 of 6 contestants")).to_be_visible()
        await page.goto(page.url)
        await expect(rows(visitor)).to_have_count(1)
        await expect(page.get_by_label("Find")).to_have_value("aviary")


async def test_a_search_that_finds_nobody_leads_back(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.goto(f"{site.url}/{LIST}&find=nobody")
        await expect(page.get_by_text("No contestant fits")).to_be_visible()
        await page.get_by_role("button", name="Show all").click()
        await expect(rows(visitor)).to_have_count(6)
        await expect(page.get_by_label("Find")).to_be_focused()
        assert page.url.endswith(LIST)


async def test_it_can_be_sorted_and_opened_by_keyboard_alone(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.goto(f"{site.url}/{LIST}")
        await expect(rows(visitor)).to_have_count(6)
        await page.get_by_label("State").focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(rows(visitor).first).to_contain_text("aviary/dodo")
        await expect(page.get_by_role("button", name="Contestant", exact=True)).to_be_focused()
        for _ in range(6):
            await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="aviary/dodo")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail:visible")).to_contain_text("Retired,")


async def test_an_arena_nobody_entered_says_so(chrome: Browser, site: Site) -> None:
    nobody = '{"models": [], "hidden_at_most": {"days": 90, "votes": 3000}}'
    async with visit(chrome, site.url) as visitor:
        await visitor.page.route(
            "**/api/v1/models",
            lambda route: route.fulfill(body=nobody, content_type="application/json"),
        )
        await visitor.page.goto(f"{site.url}/{LIST}")
        await expect(visitor.page.get_by_text("No model has been entered yet")).to_be_visible()


async def test_going_to_another_page_and_back_keeps_the_search(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.goto(f"{site.url}/{LIST}&state=failed")
        await expect(rows(visitor)).to_have_count(1)
        await page.get_by_role("tab", name="Leaderboard").click()
        assert page.url.endswith("?view=leaderboard")
        await page.get_by_role("tab", name="Contestants").click()
        await expect(rows(visitor)).to_have_count(1)
        assert page.url.endswith(f"{LIST}&state=failed")
