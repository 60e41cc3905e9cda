"""What a model's quota still allows: streams and tokens a minute, tokens a day."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
)
from limits.storage import storage_from_string

from serving.errors import Busy, SpentForToday
from serving.ledger import Ledger
from serving.target import Target

log = logging.getLogger(__name__)

IN_MEMORY = "async+memory://"


class Quotas:
    """Lets a stream begin or says when to come back; tokens are counted when it has ended.

    Minutes are counted in `storage`, an address of the `limits` library: in memory, for this
    process alone, or in a Redis that several share. Streams are counted in a moving minute, tokens
    in minutes one after the other, as nobody knows beforehand how many an answer will have.
    """

    def __init__(self, ledger: Ledger, storage: str = IN_MEMORY) -> None:
        self._ledger = ledger
        found = storage_from_string(storage)
        if not isinstance(found, Storage):
            raise ValueError(f"{storage!r} is no address for asynchronous use: async+memory://")
        self._streams = MovingWindowRateLimiter(found)
        self._tokens = FixedWindowRateLimiter(found)
        self._spending: set[asyncio.Task[bool]] = set()

    async def admit(self, target: Target) -> None:
        """Count one stream of the model.

        Raises:
            Busy: one too many this minute. SpentForToday: the day's tokens are spent.
        """
        quota, who = target.quota, str(target.model_id)
        if self._ledger.exhausted(target):
            raise SpentForToday(f"{target.name}: the day's tokens are spent", until_midnight())
        if quota.tokens_per_minute is not None:
            most = RateLimitItemPerMinute(quota.tokens_per_minute)
            if not await self._tokens.test(most, "tokens", who):
                wait = await left_s(self._tokens, most, "tokens", who)
                raise Busy(f"{target.name}: {quota.tokens_per_minute} tokens a minute", wait)
        if quota.requests_per_minute is not None:
            most = RateLimitItemPerMinute(quota.requests_per_minute)
            if not await self._streams.hit(most, "streams", who):
                wait = await left_s(self._streams, most, "streams", who)
                raise Busy(f"{target.name}: {quota.requests_per_minute} streams a minute", wait)

    def spend(self, target: Target, tokens: int) -> None:
        """Count the tokens of a stream that ended, or broke off; waits for nothing."""
        if target.quota.tokens_per_minute is None or tokens <= 0:
            return
        item = RateLimitItemPerMinute(target.quota.tokens_per_minute)
        hit = self._tokens.hit(item, "tokens", str(target.model_id), cost=tokens)
        task = asyncio.create_task(hit, name=f"tokens of model {target.model_id}")
        self._spending.add(task)
        task.add_done_callback(self._spent)

    def _spent(self, task: "asyncio.Task[bool]") -> None:
        self._spending.discard(task)
        if not task.cancelled() and task.exception():
            log.error("%s could not be counted", task.get_name(), exc_info=task.exception())

    async def settled(self) -> None:
        """Wait until all is counted."""
        await asyncio.gather(*self._spending, return_exceptions=True)


async def left_s(limiter: RateLimiter, item: RateLimitItem, *who: str) -> float:
    window = await limiter.get_window_stats(item, *who)
    return max(1.0, window.reset_time - time.time())


def until_midnight() -> float:
    """Seconds until the next day begins, in UTC."""
    moment = datetime.now(UTC)
    midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - moment).total_seconds()
