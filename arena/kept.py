"""What takes long to find, found by one at a time and kept for as long as it is worth."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

# So many times as long as it took to find: finding takes no more than a tenth of the time.
TIMES = 9.0


class Kept(Generic[V]):
    """One thing; whoever comes while it is found again is given what was found before."""

    def __init__(
        self, find: Callable[[], Awaitable[V]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._find = find
        self._clock = clock
        self._known: V | None = None
        self._until = 0.0
        self._of: Hashable = None
        self._one_at_a_time = asyncio.Lock()

    async def get(self, of: Hashable = None) -> V:
        """What is known, or what is found now; whatever `find` raises is raised.

        What was known of another state (`of`) than the one now is not given.
        """
        known, same = self._known, of == self._of
        if known is not None and same and (self._fresh() or self._one_at_a_time.locked()):
            return known
        async with self._one_at_a_time:
            if self._known is None or of != self._of or not self._fresh():
                began = self._clock()
                self._known = await self._find()
                self._of, self._until = of, self._clock() + TIMES * (self._clock() - began)
            return self._known

    def _fresh(self) -> bool:
        return self._clock() < self._until
