"""Which two contestants meet: a pure draw that tells the probability it was made with."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

from arena.errors import NoPairLive

POLICY = "uniform-1"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contestants by code, seated. `probability` is that of the pair, whoever sits where."""

    model_a: int
    model_b: int
    probability: float
    policy: str = POLICY


def pick(live: Sequence[int], rng: Random) -> Pair:
    """Every pair of live contestants alike, a coin for the seats.

    Raises:
        NoPairLive: fewer than two contestants are live.
    """
    pairs = list(combinations(sorted(live), 2))
    if not pairs:
        raise NoPairLive("fewer than two contestants are live at the moment; please come back soon")
    one, other = rng.choice(pairs)
    if rng.random() < 0.5:
        one, other = other, one
    return Pair(one, other, 1 / len(pairs))
