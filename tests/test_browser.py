"""A real browser walks the battle and the board against the real application."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from serving.manner import Manner
from tests.browser_fixture import Visit, browser, visit
from tests.site_fixture import Site
from tests.web_fixture import website

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FAST, SLOW = "quillfeather", "marblehound"
PACES = {
    FAST: Manner(tokens=30, tokens_per_s=60),
    SLOW: Manner(tokens=45, tokens_per_s=30, first_token_s=0.3),
}
BOTH = "Both are complete"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    async with browser() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with website(tmp_path_factory.mktemp("site"), PACES) as running:
        yield running


async def names_no_model(page: Page) -> bool:
    source = await page.content()
    return FAST not in source and SLOW not in source


@pytest.mark.parametrize("width", [390, 1440])
async def test_a_visitor_battles_votes_goes_on_and_sees_who_it_was(
    chrome: Browser, site: Site, width: int
) -> None:
    async with visit(chrome, site.url, width) as visitor:
        page = visitor.page
        await visitor.begin()
        await visitor.ask("how long is a short answer")
        await visitor.until_said(BOTH)
        answers = {await visitor.answer("a"), await visitor.answer("b")}
        assert len(answers) == 2
        assert all(answer.startswith("Echo: how long is a short answer") for answer in answers)
        assert await names_no_model(page)
        assert not await visitor.is_too_wide()

        await page.get_by_role("button", name="A is better").click()
        await page.get_by_role("button", name="Vote and go on").click()
        await visitor.until_said("The names stay hidden")
        assert await names_no_model(page)

        await visitor.ask("and a second one")
        await visitor.until_said(BOTH)
        assert "and a second one" in await visitor.answer("b", 2)
        assert not await visitor.is_too_wide()
        await page.get_by_role("button", name="B is better").click()
        await page.get_by_role("button", name="Much").click()
        await page.get_by_role("button", name="Vote and reveal").click()
        await visitor.until_said("You preferred")
        shown = await page.locator(".answer .name strong").all_inner_texts()
        assert sorted(shown) == sorted([FAST, SLOW] * 2)
        assert await page.locator(".verdict").all_inner_texts() == [
            "Your vote: A is better",
            "Your vote: B is better, much",
        ]

        await page.get_by_role("tab", name="Leaderboard").click()
        rows = page.locator(".board tbody .row")
        await expect(rows).to_have_count(2)
        await expect(rows.filter(has_text=FAST)).to_be_visible()
        assert not await visitor.is_too_wide()
        assert page.url.partition("#")[0].endswith("?view=leaderboard")


async def test_the_battle_can_be_had_by_keyboard_alone(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        page = visitor.page
        await visitor.begin()
        await visitor.ask("by hand")
        await visitor.until_said(BOTH)
        await page.get_by_label("Your prompt").blur()
        await page.keyboard.press("2")
        await page.keyboard.press("2")
        await page.keyboard.press("2")
        chosen = page.locator(".votebar [aria-pressed=true]")
        assert await chosen.all_inner_texts() == ["B is better\n2", "Clearly"]
        await page.keyboard.press("r")
        await visitor.until_said("You preferred")
        await page.keyboard.press("n")
        await expect(page.get_by_text("One question.")).to_be_visible()
        await expect(page.get_by_label("Your prompt")).to_be_focused()


async def test_a_reload_in_mid_stream_reads_on(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.ask("read on")
        await visitor.page.locator("#answer-1-a .open", has_text="read on").wait_for()
        await visitor.page.reload()
        await visitor.until_said(BOTH)
        answers = [await visitor.answer("a"), await visitor.answer("b")]
        assert sorted(len(answer.split()) for answer in answers) == [30, 45]
        assert await names_no_model(visitor.page)


async def test_a_revealed_battle_is_drawn_again_after_a_reload(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.ask("again")
        await visitor.until_said(BOTH)
        await visitor.page.get_by_role("button", name="Tie").click()
        await visitor.page.get_by_role("button", name="Vote and reveal").click()
        await visitor.until_said("They were")
        await visitor.page.reload()
        await visitor.until_said("They were")
        assert await visitor.page.locator(".verdict").inner_text() == "Your vote: Tie"


async def test_stop_keeps_what_was_written(chrome: Browser, tmp_path: Path) -> None:
    endless = Manner(tokens=10_000, tokens_per_s=50)
    async with (
        website(tmp_path, {FAST: endless, SLOW: endless}) as site,
        visit(chrome, site.url) as visitor,
    ):
        await visitor.begin()
        await visitor.ask("go on and on")
        await visitor.page.locator("#answer-1-b .open", has_text="go on").wait_for()
        await visitor.page.get_by_role("button", name="Stop").click()
        await visitor.until_said("Stopped")
        assert (await visitor.answer("a")).startswith("Echo: go on and on")
        assert site.upstream.stats.open == 0
        await expect(visitor.page.get_by_role("button", name="Both bad")).to_be_visible()


async def test_a_failed_turn_says_so_and_can_be_asked_again(
    chrome: Browser, tmp_path: Path
) -> None:
    manners = {FAST: Manner(), SLOW: Manner(status=500)}
    async with website(tmp_path, manners) as site, visit(chrome, site.url) as visitor:
        page = visitor.page
        await visitor.begin()
        await visitor.ask("will it work")
        await visitor.until_said("could not answer")
        assert await names_no_model(page)
        await expect(page.get_by_role("button", name="Both bad")).to_be_hidden()
        site.upstream.manners[SLOW] = Manner()
        await page.get_by_role("button", name="Ask again").click()
        await visitor.until_said(BOTH)


async def test_without_contestants_the_prompt_is_kept(chrome: Browser, tmp_path: Path) -> None:
    async with website(tmp_path, {FAST: Manner()}) as site, visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.ask("anyone there?")
        await expect(visitor.page.get_by_role("alert")).to_contain_text("Fewer than two models")
        await expect(visitor.page.get_by_label("Your prompt")).to_have_value("anyone there?")


async def test_over_the_limit_the_page_counts_down(chrome: Browser, tmp_path: Path) -> None:
    manners = {FAST: Manner(), SLOW: Manner()}
    async with (
        website(tmp_path, manners, turns_per_minute=1) as site,
        visit(chrome, site.url, 390) as visitor,
    ):
        await visitor.begin()
        await visitor.ask("one")
        await visitor.until_said(BOTH)
        await visitor.ask("two")
        await expect(visitor.page.get_by_role("alert")).to_contain_text(
            re.compile(r"You can send again in \d+ s")
        )
        await expect(visitor.page.get_by_role("button", name="Send")).to_be_disabled()
        await expect(visitor.page.get_by_label("Your prompt")).to_have_value("two")


async def test_neither_side_and_no_vote_is_drawn_larger(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.ask("measure")
        await visitor.until_said(BOTH)
        boxes = [await visitor.page.locator(f"#answer-1-{side}").bounding_box() for side in "ab"]
        assert all(boxes)
        assert len({(box["y"], box["width"], box["height"]) for box in boxes if box}) == 1
        buttons = visitor.page.locator(".choices button")
        looks = await buttons.evaluate_all(
            """all => all.map(one => { const style = getComputedStyle(one), box =
            one.getBoundingClientRect(); return [style.backgroundColor, style.color, style.fontSize,
            style.borderColor, box.height, Math.round(box.width)].join() })"""
        )
        assert len(looks) == 4
        assert len(set(looks)) == 1


async def test_the_cards_of_a_phone_are_turned_by_tabs(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url, 390) as visitor:
        await visitor.begin()
        await visitor.ask("turn the page")
        tab = visitor.page.get_by_role("tab", name="Model B")
        await expect(tab).to_contain_text("Writing")
        await tab.click()
        await expect(visitor.page.locator("#answer-1-b")).to_be_in_viewport(ratio=0.5)
        await expect(tab).to_have_attribute("aria-selected", "true")
        await visitor.until_said(BOTH)
        bar = await visitor.page.locator(".votebar").bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] < 844


async def test_a_strangers_battle_is_not_shown(chrome: Browser, site: Site) -> None:
    async with site.visitor() as stranger:
        battle_id = await stranger.open_battle()
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.page.goto(f"{site.url}/#battle={battle_id}")
        await visitor.page.reload()
        await visitor.until_said("no longer here")
        assert "#" not in visitor.page.url


async def test_who_lost_the_cookie_is_asked_once_more(chrome: Browser, site: Site) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.page.context.clear_cookies()
        await visitor.ask("still me")
        await visitor.page.get_by_label("I have read this").check()
        await visitor.page.get_by_role("button", name="Begin").click()
        await visitor.until_said(BOTH)


async def test_a_battle_in_the_address_of_somebody_else_is_said_to_be_gone(
    chrome: Browser, site: Site
) -> None:
    async with visit(chrome, site.url) as visitor:
        await visitor.begin()
        await visitor.ask("mine")
        await visitor.until_said(BOTH)
        await visitor.page.context.clear_cookies()
        await visitor.page.reload()
        await visitor.page.get_by_label("I have read this").check()
        await visitor.page.get_by_role("button", name="Begin").click()
        await visitor.until_said("no longer here")
        await expect(visitor.page.locator(".notice:visible")).to_have_count(0)


async def test_a_late_word_about_consent_does_not_drop_the_prompt(
    chrome: Browser, site: Site
) -> None:
    """What the page asked when it opened may be answered after the prompt was refused."""
    async with visit(chrome, site.url) as visitor:
        page, refused = visitor.page, asyncio.Event()
        asked = count(1)

        async def late(route: Route) -> None:
            if route.request.method == "GET" and next(asked) == 2:
                await refused.wait()
            await route.continue_()

        await page.route("**/api/v1/consent", late)
        await visitor.begin()
        await page.context.clear_cookies()
        await visitor.ask("not lost")
        await page.get_by_label("I have read this").check()
        async with page.expect_response("**/api/v1/consent"):
            refused.set()
        await page.get_by_role("button", name="Begin").click()
        await visitor.until_said(BOTH)


async def test_the_view_of_the_board_is_in_the_address(chrome: Browser, tmp_path: Path) -> None:
    manners = {FAST: Manner(), SLOW: Manner()}
    async with website(tmp_path, manners) as site, visit(chrome, site.url) as visitor:
        page = visitor.page
        await page.goto(f"{site.url}/?view=leaderboard")
        await expect(page.get_by_text("No battle has been rated yet")).to_be_visible()
        await vote_once(visitor, site)
        await page.goto(f"{site.url}/?view=leaderboard&category=language-en&sort=model")
        rows = page.locator(".board tbody .row")
        await expect(rows).to_have_count(2)
        assert SLOW in await rows.first.inner_text()
        await page.get_by_role("button", name="Model", exact=True).press("Enter")
        assert FAST in await rows.first.inner_text()
        assert "order=reversed" in page.url
        await page.get_by_role("button", name=FAST).click()
        await expect(page.locator(".detail:visible")).to_contain_text("The rating is")


async def vote_once(visitor: Visit, site: Site) -> None:
    async with site.visitor() as voter:
        battle_id = await voter.open_battle()
        await voter.ask(battle_id, "Which of the two long sentences is the better one?")
        await voter.vote(battle_id, 1, "model_a", reveal=True)
    await site.services.boards.refresh()
