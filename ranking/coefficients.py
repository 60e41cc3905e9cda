"""Ratings under control: the fit with covariates, its errors, and what each covariate was worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ranking.bradley_terry import Fit
from ranking.contextual import Contextual, fit, free_coordinates
from ranking.covariance import FEW_VOTES, Errors, contrasts, dispersion, inverse
from ranking.design import root_mean_square
from ranking.errors import OptionError
from ranking.graph import Mask
from ranking.intervals import Z
from ranking.leaderboard import Coefficient
from ranking.pairs import Pairs
from ranking.votes import Floats, Votes

DECIMALS: Final = 9  # of a coefficient: a rating's six, in its own unit


@dataclass(frozen=True, eq=False)
class Controlled:
    """What a board is made of, and what to say about its covariates."""

    fit: Fit
    errors: Errors
    coefficients: tuple[Coefficient, ...]
    doubts: tuple[str, ...] = ()


def controlled(votes: Votes, pairs: Pairs, listed: Mask, by_voter: bool) -> Controlled:
    """Fit the strengths and the coefficients of the votes' covariates together.

    A covariate in which no two sides differ is left out, with a coefficient of 0 and no interval.
    """
    if votes.covariates is None or not votes.features:
        raise OptionError("control for covariates needs votes that carry covariates")
    scale = root_mean_square(votes.covariates)
    differs = scale > 0
    if not differs.any():
        raise OptionError(f"no two sides differ in {', '.join(votes.features)}")
    kept = tuple(name for name, told in zip(votes.features, differs, strict=True) if told)
    idle = tuple(name for name in votes.features if name not in kept)
    some = votes
    if idle:
        some = replace(votes, features=kept, covariates=votes.covariates[:, differs])
    found = fit(some, pairs, scale[differs])
    known, error = errors(found, listed, by_voter)
    worth = {name: Coefficient(name, 0.0, None, None) for name in idle} | {
        name: Coefficient(name, *np.round((at, at - Z * wide, at + Z * wide), DECIMALS).tolist())
        for name, at, wide in zip(kept, found.coefficients, error, strict=True)
    }
    doubts = (f"no two sides differ in {', '.join(idle)}",) if idle else ()
    return Controlled(found.fit, known, tuple(worth[name] for name in votes.features), doubts)


def errors(found: Contextual, listed: Mask, by_voter: bool) -> tuple[Errors, Floats]:
    """Errors of the strengths, and the standard error of each coefficient.

    The sandwich as without covariates: by vote or by voter, over models and covariates at once.
    """
    design, look, core = found.design, found.look, found.fit.structure.core
    assert look.meat is not None
    assert look.expected is not None
    free = free_coordinates(core, len(found.coefficients))
    held, models = np.ix_(free, free), np.ix_(core, core)
    seen = design.scores_by_voter(found.at) if by_voter else look.meat
    inverted, size = inverse(look.bend[held]), int(core.sum())
    spread = dispersion(float(len(design.votes)), look.meat[models], look.expected[models])
    robust = inverted @ seen[held] @ inverted
    floor = inverted @ look.expected[held] @ inverted * spread
    whole, least = (np.zeros((len(core), len(core))) for _ in range(2))
    whole[models], least[models] = robust[:size, :size], floor[:size, :size]
    whole[np.ix_(~core, ~core)] = found.rest
    variance = np.diag(robust)[size:]
    if len(design.votes) < FEW_VOTES:
        variance = np.maximum(variance, np.diag(floor)[size:])
    return contrasts(whole, least, design.pairs, found.fit, listed), np.sqrt(variance)
