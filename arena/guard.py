"""The one place that looks at what a visitor sends: its form, its length, how often it comes."""

import math
import time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from arena.errors import OverLimit, Unacceptable
from arena.settings import Settings


def checked_text(text: str, longest: int, what: str = "the prompt") -> str:
    """The text, stripped, once it can be stored and sent on.

    Raises:
        Unacceptable: it is empty, too long, or holds what is not text.
    """
    text = text.strip()
    if not text:
        raise Unacceptable(f"{what} is empty; write something first")
    if len(text) > longest:
        raise Unacceptable(f"{what} has {len(text):,} characters; at most {longest:,} are taken")
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Unacceptable(f"{what} holds characters that are not text")
    return text


class Limits:
    """How often one visitor or address may do a thing, counted in this process.

    A minute or an hour begins with the first deed in it. A window that moves would be stricter at
    its border, and costs milliseconds a deed once a thousand visitors are counted.
    """

    def __init__(self, settings: Settings) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._items: dict[str, RateLimitItem] = {
            "turn": RateLimitItemPerMinute(settings.turns_per_minute),
            "consent": RateLimitItemPerHour(settings.consents_per_hour),
        }

    async def hit(self, deed: str, who: str) -> None:
        """Count one `deed` ("turn", "consent") of `who`.

        Raises:
            OverLimit: it was one too many; says when to come back.
        """
        item = self._items[deed]
        if await self._limiter.hit(item, deed, who):
            return
        window = await self._limiter.get_window_stats(item, deed, who)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        raise OverLimit(f"that was a little fast; try again in {wait} s, nothing is lost", wait)
