"""How often one key may ask at the OpenAI-compatible door: so many requests a minute.

Minutes follow one another, each from a key's first request in it on: a counter costs a request
microseconds, where `limits` cleans a moving minute in memory with a thread for every key and hit.
"""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from serving.openai_errors import LIMIT, ApiError
from serving.quota import left_s

DEED = "door"


class Pace:
    """Counts every key's requests in this process; `per_minute` of 0 is no limit."""

    def __init__(self, per_minute: int = 0) -> None:
        self._most = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def hit(self, key: str) -> None:
        """Count one request of the key that begins so; raises ApiError 429 for one too many."""
        if self._most is None or await self._limiter.hit(self._most, DEED, key):
            return
        wait = await left_s(self._limiter, self._most, DEED, key)
        why = f"This key may ask {self._most.amount} times a minute; try again in {wait:.0f} s."
        raise ApiError(429, why, LIMIT, code="rate_limit_exceeded", retry_after=wait)
