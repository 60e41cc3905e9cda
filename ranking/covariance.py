"""How the errors of the strengths hang together: the sandwich, by vote or by voter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.bradley_terry import Fit, Problem, bordered, core_problem, rest_problem
from ranking.errors import FitError
from ranking.graph import Mask
from ranking.pairs import Pairs
from ranking.ties import Terms
from ranking.voters import scores_by_voter
from ranking.votes import Floats, Votes

FEW_VOTES: Final = 100  # below this the sandwich may collapse; the model's own error is its floor


@dataclass(frozen=True, eq=False)
class Errors:
    """Variances, on the scale of strengths.

    `single`: of each strength less the listed mean of its group. `apart`: of the difference of
    every two strengths; infinite for models of different groups, which were never compared.
    """

    single: Floats
    apart: Floats


def errors(pairs: Pairs, fitted: Fit, listed: Mask, clustered: Votes | None = None) -> Errors:
    """The sandwich H^-1 B H^-1, with the model's own errors as floor where votes are few.

    H is the curvature of the log-likelihood, B the sum of squared scores: of single votes, or,
    with `clustered`, of each voter's votes together. Outside the cores, where the likelihood has
    no top, the penalised curvature stands for both.
    """
    shape = fitted.structure
    robust, floor = np.zeros((pairs.size, pairs.size)), None
    if shape.core.any():
        held = np.ix_(shape.core, shape.core)
        few = effective_votes(pairs) < FEW_VOTES
        core, own = _core(pairs, fitted, clustered, floored=bool(few[shape.core].any()))
        robust[held] = core
        if own is not None:
            floor = np.zeros_like(robust)
            floor[held] = own
    if not shape.whole:
        problem = rest_problem(pairs, shape, fitted.ties, fitted.strengths, fitted.tie)
        bend = problem.evaluate(fitted.strengths[problem.free])[2]
        robust[np.ix_(problem.free, problem.free)] = inverse(bend)
    return contrasts(robust, floor, pairs, fitted, listed)


def contrasts(
    robust: Floats, floor: Floats | None, pairs: Pairs, fitted: Fit, listed: Mask
) -> Errors:
    """Errors from a covariance of strengths, not below another's for models with few votes."""
    found = _errors(robust, fitted, listed)
    if floor is None:
        return found
    least, few = _errors(floor, fitted, listed), effective_votes(pairs) < FEW_VOTES
    return Errors(
        np.maximum(found.single, np.where(few, least.single, 0.0)),
        np.maximum(found.apart, np.where(few[:, None] | few[None, :], least.apart, 0.0)),
    )


def effective_votes(pairs: Pairs) -> Floats:
    """Per model, how many votes of equal weight would say as much as its votes do (Kish 1965)."""
    weight, square = pairs.weight.sum(axis=0), pairs.square.sum(axis=0)
    summed, squared = pairs.per_model(weight, weight), pairs.per_model(square, square)
    effective: Floats = summed**2 / np.where(squared > 0, squared, 1.0)
    return effective


def _errors(covariance: Floats, fitted: Fit, listed: Mask) -> Errors:
    """Errors of the contrasts, from a covariance that need only be right for contrasts."""
    group, core = fitted.structure.group, fitted.structure.core
    own = np.diag(covariance)
    apart = own[:, None] + own[None, :] - 2 * covariance
    apart = np.where(np.equal.outer(group, group), np.maximum(apart, 0.0), np.inf)
    mean = np.zeros((int(group.max(initial=0)) + 1, len(group)))
    mean[group, np.arange(len(group))] = listed
    mean /= np.maximum(mean.sum(axis=1, keepdims=True), 1.0)
    with_mean = mean @ covariance
    of_mean = np.einsum("ij,ij->i", with_mean, mean)
    single = own - 2 * with_mean[group, np.arange(len(group))] + of_mean[group]
    return Errors(np.maximum(np.where(core, single, own), 0.0), apart)


def _core(
    pairs: Pairs, fitted: Fit, clustered: Votes | None, floored: bool
) -> tuple[Floats, Floats | None]:
    """Covariance of the cores' strengths; and, where asked, the one the model predicts."""
    problem = core_problem(pairs, fitted.structure, fitted.ties)
    x = fitted.strengths[problem.free]
    if problem.frees_tie:
        x = np.append(x, fitted.tie)
    terms, inverted = problem.terms(x), inverse(problem.evaluate(x)[2])
    left = inverted[: len(problem.free)]
    square = problem.pairs.square
    by_vote = _scores(problem, terms, square)
    scores = by_vote
    if clustered is not None:
        scores = scores_by_voter(problem, terms, clustered, inverted)
    robust: Floats = left @ scores @ left.T
    if not floored:
        return robust, None
    expected = _scores(problem, terms, square.sum(axis=0) * terms.chance)
    own: Floats = left @ expected @ left.T
    return robust, own * _dispersion(problem, by_vote, expected)


def _dispersion(problem: Problem, observed: Floats, expected: Floats) -> float:
    """As `dispersion`; 1 where ties are modelled."""
    if problem.frees_tie:
        return 1.0
    return dispersion(float(problem.pairs.count.sum()), observed, expected)


def dispersion(votes: float, observed: Floats, expected: Floats) -> float:
    """Squared scores over those the model predicts (Wedderburn 1974).

    Half-ties make it smaller than 1. It is that of all votes and FEW_VOTES more without a tie, so
    that a handful of ties alone never passes for certainty.
    """
    ratio = float(np.trace(observed) / np.trace(expected))
    return (votes * ratio + FEW_VOTES) / (votes + FEW_VOTES)


def inverse(bend: Floats) -> Floats:
    """Of a curvature; raises FitError where it has too few digits for one."""
    try:
        inverted: Floats = np.linalg.inv(bend).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise FitError("no intervals: some weights are too many orders above others") from error
    return inverted


def _scores(problem: Problem, terms: Terms, square: Floats) -> Floats:
    """Sum of the outer products of single votes' scores; `square` sums their squared weights."""
    meat = problem.quadratic((square * terms.slope**2).sum(axis=0))
    if not problem.frees_tie or terms.tie is None:
        return meat
    mixed = problem.spread((square * terms.slope * terms.tie.slope).sum(axis=0))
    return bordered(meat, mixed, float((square * terms.tie.slope**2).sum()))
