"""The endpoints as this process knows them: streams open at each, and their breakers."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from serving.breaker import Breaker, Standing
from serving.choice import Candidate, order
from serving.errors import GatewayError, UpstreamRefused
from serving.target import Key, Route, Target

MAY_ASK_TO_WAIT = frozenset({429, 503})
# An endpoint that is being tried by another stream: come back in a moment.
TRIED_S = 1.0

Changed = Callable[[Route, int, float | None], None]


@dataclass(slots=True)
class Place:
    """One endpoint's streams and breaker."""

    open: int = 0
    breaker: Breaker = field(default_factory=Breaker)


class Endpoints:
    """Orders a model's routes and watches what becomes of each stream.

    `changed` is told of every trip, wait and recovery, with the failures in a row and the moment
    until which the endpoint is left alone; it must not wait.
    """

    def __init__(
        self, rng: Random, changed: Changed | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._rng = rng
        self._changed = changed or (lambda route, failures, until: None)
        self._clock = clock
        self._places: dict[Key, Place] = {}

    def order(self, routes: Sequence[Route]) -> list[Route]:
        """The routes to try now, the best first."""
        now = self._clock()
        return order([self._candidate(route, now) for route in routes], self._rng)

    def wait_s(self, routes: Sequence[Route]) -> float:
        """Seconds until the first of these may be tried again."""
        now = self._clock()
        found = [self._candidate(route, now) for route in routes]
        waits = [TRIED_S if one.probing else one.until - now for one in found]
        return max(TRIED_S, min(waits, default=TRIED_S))

    def any_ready(self, target: Target) -> bool:
        """Is there an endpoint that is neither open nor asked us to wait?"""
        now = self._clock()
        shut = (Standing.OPEN, Standing.WAITING)
        return any(self._candidate(route, now).standing not in shut for route in target.routes)

    def standings(self) -> Counter[Standing]:
        """How many endpoints this process has used stand how."""
        now = self._clock()
        return Counter(place.breaker.standing(now) for place in self._places.values())

    @contextmanager
    def watched(self, route: Route) -> Iterator[Callable[[], None]]:
        """Around one stream, from the dial to its end: it is open there, and what it ends with.

        Gives what is to be called at the first sign of life. Leaving without an exception is a
        whole answer; a cancelled one says nothing of the endpoint's health.
        """
        place, began = self._place(route), self._clock()
        breaker, spoke_since = place.breaker, None
        probe = breaker.standing(began) in (Standing.HALF_OPEN, Standing.OPEN)
        breaker.probing = breaker.probing or probe
        place.open += 1

        def alive() -> None:
            nonlocal spoke_since
            spoke_since = began
            self._alive(route, breaker)

        try:
            yield alive
            breaker.whole()
        except GatewayError as error:
            self._failed(route, breaker, error, spoke_since)
            raise
        finally:
            place.open -= 1
            breaker.probing = breaker.probing and not probe

    def _alive(self, route: Route, breaker: Breaker) -> None:
        if breaker.alive():
            breaker.probing = False
            waits = breaker.standing(self._clock()) is Standing.WAITING
            self._changed(route, 0, breaker.wait_until if waits else None)

    def _failed(
        self, route: Route, breaker: Breaker, error: GatewayError, spoke_since: float | None
    ) -> None:
        """Only the contestant's faults count; a 429 is none, and its wish to be left alone holds.

        A 429 that does not say for how long puts the endpoint behind the others.
        """
        if error.fault != "contestant":
            return
        now = self._clock()
        status = error.status if isinstance(error, UpstreamRefused) else None
        wait = error.retry_after if isinstance(error, UpstreamRefused) else None
        news = False
        if status == 429:
            breaker.stand_behind(now)
        else:
            news = breaker.failed(now, self._rng.uniform(0.8, 1.0), spoke_since)
        if status in MAY_ASK_TO_WAIT and wait:
            news = breaker.asked_to_wait(now, wait)
        if news:
            self._changed(route, breaker.failures, breaker.until())

    def _candidate(self, route: Route, now: float) -> Candidate:
        place = self._place(route)
        breaker = place.breaker
        if route.cooling_until is not None:
            breaker.hear(route.failures, route.cooling_until.timestamp())
        standing = breaker.standing(now)
        return Candidate(route, place.open, standing, breaker.until(), breaker.probing)

    def _place(self, route: Route) -> Place:
        return self._places.setdefault(route.key, Place())
