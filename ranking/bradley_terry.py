"""Bradley-Terry strengths from pair counts, with or without a model of ties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ranking.errors import FitError
from ranking.graph import Structure, structure, ties_are_bounded
from ranking.newton import Climb, climb
from ranking.pairs import Pairs
from ranking.ties import TIES, Terms
from ranking.votes import Floats, Indices

STRIDE: Final = 3.0  # logits a step: a far win under many ties, or a lone prior, is nearly flat


@dataclass(frozen=True, eq=False)
class Fit:
    """Strengths (mean 0 over each core) and how they were reached.

    `ties` is the model that was fitted, which is `half` where the one asked for has no finite
    maximum; `tie` is its parameter (0 for half).
    """

    strengths: Floats
    ties: str
    tie: float
    structure: Structure
    iterations: int
    tolerance: float


@dataclass(frozen=True, eq=False)
class Problem:
    """A log-likelihood in the strengths of the `free` models and, where asked, the tie parameter.

    The others stay where `base` has them. `groups` labels free models whose sum is held; with
    `prior` each free model also carries one imagined tie, of weight 1, with a model of strength 0.
    """

    pairs: Pairs
    ties: str
    base: Floats
    free: Indices
    tie: float | None = None
    groups: Indices | None = None
    prior: bool = False

    @cached_property
    def frees_tie(self) -> bool:
        """Whether the tie parameter is the last coordinate."""
        return self.tie is None and TIES[self.ties].start is not None

    @cached_property
    def centring(self) -> Floats | float:
        """1 for every two free models of one group: removes the direction nobody can see."""
        if self.groups is None:
            return 0.0
        return np.equal.outer(self.groups, self.groups).astype(np.float64)

    def terms(self, x: Floats) -> Terms:
        """The likelihood's terms for each pair at these coordinates."""
        strengths = self.base.copy()
        strengths[self.free] = x[: len(self.free)]
        tie = float(x[-1]) if self.frees_tie else self.tie or 0.0
        d = strengths[self.pairs.first] - strengths[self.pairs.second]
        return TIES[self.ties].terms(d, tie)

    def evaluate(self, x: Floats) -> tuple[float, Floats, Floats]:
        """Value, gradient, minus Hessian."""
        if self.frees_tie and x[-1] <= TIES[self.ties].above:
            return -np.inf, x, np.eye(len(x))
        terms, weight = self.terms(x), self.pairs.weight
        value = float((weight * terms.log).sum())
        gradient = self.spread((weight * terms.slope).sum(axis=0))
        bend = self.quadratic((weight * terms.curvature).sum(axis=0))
        if self.prior:
            value, gradient, bend = _with_prior(x, value, gradient, bend)
        bend = self.centred(bend)
        if self.frees_tie and terms.tie is not None:
            gradient = np.append(gradient, (weight * terms.tie.slope).sum())
            mixed = self.spread((weight * terms.tie.mixed).sum(axis=0))
            bend = bordered(bend, mixed, float((weight * terms.tie.curvature).sum()))
        return value, gradient, bend

    def spread(self, edge: Floats) -> Floats:
        """Sum over pairs of edge * (first - second), for the free models."""
        return self.pairs.per_model(edge, -edge)[self.free]

    def quadratic(self, edge: Floats) -> Floats:
        """Sum over pairs of edge * (first - second)(first - second)^T: a Laplacian."""
        pairs = self.pairs
        matrix = np.zeros((pairs.size, pairs.size))
        matrix[pairs.first, pairs.second] = -edge
        matrix[pairs.second, pairs.first] = -edge
        np.fill_diagonal(matrix, pairs.per_model(edge, edge))
        if len(self.free) == pairs.size:
            return matrix
        return matrix[np.ix_(self.free, self.free)]

    def centred(self, bend: Floats) -> Floats:
        """Minus the Hessian with its null directions filled in, on its own scale."""
        if self.groups is None:
            return bend
        scale = float(np.trace(bend)) / max(len(self.free), 1) ** 2
        return bend + self.centring * scale


