"""A real Chromium that writes down everything a page should not do."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "NO BROWSER: chromium was not found, so no page was walked (apt-get install chromium)"
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`violation of ${event.violatedDirective} by ${event.blockedURI}`));
"""


def chromium() -> str:
    """Where the browser is; without one the test is skipped, or fails where it was promised."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if found:
        return found
    if os.environ.get("ARENA_REQUIRE_BROWSER") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@dataclass
class Visit:
    """One visitor's page, and what it did that it should not have done."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    async def begin(self, publication: bool = True) -> None:
        """Open the site and consent."""
        await self.page.goto(self.url)
        await self.page.get_by_label("I have read this").check()
        if publication:
            await self.page.get_by_label("may be published").check()
        await self.page.get_by_role("button", name="Begin").click()
        await self.page.get_by_label("Your prompt").wait_for()

    async def ask(self, prompt: str) -> None:
        """Send a prompt."""
        await self.page.get_by_label("Your prompt").fill(prompt)
        await self.page.keyboard.press("Enter")

    async def until_said(self, words: str) -> None:
        """Wait until the status line says so."""
        await self.page.locator(".battle .status", has_text=words).wait_for(timeout=15_000)

    async def answer(self, side: str, turn: int = 1) -> str:
        """What a side's card shows as its answer."""
        return await self.page.locator(f"#answer-{turn}-{side} .text").inner_text()

    async def is_too_wide(self) -> bool:
        """Does the page have a horizontal scroll bar?"""
        wide: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def watch(self) -> None:
        """Note errors, violations of the policy, and requests to anyone else."""
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._requested)
        self.page.on("console", self._written)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.faults.append(f"asked another host: {request.url}")

    def _written(self, message: Any) -> None:
        if "violation" in message.text or "Content Security Policy" in message.text:
            self.faults.append(message.text)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser to visit with."""
    path = chromium()
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()


@asynccontextmanager
async def visit(running: Browser, url: str, width: int = 1440) -> AsyncIterator[Visit]:
    """A visitor's first page; at its end the page must have done nothing it should not."""
    context = await running.new_context(viewport={"width": width, "height": 844})
    await context.add_init_script(REPORT_VIOLATIONS)
    visiting = Visit(await context.new_page(), url)
    visiting.watch()
    try:
        yield visiting
    finally:
        await context.close()
    assert visiting.faults == []
