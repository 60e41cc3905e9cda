"""The breaker of one endpoint: closed, open after failures in a row, half-open for one stream.

Times are seconds of the system's clock, which every process on a machine shares, and are passed in.
"""

from dataclasses import dataclass
from enum import IntEnum

# The third failure in a row opens the breaker, for 5 s the first time and then twice as long.
FAILURES = 3
SHORTEST_S = 5.0
LONGEST_S = 300.0
# After one failure the endpoint stands behind the others for so long.
BEHIND_S = 15.0
# The longest an upstream may ask us to stay away (Retry-After).
LONGEST_WAIT_S = 3600.0
# Moments come back from a database rounded.
SAME_S = 0.001


class Standing(IntEnum):
    """How an endpoint stands, from the best to the worst."""

    READY = 0
    BEHIND = 1
    HALF_OPEN = 2
    OPEN = 3
    WAITING = 4


@dataclass(slots=True)
class Breaker:
    """What is known of one endpoint's health; `probing` while a half-open one is being tried.

    `trips` counts the openings since an answer was last whole; `failed_at` is the last failure that
    counted, `known` the latest moment that this process gave to the others or took from them.
    """

    failures: int = 0
    trips: int = 0
    failed_at: float = 0.0
    behind_until: float = 0.0
    open_until: float = 0.0
    wait_until: float = 0.0
    probing: bool = False
    known: float = 0.0

    def standing(self, now: float) -> Standing:
        """WAITING: the upstream asked us to; OPEN: it failed; HALF_OPEN: one stream may try it."""
        if now < self.wait_until:
            return Standing.WAITING
        if now < self.open_until:
            return Standing.OPEN
        if self.open_until:
            return Standing.HALF_OPEN
        return Standing.BEHIND if now < self.behind_until else Standing.READY

    def until(self) -> float:
        """When it is back: the later of the two moments, past or not."""
        return max(self.open_until, self.wait_until)

    def failed(self, now: float, jitter: float, spoke_since: float | None = None) -> bool:
        """Count a failure of the endpoint's; True where it opened the breaker.

        `jitter`, up to 1, shortens the time, so that not all processes try again at once. Streams
        that were under way when it opened fail after it, and do not open it further. For a stream
        that broke off after its first token `spoke_since` says when it began: what fell with an
        earlier one is one failure, be it a thousand streams of one replica behind a router.
        """
        self.stand_behind(now)
        if spoke_since is not None and spoke_since < self.failed_at:
            return False
        self.failures, self.failed_at = self.failures + 1, now
        if self.failures < FAILURES or now < self.open_until:
            return False
        self.open_until = round(now + min(LONGEST_S, SHORTEST_S * 2.0**self.trips) * jitter, 3)
        self.trips = min(self.trips + 1, 16)
        self.known = max(self.known, self.open_until)
        return True

    def stand_behind(self, now: float) -> None:
        """Others are tried first for a while."""
        self.behind_until = now + BEHIND_S

    def asked_to_wait(self, now: float, seconds: float) -> bool:
        """Stay away as long as the upstream asked; True, as others should too."""
        self.wait_until = round(now + min(seconds, LONGEST_WAIT_S), 3)
        self.known = max(self.known, self.wait_until)
        return True

    def alive(self) -> bool:
        """A stream showed life: a breaker that was open closes, and one failure opens it again."""
        if not self.open_until:
            return False
        self.open_until = self.behind_until = 0.0
        self.failures = FAILURES - 1
        return True

    def whole(self) -> None:
        """A stream came to its end: the endpoint is as good as new."""
        self.failures = self.trips = 0
        self.behind_until = 0.0

    def hear(self, failures: int, until: float) -> None:
        """What another process has written, if it is news: it opened its breaker, or was told."""
        if until <= self.known + SAME_S:
            return
        self.known = until
        if failures < FAILURES:
            self.wait_until = max(self.wait_until, until)
        else:
            self.open_until = max(self.open_until, until)
            self.failures, self.trips = max(self.failures, failures), max(self.trips, 1)
