"""Who meets whom: how many votes active sampling saves, and that ratings stay unbiased under it.

    python -m benchmarks.sampling [--quick]

Simulated votes only. Writes its tables between the marks in docs/ranking.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from arena.matchmaking import RULES, Bounds, Chances, Record, even, weighed
from benchmarks.worlds import Floats, Tally, half_ties, outcomes, strengths
from ranking.bradley_terry import fit
from ranking.covariance import errors
from ranking.intervals import centre
from ranking.pairs import Pairs

PAGE = Path(__file__).resolve().parent.parent / "docs/ranking.md"
MARKS = "<!-- benchmarks.sampling -->", "<!-- end of benchmarks.sampling -->"
POINTS = 400 / np.log(10)
Z = 1.959963984540054
SAID = half_ties(0.3)
STEPS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
RECALLED = 100  # votes, or two a contestant, between two looks at the tallies
NEWCOMER_POINTS = 30.0  # the half width a newcomer is to reach


@dataclass(frozen=True)
class World:
    """So many contestants, so unequal; `votes` in all.."""

    models: int
    spread: float  # of the strengths, in logits; 1 is 174 points
    votes: int
    misfit: float = 0.0  # of every pair's own part of the difference: no strengths explain it


def main(arguments: Sequence[str] = ()) -> int:
    """Simulate, print, write the tables."""
    quick = "--quick" in arguments
    began = perf_counter()
    text = "\n\n".join(report(quick))
    print(text)
    if not quick:
        page = PAGE.read_text()
        before, _, rest = page.partition(MARKS[0])
        PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")
    print(f"{perf_counter() - began:.0f} s")
    return 0


def report(quick: bool) -> Iterator[str]:
    """The three tables."""
    rounds, bias_rounds = (1, 4) if quick else (10, 400)
    sizes = ((20, 4_000),) if quick else ((20, 20_000), (100, 100_000))
    worlds = [World(size, spread, votes) for size, votes in sizes for spread in (0.0, 1.0, 2.0)]
    yield table(
        "contestants | strengths (sd) | uniform: mean, worst | active: mean, worst | votes saved |"
        " informative: mean, worst | votes saved",
        (saving(world, rounds) for world in worlds),
    )
    yield table(
        f"contestants | strengths (sd) | uniform: battles until a newcomer is known"
        f" to ±{NEWCOMER_POINTS:.0f} | active | informative | its part of the battles:"
        " uniform, active, informative",
        (entering(world, rounds) for world in worlds if world.spread == 1.0),
    )
    bent = [World(20, 0.0, 4_000), World(20, 1.0, 4_000), World(20, 1.0, 4_000, misfit=0.7)]
    yield table(
        "strengths (sd) | each pair's own part (sd) | plain, uniform | plain, active |"
        " inverse propensity, active | plain, informative | inverse propensity, informative |"
        " what chance alone leaves",
        (bias(world, bias_rounds) for world in bent),
    )


def table(head: str, rows: Iterator[tuple[str, ...]]) -> str:
    """Markdown."""
    lines = [f"| {head} |", "|" + "---|" * (head.count("|") + 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def chances(policy: str, tally: Tally, newcomers: int = 0) -> Chances:
    """Of the policy as an arena would have it after these votes; every model its own provider."""
    live = range(tally.size)
    if policy == "uniform":
        return even(live)
    wins, ties = np.zeros((2, tally.size, tally.size))
    wins[tally.first, tally.second], wins[tally.second, tally.first] = tally.count[:2]
    ties[tally.first, tally.second] = ties[tally.second, tally.first] = tally.count[2]
    codes = np.arange(tally.size)
    return weighed(live, Record(codes, codes, wins, ties), Bounds(newcomers), policy)


class Run:
    """One arena: battles drawn by a policy and voted on in a world."""

    def __init__(self, world: World, policy: str, rng: np.random.Generator) -> None:
        self.tally = Tally.empty(world.models)
        self.policy, self.rng = policy, rng
        self.truth = strengths(world.models, world.spread, rng) if world.spread else None
        at = np.zeros(world.models) if self.truth is None else self.truth
        self.d = at[self.tally.first] - at[self.tally.second]
        self.d = self.d + world.misfit * rng.normal(size=len(self.d))

    def vote(self, votes: int, newcomers: int = 0) -> None:
        """So many battles, the tallies looked at now and then."""
        recalled = max(RECALLED, 2 * self.tally.size)
        for done in range(0, votes, recalled):
            drawn = chances(self.policy, self.tally, newcomers).probability
            count = self.rng.multinomial(min(recalled, votes - done), drawn)
            self.tally.add(outcomes(count, SAID(self.d), self.rng), drawn)

    def widths(self) -> Floats:
        """Half widths of the 95 % intervals, in points."""
        pairs = self.tally.pairs()
        known = errors(pairs, fit(pairs), np.ones(pairs.size, bool))
        half: Floats = Z * POINTS * np.sqrt(known.single)
        return half


def saving(world: World, rounds: int) -> tuple[str, ...]:
    """How many votes a policy needs for the widths, mean and worst, that uniform ends with."""
    goal = curve(world, "uniform", (1.0,), rounds)[-1]
    row = [f"{world.models}", f"{world.spread:g}", f"±{goal[0]:.1f}, ±{goal[1]:.1f}"]
    for policy in RULES:
        widths = curve(world, policy, STEPS, rounds)
        needed = [
            np.exp(np.interp(-np.log(goal[k]), -np.log(widths[:, k]), np.log(STEPS)))
            for k in (0, 1)
        ]
        at_end = widths[STEPS.index(1.0)]
        row.append(f"±{at_end[0]:.1f}, ±{at_end[1]:.1f}")
        row.append(", ".join(f"{100 * (1 - part):.0f} %" for part in needed))
    return tuple(row)


def curve(world: World, policy: str, steps: Sequence[float], rounds: int) -> Floats:
    """Mean and largest half width when these parts of the votes are in: steps x 2."""
    found = np.empty((rounds, len(steps), 2))
    for number in range(rounds):
        run, done = Run(world, policy, np.random.default_rng([number, world.models])), 0
        for place, part in enumerate(steps):
            run.vote(round(part * world.votes) - done)
            done = round(part * world.votes)
            width = run.widths()
            found[number, place] = width.mean(), width.max()
    means: Floats = found.mean(axis=0)
    return means


def entering(world: World, rounds: int) -> tuple[str, ...]:
    """Battles until the interval of one who enters a settled arena is narrow; its part of them."""
    policies = ("uniform", *RULES)
    found = {
        policy: np.mean([entrance(world, policy, number) for number in range(rounds)], axis=0)
        for policy in policies
    }
    battles = [f"{found[policy][0]:,.0f}" for policy in policies]
    parts = [f"{100 * found[policy][1]:.0f} %" for policy in policies]
    return f"{world.models}", f"{world.spread:g}", *battles, ", ".join(parts)


def entrance(world: World, policy: str, number: int) -> tuple[float, float]:
    """Battles after which the newcomer is known, and in which part of them it was."""
    run = Run(world, policy, np.random.default_rng([number, world.models, 1]))
    newest = world.models - 1
    its = (run.tally.first == newest) | (run.tally.second == newest)
    count = run.rng.multinomial(world.votes, ~its / (~its).sum())
    run.tally.add(outcomes(count, SAID(run.d), run.rng), np.ones(len(count)))
    battles, step = 0, max(world.votes // 200, RECALLED)
    while battles == 0 or run.widths()[newest] > NEWCOMER_POINTS:
        run.vote(step, newcomers=Bounds().new_votes)
        battles += step
    return battles, float(run.tally.count[:, its].sum() / battles)


def bias(world: World, rounds: int) -> tuple[str, ...]:
    """Root mean square, over the models, of the mean error of a rating, in points."""
    ways = [("uniform", False), *((rule, way) for rule in RULES for way in (False, True))]
    off: dict[tuple[str, bool], list[Floats]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in ways:
            run = Run(world, way[0], np.random.default_rng([7, world.models]))
            run.rng = np.random.default_rng([number, 2])
            run.vote(world.votes)
            off[way].append(rating(run.tally.pairs(way[1])) - rating(expected(run)))
    biases = [np.mean(off[way], axis=0) for way in ways]
    error = max(float(np.std(off[way], axis=0).mean()) for way in ways) / np.sqrt(rounds)
    return (
        f"{world.spread:g}",
        f"{world.misfit:g}",
        *(f"{np.sqrt(np.mean(found**2)):.2f}" for found in biases),
        f"{error:.2f}",
    )


def rating(pairs: Pairs) -> Floats:
    """Points about the mean."""
    fitted = fit(pairs)
    listed = np.ones(pairs.size, bool)
    points: Floats = POINTS * centre(fitted.strengths, fitted.structure.group, listed)
    return points


def expected(run: Run) -> Pairs:
    """What endless votes would say with every pair drawn as often: the target of the ratings."""
    endless = Tally.empty(run.tally.size)
    endless.add(1e6 * SAID(run.d), np.ones(len(run.d)))
    return endless.pairs()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
