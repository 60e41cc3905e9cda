"""What was looked up a moment ago, so that a hundred calls in a second ask the database once."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 1_000


class Recall(Generic[K, V]):
    """Answers by key, each for `seconds`; what is refused is asked for anew every time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: dict[K, tuple[float, V]] = {}

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """The answer known, or the one `ask` gives; whatever that raises is raised."""
        due, value = self._known.get(key, (0.0, None))
        if value is not None and self._clock() < due:
            return value
        fresh = await ask()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (self._clock() + self._seconds, fresh)
        return fresh
