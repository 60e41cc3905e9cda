"""Bradley-Terry with covariates: what moved a vote besides who wrote the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ranking.bradley_terry import STRIDE, Fit
from ranking.bradley_terry import fit as fit_models
from ranking.covariance import inverse
from ranking.design import Design, Look
from ranking.errors import FitError
from ranking.graph import Mask
from ranking.pairs import Pairs
from ranking.votes import Floats, Indices, Votes

SETTLED: Final = 1e-5  # a whole Newton step below this leaves an error of about its square
NEAR: Final = 1e-2  # after a step below this the next look may be the last: sum the scores too
ROUGH: Final = 1e-2  # a first guess is as good as its few votes
SAMPLE: Final = 1 << 16  # votes a first guess is made from
LIMIT: Final = 50
OWN: Final = 1e-5  # least part of a covariate's information that must be its own

See = Callable[[Floats, bool], Look]


@dataclass(frozen=True, eq=False)
class Contextual:
    """A fit under covariates: strengths as ever, and a coefficient for each covariate.

    A coefficient is what the logit grows by when its covariate grows by its root mean square.
    `look` holds the curvature, filled in where nobody can see, and the squared scores of the votes
    inside the cores; `rest` the covariance of the models outside them.
    """

    fit: Fit
    coefficients: Floats
    design: Design
    look: Look
    rest: Floats

    @property
    def at(self) -> Floats:
        """Strengths, then coefficients."""
        return np.append(self.fit.strengths, self.coefficients)


@dataclass(frozen=True, eq=False)
class Climb:
    """Where Newton's steps ended, and what was seen before the last of them."""

    at: Floats
    look: Look
    iterations: int
    tolerance: float


def fit(votes: Votes, pairs: Pairs, scale: Floats) -> Contextual:
    """The maximum of the likelihood with ties as half; nothing is shrunk.

    `pairs` are the same votes counted and weighed, `scale` the unit of each covariate. Models
    outside the cores are placed by their votes and one imagined tie, as without covariates, with
    coefficients and cores held. Raises FitError where a covariate has no finite coefficient of its
    own.
    """
    plain = fit_models(pairs)
    core, size = plain.structure.core, pairs.size
    if not core.any():
        raise FitError("no covariates can be fitted: here models only won or only lost")
    design = every = Design(votes, pairs, scale)
    if not plain.structure.whole:
        inside = core[votes.a] & core[votes.b]
        design = every.only(inside)
    start = np.append(plain.strengths, np.zeros(len(scale)))
    free = free_coordinates(core, len(scale))
    start = _first_guess(design, start, free)
    climbed = _climb(_centred(design, plain), start, free, votes.features)
    rest = climbed
    outside = np.zeros((0, 0))
    if not plain.structure.whole:
        outer = np.flatnonzero(~core)
        see = _imagined_ties(every.only(~inside), outer)
        rest = _climb(see, climbed.at, outer, stride=STRIDE)
        outside = inverse(rest.look.bend[np.ix_(outer, outer)])
    fitted = replace(
        plain,
        strengths=rest.at[:size],
        iterations=climbed.iterations,
        tolerance=max(climbed.tolerance, rest.tolerance),
    )
    return Contextual(fitted, climbed.at[size:], design, climbed.look, outside)


def free_coordinates(core: Mask, features: int) -> Indices:
    """Coordinates that move: the cores' models and the coefficients."""
    return np.append(np.flatnonzero(core), len(core) + np.arange(features))


def _centred(design: Design, plain: Fit) -> See:
    """Looks whose curvature also holds the sum of each core's strengths."""
    size, group = design.size, plain.structure.group
    together = np.equal.outer(group, group)

    def see(at: Floats, meat: bool) -> Look:
        seen = design.look(at, meat=meat)
        bend = seen.bend.copy()
        scale = float(np.trace(bend[:size, :size])) / size**2
        bend[:size, :size] += together * scale
        return replace(seen, bend=bend)

    return see


def _imagined_ties(design: Design, free: Indices) -> See:
    """Looks at models that each also tied once, with weight 1, with a model of strength 0."""

    def see(at: Floats, meat: bool) -> Look:
        seen, t = design.look(at), np.tanh(at[free] / 2)
        score, bend = seen.score.copy(), seen.bend.copy()
        score[free] -= t / 2
        bend[free, free] += (1 - t * t) / 4
        return Look(score, bend)

    return see


def _first_guess(design: Design, start: Floats, free: Indices) -> Floats:
    """The answer of evenly spread votes, drawn weakly to `start`; all of them where few."""
    step = len(design.votes) // SAMPLE
    if step < 2:
        return start
    some = design.every(step)

    def drawn(at: Floats, meat: bool) -> Look:
        seen = some.look(at)
        return Look(seen.score - (at - start), seen.bend + np.eye(len(at)))

    return _climb(drawn, start, free, settled=ROUGH).at


def _climb(
    see: See,
    at: Floats,
    free: Indices,
    features: Sequence[str] = (),
    *,
    settled: float = SETTLED,
    stride: float = math.inf,
) -> Climb:
    """Newton's steps for the free coordinates, the last of which are the features' coefficients."""
    moved, most = math.inf, np.zeros(0)
    for iteration in range(1, LIMIT + 1):
        seen = see(at, moved < NEAR)
        bend = seen.bend[np.ix_(free, free)]
        most = most if iteration > 1 else np.diag(bend)[len(free) - len(features) :]
        _require_own(bend, most, features)
        step: Floats = np.linalg.solve(bend, seen.score[free]).astype(np.float64)
        step *= min(1.0, stride / max(_size(step), SETTLED))
        moved = _size(step)
        at = at.copy()
        at[free] += step
        if moved < settled and (seen.meat is not None or not features):
            return Climb(at, seen, iteration, moved**2)
    raise FitError("the fit did not settle; are some weights many orders above others?")


def _size(step: Floats) -> float:
    return float(np.abs(step).max(initial=0))


def _require_own(bend: Floats, most: Floats, features: Sequence[str]) -> None:
    """Refuse a covariate that tells nothing the models and the covariates before it do not tell.

    `most` is the information there was about each at first: where a covariate tells every winner,
    it melts away as the coefficient grows without end.
    """
    models = len(bend) - len(features)
    cross = bend[:models, models:]
    own = bend[models:, models:] - cross.T @ np.linalg.solve(bend[:models, :models], cross)
    for place, name in enumerate(features):
        if not own[place, place] > OWN * most[place]:
            raise FitError(
                f"{name} has no coefficient of its own: the models, or the features before it, "
                "settle it, or it settles who wins"
            )
        own = own - np.outer(own[place], own[place]) / own[place, place]
