"""What a model's quota still allows: streams and tokens a minute, tokens a day."""

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    RateLimiter,
)
from limits.errors import StorageError
from limits.storage import storage_from_string

from serving.errors import Busy, SpentForToday
from serving.ledger import Ledger
from serving.target import Target

log = logging.getLogger(__name__)

IN_MEMORY = "async+memory://"
# A storage that takes longer is taken for one that is down.
STORAGE_S = 1.0
DOWN = (StorageError, TimeoutError)


class Quotas:
    """Lets a stream begin or says when to come back; tokens are counted when it has ended.

    Minutes are counted in `storage`, an address of the `limits` library: in memory, for this
    process alone, or in a Redis that several share. Streams are counted in a moving minute, tokens
    in minutes one after the other, as nobody knows beforehand how many an answer will have. While
    the storage is down no minute is counted, and streams go on.
    """

    def __init__(self, ledger: Ledger, storage: str = IN_MEMORY) -> None:
        self._ledger = ledger
        found = storage_from_string(storage, implementation="redispy", wrap_exceptions=True)
        if not isinstance(found, Storage):
            raise ValueError(f"{storage!r} is no address for asynchronous use: async+memory://")
        self._storage = found
        self._streams = MovingWindowRateLimiter(found)
        self._tokens = FixedWindowRateLimiter(found)
        self._spending: set[asyncio.Task[bool]] = set()

    async def admit(self, target: Target) -> None:
        """Count one stream of the model.

        Raises:
            Busy: one too many this minute. SpentForToday: the day's tokens are spent.
        """
        if self._ledger.exhausted(target):
            raise SpentForToday(f"{target.name}: the day's tokens are spent", until_midnight())
        try:
            async with asyncio.timeout(STORAGE_S):
                await self._admit_this_minute(target)
        except DOWN:
            log.exception("minutes are not counted: their storage does not answer")

    async def _admit_this_minute(self, target: Target) -> None:
        quota, who = target.quota, str(target.model_id)
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
        counted = self._tokens.hit(item, "tokens", str(target.model_id), cost=tokens)
        hit = asyncio.wait_for(counted, STORAGE_S)
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

    async def close(self) -> None:
        """Count what is left, and let go of the Redis; `limits` itself closes nothing."""
        await self.settled()
        bridge = getattr(self._storage, "bridge", None)
        if isinstance(bridge, RedispyBridge):
            await cast(Any, bridge.get_connection()).aclose()


async def left_s(limiter: RateLimiter, item: RateLimitItem, *who: str) -> float:
    window = await limiter.get_window_stats(item, *who)
    return max(1.0, window.reset_time - time.time())


def until_midnight() -> float:
    """Seconds until the next day begins, in UTC."""
    moment = datetime.now(UTC)
    midnight = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - moment).total_seconds()
