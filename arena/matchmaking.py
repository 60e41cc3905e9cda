"""Which two contestants meet: the chance of every pair, and a draw that tells the chance it had.

`even` gives every pair the same chance; `weighed` prefers the pairs on which another vote is worth
most by a rule of `RULES`, within bounds that hold whatever the votes say (docs/ranking.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from arena.errors import NoPairLive
from arena.informing import narrowing

EVEN: Final = "uniform-1"

EXPLORED: Final = 0.2  # of the battles are drawn evenly: no pair's chance is under a fifth of even
NEW_TIMES: Final = 4.0  # of a newcomer's even share go to the part that is kept for newcomers
MOST_NEW: Final = 0.5  # of what is not drawn evenly is the most that is kept for newcomers
MOST_TIMES: Final = 5.0  # its even share is the most a contestant is drawn
SMALL_TIMES: Final = 2.0  # its even share is the most a small provider gets from a large one's cap
FEW_TIMES: Final = 2.0  # the share of one among all providers is the least a cap can be
ROUNDS: Final = 200
CLOSE: Final = 1e-4  # a cap is kept to this part of itself

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contestants by code, seated. `probability` is that of the pair, whoever sits where."""

    model_a: int
    model_b: int
    probability: float
    policy: str


@dataclass(frozen=True, eq=False)
class Chances:
    """The chance of every pair of contestants, the lower code first; they add up to 1."""

    policy: str
    first: Ints
    second: Ints
    probability: Floats

    @cached_property
    def _upto(self) -> Floats:
        upto: Floats = np.cumsum(self.probability)
        upto /= upto[-1]
        return upto

    def draw(self, rng: Random) -> Pair:
        """One pair, with a coin for the seats."""
        at = int(self._upto.searchsorted(rng.random(), side="right"))
        one, other = int(self.first[at]), int(self.second[at])
        if rng.random() < 0.5:
            one, other = other, one
        return Pair(one, other, float(self.probability[at]), self.policy)


@dataclass(frozen=True, eq=False)
class Record:
    """What is known of the contestants of these ascending codes: their votes, and whose they are.

    `wins[i, j]` counts votes for i over j, `ties` (symmetric) those for neither; of contestants
    with the same `provider` the draws are counted together.
    """

    codes: Ints
    provider: Ints
    wins: Floats
    ties: Floats

    def of(self, live: Ints) -> "Record":
        """For these codes; one that is not known has no votes and a provider of its own."""
        at = np.searchsorted(self.codes, live)
        known = np.isin(live, self.codes)
        if known.all():
            return Record(live, self.provider[at], *(m[np.ix_(at, at)] for m in self._counts))
        size = len(live)
        grown = (np.zeros((size, size)), np.zeros((size, size)))
        for new, old in zip(grown, self._counts, strict=True):
            new[np.ix_(known, known)] = old[np.ix_(at[known], at[known])]
        provider = -1 - np.arange(size)
        provider[known] = self.provider[at[known]]
        return Record(live, provider, *grown)

    @property
    def _counts(self) -> tuple[Floats, Floats]:
        return self.wins, self.ties

    @cached_property
    def votes(self) -> Floats:
        """Votes of each two."""
        votes: Floats = self.wins + self.wins.T + self.ties
        return votes


def gain(known: Record) -> Floats:
    """By how much one more vote narrows each pair's mean score (arXiv 2403.04132).

    sqrt(S / n) - sqrt(S / (n + 1)), S the variance of the pair's outcome (1, 1/2 or 0). One
    imagined vote, half won and half lost, stands for what nobody knows of a pair yet.
    """
    n = known.votes + 1
    mean = (known.wins + known.ties / 2 + 0.5) / n
    spread = np.sqrt((known.wins + known.ties / 4 + 0.5) / n - mean**2)
    now, then = np.sqrt(n), np.sqrt(n + 1)
    worth: Floats = spread / (now * then * (now + then))
    np.fill_diagonal(worth, 0.0)
    return worth


RULES: Final[Mapping[str, Callable[[Record], Floats]]] = {
    "active": gain,
    "informative": lambda known: narrowing(known.wins, known.ties),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """An operator's: who counts as new, and a provider's largest share of the seats."""

    new_votes: int = 300
    provider_share: float = 0.25


NOBODY: Final = Record(
    np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 0)), np.zeros((0, 0))
)