def bordered(matrix: Floats, edge: Floats, corner: float) -> Floats:
    """A symmetric matrix with one more row and column."""
    return np.block([[matrix, edge[:, None]], [edge[None, :], np.array([[corner]])]])


def _with_prior(
    x: Floats, value: float, gradient: Floats, bend: Floats
) -> tuple[float, Floats, Floats]:
    win = np.exp(-np.logaddexp(0, -x))
    value += float((-np.logaddexp(0, -x) - np.logaddexp(0, x)).sum() / 2)
    return value, gradient + 0.5 - win, bend + np.diag(win * (1 - win))


def core_problem(pairs: Pairs, shape: Structure, ties: str) -> Problem:
    """The votes inside the cores: what has a finite maximum of its own."""
    free = np.flatnonzero(shape.core)
    inside = pairs.only(shape.core[pairs.first] & shape.core[pairs.second])
    return Problem(inside, ties, np.zeros(pairs.size), free, groups=shape.group[free])


def rest_problem(pairs: Pairs, shape: Structure, ties: str, base: Floats, tie: float) -> Problem:
    """The models outside the cores, seen from cores that stand still."""
    free = np.flatnonzero(~shape.core)
    outside = pairs.only(~(shape.core[pairs.first] & shape.core[pairs.second]))
    return Problem(outside, ties, base, free, tie=tie, prior=True)


def fit(pairs: Pairs, ties: str = "half", start: Fit | Floats | None = None) -> Fit:
    """Strengths of greatest likelihood; outside the cores, of greatest penalised likelihood.

    Weights should average 1, so that the imagined tie weighs one vote. `start`, strengths that are
    near, spares iterations. Raises FitError if the iterations do not settle.
    """
    begin = start.strengths if isinstance(start, Fit) else start
    shape = structure(pairs)
    climbed, ties = _fit_cores(pairs, shape, ties, begin)
    strengths, held = np.zeros(pairs.size), int(shape.core.sum())
    strengths[shape.core] = climbed.at[:held]
    tie = float(climbed.at[-1]) if len(climbed.at) > held else 0.0
    iterations, tolerance = climbed.iterations, climbed.tolerance
    if not shape.whole:
        problem = rest_problem(pairs, shape, ties, strengths, tie)
        rest = climb(problem.evaluate, np.zeros(len(problem.free)), STRIDE)
        if not rest.converged:
            raise FitError("the fit of models that only won or only lost did not settle")
        strengths[problem.free] = rest.at
        iterations += rest.iterations
        tolerance = max(tolerance, rest.tolerance)
    return Fit(strengths, ties, tie, shape, iterations, tolerance)


def _fit_cores(
    pairs: Pairs, shape: Structure, ties: str, start: Floats | None
) -> tuple[Climb, str]:
    """The cores' maximum, and the tie model that has one: the one asked for, or half."""
    if not shape.core.any():
        return Climb(np.zeros(0), 0, converged=True), "half"
    attempts = [(ties, start)] if start is not None else []
    for attempt, begin in (*attempts, (ties, None), ("half", None)):
        problem = core_problem(pairs, shape, attempt)
        first = _first_guess(problem, begin)
        stride = math.inf if attempt == "half" else STRIDE
        climbed = None if first is None else climb(problem.evaluate, first, stride)
        if climbed is not None and climbed.converged:
            return climbed, attempt
    raise FitError("the fit did not settle; are some weights many orders above others?")


def _first_guess(problem: Problem, start: Floats | None) -> Floats | None:
    """Where to climb from; None where the tie parameter has no finite maximum."""
    free = len(problem.free)
    strengths = np.zeros(free)
    if start is not None and problem.groups is not None:
        strengths = start[problem.free]
        for group in np.unique(problem.groups):
            here = problem.groups == group
            strengths[here] -= strengths[here].mean()
    begin = TIES[problem.ties].start
    if begin is None:
        return strengths
    if not ties_are_bounded(problem.pairs):
        return None
    weight = problem.pairs.weight
    return np.append(strengths, begin(float(weight[2].sum() / weight.sum())))
