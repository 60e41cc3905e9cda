"""How far each strength may be off: sandwich errors, errors by voter, the bootstrap."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from ranking.bradley_terry import Fit, Problem, bordered, core_problem, fit, rest_problem
from ranking.errors import FitError, OptionError
from ranking.graph import Mask
from ranking.pairs import Pairs, slot
from ranking.ties import Terms
from ranking.votes import Floats, Indices, Votes

Z: Final = 1.959963984540054  # 97.5 % point of the normal distribution
FEW_VOTES: Final = 100  # below this the sandwich may collapse; the model's own error is its floor

Bounds = tuple[Floats, Floats]


def centre(strengths: Floats, group: Indices, listed: Mask) -> Floats:
    """Strengths about the mean of the listed models of each group."""
    held = np.bincount(group, listed)
    total = np.bincount(group, np.where(listed, strengths, 0.0))
    return strengths - (total / np.maximum(held, 1))[group]


def sandwich(pairs: Pairs, fitted: Fit, listed: Mask, clustered: Votes | None = None) -> Bounds:
    """95 % bounds of the centred strengths from H^-1 B H^-1.

    H is the curvature of the log-likelihood, B the sum of squared scores: of single votes, or,
    with `clustered`, of each voter's votes together. Outside the cores, where the likelihood has
    no top, the penalised curvature stands for both.
    """
    shape, variance = fitted.structure, np.zeros(pairs.size)
    if shape.core.any():
        core = _core_variance(pairs, fitted, listed, clustered)
        variance[shape.core] = core
    if not shape.whole:
        problem = rest_problem(pairs, shape, fitted.ties, fitted.strengths, fitted.tie)
        bend = problem.evaluate(fitted.strengths[problem.free])[2]
        variance[problem.free] = np.diag(_inverse(bend))
    middle = centre(fitted.strengths, shape.group, listed)
    margin = Z * np.sqrt(np.maximum(variance, 0.0))
    return middle - margin, middle + margin


def _core_variance(pairs: Pairs, fitted: Fit, listed: Mask, clustered: Votes | None) -> Floats:
    problem = core_problem(pairs, fitted.structure, fitted.ties)
    x = fitted.strengths[problem.free]
    if problem.frees_tie:
        x = np.append(x, fitted.tie)
    terms, inverse = problem.terms(x), _inverse(problem.evaluate(x)[2])
    contrast = _contrast(problem, listed)
    square = problem.pairs.square
    if clustered is None:
        scores = _scores(problem, terms, square)
    else:
        scores = _scores_by_voter(problem, terms, clustered)
    left = contrast @ inverse[: len(problem.free)]
    variance = _spread(left, scores)
    few = pairs.per_model(pairs.votes, pairs.votes)[problem.free] < FEW_VOTES
    if few.any():
        expected = _scores(problem, terms, square.sum(axis=0) * terms.chance)
        floor = np.where(few, _spread(left, expected), 0.0)
        variance = np.maximum(variance, floor)
    return variance


def _inverse(bend: Floats) -> Floats:
    try:
        inverse: Floats = np.linalg.inv(bend).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise FitError("no intervals: some weights are too many orders above others") from error
    return inverse


def _spread(left: Floats, meat: Floats) -> Floats:
    """Diagonal of left @ meat @ left.T."""
    diagonal: Floats = np.einsum("ij,ij->i", left @ meat, left)
    return diagonal


def _contrast(problem: Problem, listed: Mask) -> Floats:
    """Each free model minus the mean of the listed free models of its group."""
    assert problem.groups is not None
    together = np.equal.outer(problem.groups, problem.groups) & listed[problem.free]
    held = np.maximum(together.sum(axis=1, keepdims=True), 1)
    contrast: Floats = np.eye(len(problem.free)) - together / held
    return contrast


def _scores(problem: Problem, terms: Terms, square: Floats) -> Floats:
    """Sum of the outer products of single votes' scores; `square` sums their squared weights."""
    meat = problem.quadratic((square * terms.slope**2).sum(axis=0))
    if not problem.frees_tie or terms.tie is None:
        return meat
    mixed = problem.spread((square * terms.slope * terms.tie.slope).sum(axis=0))
    return bordered(meat, mixed, float((square * terms.tie.slope**2).sum()))


def _scores_by_voter(problem: Problem, terms: Terms, votes: Votes) -> Floats:
    """Sum of the outer products of voters' summed scores, times K/(K-1) for K voters."""
    assert votes.voter is not None
    pairs = problem.pairs
    place = np.full((pairs.size, pairs.size), -1)
    place[pairs.first, pairs.second] = place[pairs.second, pairs.first] = np.arange(
        len(pairs.first)
    )
    pair = place[votes.a, votes.b]
    rows = np.flatnonzero(pair >= 0)
    pair, said = pair[rows], slot(votes.a[rows], votes.b[rows], votes.winner[rows])
    weight = pairs.factor[pair] * (1.0 if votes.weight is None else votes.weight[rows])
    push = weight * terms.slope[said, pair]
    voters, voter = np.unique(votes.voter[rows], return_inverse=True)
    if len(voters) < 2:
        raise OptionError("intervals by voter need at least two voters")
    columns = [pairs.first[pair], pairs.second[pair]]
    values = [push, -push]
    if problem.frees_tie and terms.tie is not None:
        columns.append(np.full(len(rows), pairs.size))
        values.append(weight * terms.tie.slope[said, pair])
    totals = csr_array(
        (np.concatenate(values), (np.tile(voter, len(values)), np.concatenate(columns))),
        shape=(len(voters), pairs.size + 1),
    )
    kept = np.append(problem.free, pairs.size) if problem.frees_tie else problem.free
    product: Floats = (totals.T @ totals).toarray()[np.ix_(kept, kept)]
    return product * (len(voters) / (len(voters) - 1))


def bootstrap(
    pairs: Pairs, fitted: Fit, listed: Mask, rounds: int, rng: np.random.Generator
) -> Bounds:
    """95 % percentile bounds over refits to multinomial resamples of the cells.

    A resampled vote weighs what its cell weighs on average. A model that a resample left without
    votes takes no part in that round. Outside the cores, where resamples of only wins are only
    wins again and would pass for certainty, the bounds are those of `sandwich`.
    """
    total = int(pairs.count.sum())
    chances = pairs.count.ravel() / total
    mean_weight = pairs.weight / np.maximum(pairs.count, 1)
    drawn = np.empty((rounds, pairs.size))
    for row in range(rounds):
        count = rng.multinomial(total, chances).reshape(pairs.count.shape).astype(np.float64)
        sample = replace(pairs, count=count, weight=count * mean_weight)
        strengths = fit(sample, fitted.ties, start=fitted).strengths
        seen = sample.per_model(sample.votes, sample.votes) > 0
        drawn[row] = centre(strengths, fitted.structure.group, listed & seen)
        drawn[row, ~seen] = np.nan
    lower, upper = sandwich(pairs, fitted, listed)
    drawn_ever = fitted.structure.core & ~np.isnan(drawn).all(axis=0)
    if drawn_ever.any():
        quantiles = np.nanquantile(drawn[:, drawn_ever], [0.025, 0.975], axis=0)
        lower[drawn_ever], upper[drawn_ever] = quantiles
    return lower, upper