def even(live: Sequence[int]) -> Chances:
    """Every pair alike.

    Raises:
        NoPairLive: fewer than two contestants are live.
    """
    codes, first, second = _pairs(live)
    return Chances(EVEN, codes[first], codes[second], np.full(len(first), 1 / len(first)))


def weighed(live: Sequence[int], known: Record, bounds: Bounds, rule: str = "active") -> Chances:
    """A fifth evenly, newcomers their part, the rest by what another vote is worth, all capped.

    Raises:
        NoPairLive: fewer than two contestants are live.
    """
    codes, first, second = _pairs(live)
    record = known.of(codes)
    worth = RULES[rule](record)
    wanted = worth / worth.sum()
    new = record.votes.sum(axis=1) < bounds.new_votes
    if new.any():
        kept = min(MOST_NEW, NEW_TIMES * float(new.mean()))
        wanted = (1 - kept) * wanted + kept * _newcomers(new)
    wanted = _capped(wanted, record.provider, bounds.provider_share)
    chance = EXPLORED / len(first) + (1 - EXPLORED) * 2 * wanted[first, second]
    return Chances(f"{rule}-1", codes[first], codes[second], chance / chance.sum())


def _pairs(live: Sequence[int]) -> tuple[Ints, Ints, Ints]:
    codes = np.unique(np.asarray(live, dtype=np.int64))
    if len(codes) < 2:
        raise NoPairLive("fewer than two contestants are live at the moment; please come back soon")
    return codes, *np.triu_indices(len(codes), 1)


def _newcomers(new: NDArray[np.bool_]) -> Floats:
    """A newcomer and anyone else, each alike; the matrix adds up to 1."""
    chance = np.add.outer(new, new, dtype=np.float64)
    np.fill_diagonal(chance, 0.0)
    shared: Floats = chance / chance.sum()
    return shared


def _capped(wanted: Floats, provider: Ints, provider_share: float) -> Floats:
    """The chances closest in ratios to the wanted ones that keep to every contestant's and
    provider's cap, counting what is drawn evenly.

    Rows and columns are scaled by a factor for each contestant and one for its provider, found by
    turns (iterative proportional fitting); a cap that nothing can keep is kept as nearly as can be.
    """
    size = len(wanted)
    _, group, held = np.unique(provider, return_inverse=True, return_counts=True)
    caps = np.full(size, MOST_TIMES / size), provider_caps(held, provider_share)
    shares = np.full(size, 1 / size), held / size
    room = [
        np.maximum((cap - EXPLORED * share) / (1 - EXPLORED), CLOSE)
        for cap, share in zip(caps, shares, strict=True)
    ]
    own, whole = np.ones(size), np.ones(len(held))
    for _ in range(ROUNDS):
        factor = own * whole[group]
        seats = factor * (wanted @ factor)
        seats /= seats.sum()
        of_provider = np.bincount(group, seats, len(held))
        over = [np.sqrt(room[0] / seats), np.sqrt(room[1] / of_provider)]
        before = own, whole
        own, whole = np.minimum(own * over[0], 1.0), np.minimum(whole * over[1], 1.0)
        if _near(before[0], own) and _near(before[1], whole):
            break
    scaled = wanted * np.multiply.outer(own * whole[group], own * whole[group])
    kept: Floats = scaled / scaled.sum()
    return kept


def provider_caps(held: Ints, share: float) -> Floats:
    """The most of the seats for providers with so many contestants.

    Never under twice what each would have if all had alike. Where the others could only fill the
    rest with more than twice their even share, or with a lone contestant in every battle, the cap
    of all is raised until they need not.
    """
    most = np.where(held > 1, 1.0, 0.5)
    able = np.sort(np.minimum(SMALL_TIMES * held / held.sum(), most))
    below = np.concatenate([[0.0], np.cumsum(able)[:-1]])
    left = len(able) - np.arange(len(able))
    # Those before `able[i]` give all they can, the `left` others the cap: it must reach 1.
    reached = (1 - below) / left
    needed = float(reached[np.argmax(reached <= able)]) if (reached <= able).any() else 1.0
    return np.full(len(held), min(1.0, max(share, FEW_TIMES / len(held), needed)))


def _near(before: Floats, after: Floats) -> bool:
    return bool(np.allclose(before, after, rtol=CLOSE / 10, atol=0.0))
