"""The worlds of the coverage simulation: who meets whom, what is said, and the truth behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.worlds import (
    Floats,
    Ints,
    Said,
    Tally,
    every_pair,
    half_ties,
    modelled_ties,
    outcomes,
    strengths,
)
from ranking.bradley_terry import fit
from ranking.counts import Cells
from ranking.leaderboard import Leaderboard
from ranking.rating import rate
from ranking.votes import Votes

POINTS = 400 / np.log(10)
SAID: dict[str, Said] = {
    "half": half_ties(0.3),
    "davidson": modelled_ties("davidson", 0.0),
    "rao-kupper": modelled_ties("rao-kupper", 0.5),
}
POPULARITY = 1.3  # standard deviation of the log of a model's popularity where votes are unequal
TASTE = 0.7  # of a voter's own liking for each model, in logits
VOTES_A_VOTER = 10
HEAVY = 1.2  # standard deviation of the log of how much a voter votes
STYLE = np.array([0.5, 0.3])  # what the logit grows by for each covariate


@dataclass(frozen=True)
class World:
    """So many models, votes a model on average (a vote counts for both of its models), boards."""

    name: str
    note: str
    models: int
    votes: int
    boards: int
    unequal: bool = False
    ties: str = "half"
    kind: str = "counts"
    cluster: bool = True
    seed: int = 0


def board_of(world: World, rng: np.random.Generator) -> tuple[Leaderboard, dict[str, float]]:
    """One board of the world, and every model's true rating (any common level)."""
    strength = strengths(world.models, 1.0, rng)
    chance = meetings(world, rng)
    number = world.models * world.votes // 2
    votes, truth, options = KINDS[world.kind](world, strength, chance, number, rng)
    names = names_of(world.models)
    return rate(votes, **options), dict(zip(names, (POINTS * truth).tolist(), strict=True))


def meetings(world: World, rng: np.random.Generator) -> Floats:
    """The chance of each pair: all alike, or by the popularity of its two models."""
    first, second = every_pair(world.models)
    if not world.unequal:
        return np.full(len(first), 1 / len(first))
    liked = np.exp(strengths(world.models, POPULARITY, rng))
    together = liked[first] * liked[second]
    chance: Floats = together / together.sum()
    return chance


def counted(
    world: World, strength: Floats, chance: Floats, number: int, rng: np.random.Generator
) -> tuple[Cells, Floats, dict[str, Any]]:
    """Independent votes, counted."""
    first, second = every_pair(world.models)
    met = rng.multinomial(number, chance)
    said = outcomes(met, SAID[world.ties](strength[first] - strength[second]), rng).ravel()
    held = said > 0
    a, b = np.tile(first, 3)[held], np.tile(second, 3)[held]
    outcome = np.repeat(np.arange(3), len(first))[held].astype(np.int8)
    count = said[held]
    codes = (a.astype(np.int32), b.astype(np.int32), outcome)
    cells = Cells(names_of(world.models), *codes, count.astype(np.int64), count, count)
    return cells, strength, {"ties": world.ties}


def by_voters(
    world: World, strength: Floats, chance: Floats, number: int, rng: np.random.Generator
) -> tuple[Votes, Floats, dict[str, Any]]:
    """Voters with tastes of their own, some of whom vote far more than others."""
    voters = number // VOTES_A_VOTER
    much = np.exp(rng.normal(0, HEAVY, voters))
    voter = rng.choice(voters, number, p=much / much.sum())
    liking = rng.normal(0, TASTE, (voters, world.models))
    a, b = seated(world, chance, number, rng)
    d = strength[a] - strength[b] + liking[voter, a] - liking[voter, b]
    votes = spoken(world, a, b, d, rng)
    votes = replace(votes, voter=voter.astype(np.int32))
    truth = pseudo_true(world, strength, chance)
    return votes, truth, {"cluster": "voter" if world.cluster else "none"}


def pseudo_true(world: World, strength: Floats, chance: Floats) -> Floats:
    """What endless votes of endless voters give: the fit to the mean over tastes of each pair."""
    tally = Tally.empty(world.models)
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    d = strength[tally.first] - strength[tally.second]
    spread = TASTE * np.sqrt(2)
    mean = sum(
        weight * SAID[world.ties](d + spread * node)
        for node, weight in zip(nodes, weights / weights.sum(), strict=True)
    )
    tally.add(1e6 * np.asarray(mean) * chance * len(chance), np.ones(len(chance)))
    return fit(tally.pairs()).strengths


