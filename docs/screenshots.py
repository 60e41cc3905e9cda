"""Walks a running arena with a real browser and keeps what it looks like in docs/screenshots.

    python docs/screenshots.py --url http://127.0.0.1:7860

It has a few battles of its own and votes in them, so use an arena whose votes do not matter.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu"]
DESKTOP, PHONE = (1440, 900), (390, 844)
MOMENT_MS = 400
ANSWER_MS = 120_000


class Walk:
    """One visitor at one size in one scheme, who keeps pictures."""

    def __init__(self, page: Page, url: str, name: str) -> None:
        self.page = page
        self.url = url
        self.name = name

    def keep(self, what: str) -> None:
        """Keep the window as it stands, once it has settled."""
        self.page.wait_for_timeout(MOMENT_MS)
        self.page.screenshot(path=FOLDER / f"{what}-{self.name}.png")

    def consent(self, keep: bool) -> None:
        """Come in; the promise is kept as a picture where asked."""
        self.page.goto(self.url)
        self.page.get_by_label("I have read this").check()
        if keep:
            self.keep("consent")
        self.page.get_by_role("button", name="Begin").click()
        self.page.get_by_label("Your prompt").wait_for()

    def ask(self, prompt: str) -> None:
        """Send a prompt and wait until one side has begun to write."""
        self.page.get_by_label("Your prompt").fill(prompt)
        self.page.keyboard.press("Enter")
        self.page.locator(
            ".turn:last-child .text :not(.skeleton, .skeleton *):not(:empty)"
        ).first.wait_for(timeout=ANSWER_MS)

    def choose(self, choice: str) -> None:
        """Wait for both answers and choose, without sending the vote yet."""
        self.page.get_by_role("button", name=choice).click(timeout=ANSWER_MS)

    def reveal(self) -> None:
        """Send the vote and wait for the names."""
        self.page.get_by_role("button", name="Vote and reveal").click()
        self.page.locator(".answer .name strong").first.wait_for(state="attached")

    def board(self) -> None:
        """Keep the leaderboard."""
        self.page.goto(f"{self.url}/?view=leaderboard")
        self.page.locator(".board .row, .board .nothing-yet").first.wait_for()
        self.keep("board")


def desktop(walk: Walk, prompt: str) -> None:
    """A whole battle by daylight."""
    walk.consent(keep=True)
    walk.keep("empty")
    walk.ask(prompt)
    walk.choose("A is better")
    walk.keep("vote")
    walk.reveal()
    walk.board()


def night(walk: Walk, prompt: str) -> None:
    """The reveal and the board in the dark."""
    walk.consent(keep=False)
    walk.ask(prompt)
    walk.choose("B is better")
    walk.reveal()
    walk.keep("reveal")
    walk.board()


def phone(walk: Walk, prompt: str) -> None:
    """Two cards, the vote and the board on a phone."""
    walk.consent(keep=False)
    walk.ask(prompt)
    walk.choose("A is better")
    walk.keep("vote")
    walk.reveal()
    walk.keep("reveal")
    walk.board()


@contextmanager
def visiting(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Iterator[Walk]:
    """A new visitor's window."""
    width, height = size
    dark: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=dark, reduced_motion="reduce"
    )
    yield Walk(context.new_page(), url, f"{width}-{dark}")
    context.close()


def main() -> None:
    """Read the command line and take every picture."""
    parser = argparse.ArgumentParser(description="Pictures of a running arena.")
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--prompt", default="Name three strange beasts.")
    given = parser.parse_args()
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for size, scheme, walked in (
            (DESKTOP, "light", desktop),
            (DESKTOP, "dark", night),
            (PHONE, "light", phone),
        ):
            with visiting(browser, given.url, size, scheme) as walk:
                walked(walk, given.prompt)
        browser.close()


if __name__ == "__main__":
    main()
