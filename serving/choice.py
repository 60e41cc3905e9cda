"""Which endpoints of a model to try, in order: a pure rule over what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from serving.breaker import Standing
from serving.target import Route

# With more than so many endpoints two are drawn and the freer is taken.
MANY = 4
USABLE = (Standing.READY, Standing.BEHIND)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One endpoint at this moment: streams open here, and how its breaker stands, until when."""

    route: Route
    open: int = 0
    standing: Standing = Standing.READY
    until: float = 0.0
    probing: bool = False

    @property
    def size(self) -> int:
        """What the endpoint takes beside the others: its weight, times its capacity if it said."""
        return max(self.route.weight, 1) * (self.route.capacity or 1)

    @property
    def has_room(self) -> bool:
        """Fewer streams are open than it holds; one that did not say always has room."""
        return self.route.capacity is None or self.open < self.route.capacity


def order(candidates: Sequence[Candidate], rng: Random) -> list[Route]:
    """The routes to try, the best first; empty where all must be left alone for now.

    One that is half-open and not being tried comes first: this stream is its probe. Then those that
    are well, then those that failed a moment ago. Where none is left the one that opens first is
    tried, by one stream at a time. One that asked us to wait is never tried.
    """
    well = [found for found in candidates if found.standing in USABLE]
    shut = [
        found
        for found in candidates
        if found.standing in (Standing.HALF_OPEN, Standing.OPEN) and not found.probing
    ]
    probes = [found for found in shut if found.standing is Standing.HALF_OPEN or not well]
    first = min(probes, key=lambda found: found.until, default=None)
    routes = [first.route] if first else []
    for standing in USABLE:
        routes += by_load([found for found in well if found.standing is standing], rng)
    return routes


def by_load(those: Sequence[Candidate], rng: Random) -> list[Route]:
    """The least loaded first, one that is full last; equal ones by lot, in proportion to size."""
    left, ordered = list(those), []
    while left:
        roomy = [found for found in left if found.has_room] or left
        best = roomy[0] if len(roomy) == 1 else freest(roomy, rng)
        left.remove(best)
        ordered.append(best.route)
    return ordered


def freest(those: Sequence[Candidate], rng: Random) -> Candidate:
    """Of all where they are few, else of two that were drawn."""
    lots = {place: rng.random() ** (1 / found.size) for place, found in enumerate(those)}
    drawn = [those[place] for place in sorted(lots, key=lambda place: -lots[place])]
    few = drawn if len(drawn) <= MANY else drawn[:2]
    return min(few, key=lambda found: found.open / found.size)