def with_style(
    world: World, strength: Floats, chance: Floats, number: int, rng: np.random.Generator
) -> tuple[Votes, Floats, dict[str, Any]]:
    """Two covariates move the votes; each model has habits of its own in both."""
    habit = rng.normal(0, 0.7, (world.models, len(STYLE)))
    a, b = seated(world, chance, number, rng)
    covariates = habit[a] - habit[b] + rng.normal(0, 1, (number, len(STYLE)))
    votes = spoken(world, a, b, strength[a] - strength[b] + covariates @ STYLE, rng)
    votes = replace(votes, features=("length", "lists"), covariates=covariates)
    return votes, strength, {"style": True}


def seated(
    world: World, chance: Floats, number: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """So many battles' two models, each seat as likely."""
    first, second = every_pair(world.models)
    pair = rng.choice(len(chance), number, p=chance)
    turned = rng.random(number) < 0.5
    one, other = first[pair], second[pair]
    return np.where(turned, other, one), np.where(turned, one, other)


def spoken(world: World, a: Ints, b: Ints, d: Floats, rng: np.random.Generator) -> Votes:
    """What is said of battles whose logits differ by d."""
    chance, luck = SAID[world.ties](d), rng.random(len(d))
    winner = (luck >= chance[0]).astype(np.int8) + (luck >= chance[0] + chance[1])
    codes = (a.astype(np.int32), b.astype(np.int32), winner.astype(np.int8))
    return Votes(names_of(world.models), *codes)


def names_of(models: int) -> tuple[str, ...]:
    """Of so many models, in the order of their codes."""
    return tuple(f"model-{number:03}" for number in range(models))


KINDS: dict[str, Callable[..., tuple[Votes | Cells, Floats, dict[str, Any]]]] = {
    "counts": counted,
    "voters": by_voters,
    "style": with_style,
}

NOTES = {
    "balanced": "every pair as likely; a tie is half a win, and the mean score of every pair is"
    " logistic (three in ten votes between equals are ties).",
    "unbalanced": f"pairs as likely as their models' popularities multiplied, which are lognormal"
    f" (sd {POPULARITY:g}): the most popular is drawn hundreds to thousands of times as often as"
    " the least.",
    "Davidson": "`--ties davidson` in Davidson's own world, a third of votes between equals ties.",
    "Davidson, unbalanced": "the same, with popularities as above.",
    "Rao and Kupper": "`--ties rao-kupper` in their own world, threshold 0.5.",
    "Rao and Kupper, unbalanced": "the same, with popularities as above.",
    "heavy voters": f"`--cluster voter`; a voter for every {VOTES_A_VOTER} votes, how much"
    f" each votes lognormal (sd {HEAVY:g}), each liking every model more or less (sd {TASTE:g}"
    " logits). The truth is the fit to endless voters.",
    "heavy voters, not clustered": "the same votes with intervals that take them for independent.",
    "style": "`--style` with two covariates that move the logit by 0.5 and 0.3 each unit; models"
    " have habits in both.",
}
SIZES = ((20, 5_000), (100, 1_200), (300, 400))  # models, boards: 100,000 intervals or more each


def worlds_of(models: int, boards: int) -> list[World]:
    """Every world at one size; those whose votes are rated one by one with half the boards."""

    def counts(name: str, votes: int, ties: str = "half", unequal: bool = False) -> World:
        return World(name, NOTES[name], models, votes, boards, unequal, ties)

    def single(name: str, votes: int, kind: str, cluster: bool = True) -> World:
        return World(name, NOTES[name], models, votes, boards // 2, kind=kind, cluster=cluster)

    return [
        *(counts("balanced", votes) for votes in (20, 60, 300)),
        *(counts("unbalanced", votes, unequal=True) for votes in (60, 300)),
        counts("Davidson", 150, "davidson"),
        counts("Davidson, unbalanced", 150, "davidson", unequal=True),
        counts("Rao and Kupper", 150, "rao-kupper"),
        counts("Rao and Kupper, unbalanced", 150, "rao-kupper", unequal=True),
        single("heavy voters", 200, "voters"),
        single("heavy voters, not clustered", 200, "voters", cluster=False),
        single("style", 150, "style"),
    ]


WORLDS = tuple(world for size in SIZES for world in worlds_of(*size))
