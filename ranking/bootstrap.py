"""Intervals by resampling: counts redrawn over the cells, two Newton steps a round."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ranking.bradley_terry import STRIDE, Fit, core_problem, fit
from ranking.covariance import FEW_VOTES, effective_votes
from ranking.graph import Mask
from ranking.intervals import Bounds, centre
from ranking.pairs import Pairs
from ranking.votes import Floats

STEPS: Final = 2


def bootstrap(
    pairs: Pairs,
    fitted: Fit,
    listed: Mask,
    rounds: int,
    rng: np.random.Generator,
    otherwise: Bounds,
) -> Bounds:
    """95 % percentile bounds over multinomial resamples of the cells.

    A resampled vote weighs what its cell weighs on average. `otherwise` gives the bounds of the
    models that resampling would make too sure of: those outside the cores, whose wins redrawn are
    only wins again, and those with few votes, whose two ties redrawn are two ties again.
    """
    drawn = draws(pairs, fitted, listed, rounds, rng)
    settled = fitted.structure.core & (effective_votes(pairs) >= FEW_VOTES)
    settled &= ~np.isnan(drawn).all(axis=0)
    lower, upper = (bound.copy() for bound in otherwise)
    if settled.any():
        lower[settled], upper[settled] = np.nanquantile(drawn[:, settled], [0.025, 0.975], axis=0)
    return lower, upper


def draws(pairs: Pairs, fitted: Fit, listed: Mask, rounds: int, rng: np.random.Generator) -> Floats:
    """Centred strengths, rounds x models; NaN where a round left a model without votes."""
    total = int(pairs.count.sum())
    chances = pairs.count.ravel() / total
    mean_weight = pairs.weight / np.maximum(pairs.count, 1)
    drawn = np.empty((rounds, pairs.size))
    for row in range(rounds):
        count = rng.multinomial(total, chances).reshape(pairs.count.shape).astype(np.float64)
        sample = replace(pairs, count=count, weight=count * mean_weight)
        seen = sample.per_model(sample.votes, sample.votes) > 0
        strengths = refit(sample, fitted)
        drawn[row] = centre(strengths, fitted.structure.group, listed & seen)
        drawn[row, ~seen] = np.nan
    return drawn


def refit(sample: Pairs, fitted: Fit) -> Floats:
    """Strengths after two Newton steps from the fit to all votes.

    What two steps cannot reach is fitted in full: a sample that falls apart, or one with a step
    that leaps.
    """
    if not fitted.structure.whole:
        return fit(sample, fitted.ties, start=fitted).strengths
    problem = core_problem(sample, fitted.structure, fitted.ties)
    x = np.append(fitted.strengths, fitted.tie) if problem.frees_tie else fitted.strengths
    for _ in range(STEPS):
        _, gradient, bend = problem.evaluate(x)
        try:
            step = np.linalg.solve(bend, gradient)
        except np.linalg.LinAlgError:
            step = np.full_like(x, np.inf)
        if not np.abs(step).max() < STRIDE:
            return fit(sample, fitted.ties, start=fitted).strengths
        x = x + step
    strengths: Floats = x[: sample.size]
    return strengths
