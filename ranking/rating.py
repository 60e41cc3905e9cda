"""Votes in, a leaderboard out: the one call the rest of the arena makes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np

from ranking.bootstrap import bootstrap as resampled
from ranking.bradley_terry import Fit, fit
from ranking.caveats import FEW_VOTERS, FEWEST, caveats, some, unequal_weights
from ranking.coefficients import Controlled, controlled
from ranking.counts import Cells, count, without_absent
from ranking.covariance import FEW_VOTES, Errors, effective_votes, errors
from ranking.errors import OptionError
from ranking.graph import Mask
from ranking.intervals import Bounds, bounds, centre
from ranking.leaderboard import Leaderboard, Rating
from ranking.pairs import Pairs
from ranking.ranks import LEVEL, ranks
from ranking.ties import TIES
from ranking.voters import effective_voters
from ranking.votes import Floats, Votes
from ranking.weights import DAY, by_age, by_pair, by_propensity, normalised

SCALE: Final = 400 / math.log(10)  # rating points per unit of strength
MEAN: Final = 1000.0
DECIMALS: Final = 6  # below the tolerance of the fit, so that equal strengths print as equal
MOST_MODELS: Final = 3000  # a fit holds a few matrices of models x models

Ties = Literal["half", "davidson", "rao-kupper"]
Weights = Literal["none", "pair", "inverse-propensity"]
Cluster = Literal["none", "voter"]


@dataclass(frozen=True)
class Options:
    """How to rate; each field is the option of `arena rate` of that name."""

    ties: Ties = "half"
    weights: Weights = "none"
    cluster: Cluster = "none"
    anchor: tuple[str, float] | None = None
    bootstrap: int = 0
    min_votes: int = 0
    seed: int = 0
    style: bool = False
    half_life: float | None = None

    @property
    def one_by_one(self) -> bool:
        """Whether the votes are needed singly; for all else their counts tell the same."""
        return self.style or self.cluster == "voter" or self.weights == "inverse-propensity"

    def method(self, fitted_ties: str, features: Sequence[str] = ()) -> str:
        """One line that names every choice."""
        errors = f"bootstrap {self.bootstrap}, seed {self.seed}" if self.bootstrap else "sandwich"
        if self.cluster == "voter":
            errors += " by voter"
        anchored = f"; anchor: {self.anchor[0]} = {self.anchor[1]:g}" if self.anchor else ""
        fading = f", half-life {self.half_life:g} days" if self.half_life else ""
        controls = f", controlled for {', '.join(features)}" if features else ""
        return (
            f"Bradley-Terry{controls}; ties: {fitted_ties}; weights: {self.weights}"
            f"{fading}; intervals: {errors}; ranks: simultaneous {LEVEL:.0%}{anchored}"
        )


def rate(
    observations: Votes | Cells,
    *,
    ties: Ties = "half",
    weights: Weights = "none",
    cluster: Cluster = "none",
    anchor: tuple[str, float] | None = None,
    bootstrap: int = 0,
    min_votes: int = 0,
    seed: int = 0,
    style: bool = False,
    half_life: float | None = None,
    start: Mapping[str, float] | None = None,
) -> Leaderboard:
    """Rate every model that has a vote.

    Args:
        observations: votes, or cells that hold their counts and sums of weights.
        ties: `half` counts a tie as half a win; the others fit a probability of ties.
        weights: `pair` evens out busy pairs, `inverse-propensity` needs votes with probabilities.
        cluster: `voter` lets votes of one voter depend on each other; needs votes with voters.
        anchor: a model and the rating it shall have; without it the mean is 1000.
        bootstrap: rounds of resampling for the intervals; 0 gives sandwich intervals.
        min_votes: models with fewer votes take part in the fit and are left off the board.
        seed: of the bootstrap.
        style: control for the covariates of the votes, which must then carry some.
        half_life: days in which a vote loses half its weight; needs votes with times.
        start: ratings that are near, from which the fit gets there sooner.

    Returns:
        The board. No votes give an empty one, with a warning.

    Raises:
        OptionError: an option does not fit these votes or another option.
        VotesError: all weights are zero.
        FitError: the iterations did not settle, or a covariate has no coefficient of its own.
    """
    options = Options(ties, weights, cluster, anchor, bootstrap, min_votes, seed, style, half_life)
    _check(options, observations)
    if half_life is not None and isinstance(observations, Votes):
        observations = by_age(observations, half_life * DAY)
    apart, beware = _apart(options, observations)
    present = without_absent(apart)
    if not present.names:
        return Leaderboard(options.method(ties), 0, (), (*beware, "there are no votes"))
    if len(present.names) > MOST_MODELS:
        raise OptionError(f"{len(present.names)} models: more than {MOST_MODELS} are not rated")
    if weights == "inverse-propensity" and isinstance(present, Votes):
        present = by_propensity(present)
    pairs = Pairs.of(count(present) if isinstance(present, Votes) else present)
    pairs = normalised(by_pair(pairs) if weights == "pair" else pairs)
    listed = pairs.per_model(pairs.votes, pairs.votes) >= min_votes
    answer = _answer(options, present, pairs, listed, _near(present.names, start))
    fitted, known = answer.fit, answer.errors
    limits = bounds(fitted, listed, known)
    if bootstrap:
        rng = np.random.default_rng(seed)
        limits = resampled(pairs, fitted, listed, bootstrap, rng, limits)
    beware = (*beware, *caveats(present.names, pairs, fitted, ties, min_votes))
    return Leaderboard(
        options.method(fitted.ties, [worth.name for worth in answer.coefficients]),
        int(pairs.count.sum()),
        _ratings(present.names, pairs, fitted, known, limits, listed, anchor),
        (*beware, *answer.doubts),
        fitted.iterations,
        fitted.tolerance,
        answer.coefficients,
    )


def _check(options: Options, observations: Votes | Cells) -> None:
    """Refuse what these observations cannot give."""
    if options.ties not in TIES:
        raise OptionError(f"ties {options.ties!r}: use one of {', '.join(TIES)}")
    for asked, known in ((options.weights, Weights), (options.cluster, Cluster)):
        if asked not in get_args(known):
            raise OptionError(f"{asked!r}: use one of {', '.join(get_args(known))}")
    if options.bootstrap < 0 or options.min_votes < 0:
        raise OptionError("bootstrap and min_votes are numbers of 0 or more")
    if options.anchor is not None and not math.isfinite(options.anchor[1]):
        raise OptionError(f"an anchor needs a finite rating, not {options.anchor[1]}")
    if options.cluster == "voter" and options.bootstrap:
        raise OptionError("intervals are by bootstrap or by voter, not both")
    if options.cluster == "voter" and getattr(observations, "voter", None) is None:
        raise OptionError("intervals by voter need votes that name their voter (column judge)")
    if options.weights == "inverse-propensity" and not isinstance(observations, Votes):
        raise OptionError("weights by inverse propensity need votes one by one, not counts")
    if options.half_life is not None and not isinstance(observations, Votes):
        raise OptionError("weights by age need votes one by one, not counts")
    if options.style and not isinstance(observations, Votes):
        raise OptionError("style control needs votes one by one, not counts")
    if options.style and options.ties != "half":
        raise OptionError(f"style control counts ties as half; leave {options.ties} out")
    if options.style and options.bootstrap:
        raise OptionError("intervals under style control are sandwich; leave the bootstrap out")


def _apart(options: Options, observations: Votes | Cells) -> tuple[Votes | Cells, tuple[str, ...]]:
    """The votes in which two models met, counted where that will do; a sentence on the others."""
    if isinstance(observations, Cells):
        return observations, ()
    said: tuple[str, ...] = ()
    mirrored = observations.mirrored
    if mirrored.any():
        met = np.isin(np.arange(len(observations.names)), observations.a[mirrored])
        lost = f"votes left out because a model met itself: {int(mirrored.sum())}"
        said = (f"{lost} ({some(observations.names, met)})",)
    return observations.only(~mirrored) if options.one_by_one else count(observations), said


def _near(names: Sequence[str], start: Mapping[str, float] | None) -> Floats | None:
    """Strengths of these ratings; a model that is new begins in the middle."""
    if start is None:
        return None
    return (np.array([start.get(name, MEAN) for name in names]) - MEAN) / SCALE


def _answer(
    options: Options, present: Votes | Cells, pairs: Pairs, listed: Mask, start: Floats | None
) -> Controlled:
    """The fit and the errors asked for, on the scale of strengths, and what to say about them."""
    clustered: Votes | None = None
    doubts: tuple[str, ...] = ()
    if options.cluster == "voter" and isinstance(present, Votes) and present.voter is not None:
        clustered, voters = present, effective_voters(present)
        if voters < FEW_VOTERS:
            doubts = (f"as if only {voters:.0f} voters: intervals by voter are too narrow",)
    if options.style and isinstance(present, Votes):
        answer = controlled(present, pairs, listed, clustered is not None)
        return replace(answer, doubts=(*doubts, *answer.doubts))
    if options.bootstrap and unequal_weights(pairs):
        doubts = ("votes of a cell weigh differently; the bootstrap gives each the mean weight",)
    fitted = fit(pairs, options.ties, start)
    return Controlled(fitted, errors(pairs, fitted, listed, clustered), (), doubts)


def _ratings(
    names: Sequence[str],
    pairs: Pairs,
    fitted: Fit,
    known: Errors,
    limits: Bounds,
    listed: Mask,
    anchor: tuple[str, float] | None,
) -> tuple[Rating, ...]:
    """The listed models, best first; intervals are made before the anchor moves them."""
    shape = fitted.structure
    rating = MEAN + SCALE * centre(fitted.strengths, shape.group, listed)
    votes = pairs.per_model(pairs.votes, pairs.votes)
    no_bottom, no_top = (end | (votes < FEWEST) for end in (shape.no_bottom, shape.no_top))
    lower = np.where(no_bottom, -np.inf, MEAN + SCALE * limits[0])
    upper = np.where(no_top, np.inf, MEAN + SCALE * limits[1])
    shift = 0.0 if anchor is None else _shift(names, rating, listed, anchor)
    rating, lower, upper = (
        np.round(values[listed] + shift, DECIMALS) for values in (rating, lower, upper)
    )
    apart = SCALE**2 * known.apart[np.ix_(listed, listed)]
    placed = ranks(rating, apart, no_bottom[listed], no_top[listed])
    provisional = ~shape.core | (effective_votes(pairs) < FEW_VOTES)
    wins = pairs.per_model(pairs.count[0], pairs.count[1])
    losses = pairs.per_model(pairs.count[1], pairs.count[0])
    tallies = [c[listed].astype(int).tolist() for c in (votes, wins, losses, votes - wins - losses)]
    columns = zip(
        (name for name, kept in zip(names, listed, strict=True) if kept),
        rating.tolist(),
        map(_finite, lower.tolist()),
        map(_finite, upper.tolist()),
        *(column.tolist() for column in (placed.rank, placed.best, placed.worst)),
        *tallies,
        provisional[listed].tolist(),
        strict=True,
    )
    return tuple(sorted((Rating(*row) for row in columns), key=lambda r: (-r.rating, r.model)))


def _shift(names: Sequence[str], rating: Floats, listed: Mask, anchor: tuple[str, float]) -> float:
    model, wanted = anchor
    shown = [name for name, kept in zip(names, listed, strict=True) if kept]
    if model not in shown:
        raise OptionError(f"the anchor {model!r} is not among the {len(shown)} models rated")
    return wanted - float(rating[names.index(model)])


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None
