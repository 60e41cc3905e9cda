"""What is asked of a side, and when: pure rules, a seed in and times out."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal["steady", "burst", "full"]
CHUNKS_PER_S = 50


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: `streams` in the mean (all at once in a burst), answers of `length` chunks.

    A steady point begins with streams at every age, so that it is steady when the ramp is over;
    what happens in the `window` after it counts.
    """

    kind: Kind
    streams: int
    length: int
    ramp_s: float
    window_s: float
    seed: int

    @property
    def model(self) -> str:
        return "full" if self.kind == "full" else "paced"

    @property
    def most(self) -> int:
        """Streams held at once; who comes later is turned away: the side does not keep up."""
        return 2 * self.streams + 4


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    at: float
    length: int


def arrivals(point: Point) -> list[Arrival]:
    """When each stream is asked for, in seconds from the start, in order."""
    if point.kind == "burst":
        return [Arrival(0.0, point.length)] * point.streams
    rng = Random(point.seed)
    begun = [
        Arrival(rng.uniform(0, point.ramp_s), rng.randint(2, point.length))
        for _ in range(point.streams)
    ]
    return sorted(begun + newcomers(point, rng))


def newcomers(point: Point, rng: Random) -> list[Arrival]:
    """A Poisson process with as many arrivals as keep the mean number of streams."""
    rate = point.streams * CHUNKS_PER_S / point.length
    found: list[Arrival] = []
    at = rng.expovariate(rate)
    while at < point.ramp_s + point.window_s:
        found.append(Arrival(at, point.length))
        at += rng.expovariate(rate)
    return found
