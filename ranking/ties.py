"""What a tie means: half a win, or an outcome of its own (Davidson, Rao-Kupper).

Each model gives, per pair and outcome (first won, second won, tie), the log-likelihood of one vote
and its derivatives in the difference d of the two strengths and in the tie parameter t.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.votes import Floats


@dataclass(frozen=True, eq=False)
class TieTerms:
    """Derivatives in t; curvatures are minus second derivatives; each 3 x P."""

    slope: Floats
    mixed: Floats
    curvature: Floats


@dataclass(frozen=True, eq=False)
class Terms:
    """Log-likelihood of one vote and its derivatives in d, each 3 x P.

    `chance` is the model's probability of each outcome; a model that knows no ties gives them 0.
    """

    log: Floats
    slope: Floats
    curvature: Floats
    chance: Floats
    tie: TieTerms | None = None


def half(d: Floats, t: float) -> Terms:
    """Bradley-Terry: the first wins with sigma(d); a tie is half of each."""
    small = np.exp(-np.abs(d))
    rest, large = np.log(1 + small), 1 / (1 + small)
    log_win, log_loss = np.minimum(d, 0) - rest, np.minimum(-d, 0) - rest
    win = np.where(d < 0, small * large, large)
    loss = np.where(d < 0, large, small * large)
    return Terms(
        np.stack([log_win, log_loss, (log_win + log_loss) / 2]),
        np.stack([loss, -win, (loss - win) / 2]),
        np.broadcast_to(win * loss, (3, len(d))),
        np.stack([win, loss, np.zeros_like(d)]),
    )


def davidson(d: Floats, t: float) -> Terms:
    """Davidson (1970): odds exp(d/2) : exp(-d/2) : nu for win, loss and tie, with t = log nu."""
    odds = np.stack([d / 2, -d / 2, np.full_like(d, t)])
    log = odds - np.logaddexp.reduce(odds, axis=0)
    win, loss, tie = chance = np.exp(log)
    lean = (win - loss) / 2
    half_of_each = np.array([0.5, -0.5, 0.0])[:, None]
    return Terms(
        log,
        half_of_each - lean,
        np.broadcast_to((win + loss) / 4 - lean**2, log.shape),
        chance,
        TieTerms(
            np.array([0.0, 0.0, 1.0])[:, None] - tie,
            np.broadcast_to(-lean * tie, log.shape),
            np.broadcast_to(tie * (1 - tie), log.shape),
        ),
    )


def rao_kupper(d: Floats, t: float) -> Terms:
    """Rao and Kupper (1967): the first wins with sigma(d - t), loses with sigma(-d - t)."""
    log_win, log_loss = -np.logaddexp(0, t - d), -np.logaddexp(0, t + d)
    win, loss = np.exp(log_win), np.exp(log_loss)
    log_tie = log_win + log_loss + 2 * t + np.log(-np.expm1(-2 * t))
    of_win, of_loss = win * (1 - win), loss * (1 - loss)
    threshold = 2 / -np.expm1(-2 * t)
    bend = threshold * (threshold - 2)
    return Terms(
        np.stack([log_win, log_loss, log_tie]),
        np.stack([1 - win, loss - 1, loss - win]),
        np.stack([of_win, of_loss, of_win + of_loss]),
        np.stack([win, loss, np.exp(log_tie)]),
        TieTerms(
            np.stack([win - 1, loss - 1, win + loss - 2 + threshold]),
            np.stack([-of_win, of_loss, of_loss - of_win]),
            np.stack([of_win, of_loss, of_win + of_loss + bend]),
        ),
    )


@dataclass(frozen=True)
class TieModel:
    """A likelihood; where its tie parameter starts given the share of ties, and what it exceeds."""

    terms: Callable[[Floats, float], Terms]
    start: Callable[[float], float] | None = None
    above: float = -math.inf


TIES: Final = {
    "half": TieModel(half),
    "davidson": TieModel(davidson, lambda share: math.log(2 * share / (1 - share))),
    "rao-kupper": TieModel(rao_kupper, lambda share: math.log((1 + share) / (1 - share)), above=0),
}
