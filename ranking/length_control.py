"""Length-controlled win rate: what a model would win against a baseline at equal lengths.

AlpacaEval's definition (Dubois et al. 2024, arXiv 2404.04475; `length_controlled_v1` of
tatsu-lab/alpaca_eval): a logistic regression of the preference on the model, on tanh of the
length difference over its standard deviation, and on the instruction's difficulty; then the mean
prediction with the length term at 0. L1-penalised, the strength by 5-fold cross-validation. The
further rows that AlpacaEval adds of its own baseline made longer and shorter are not added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, log_expit

from ranking.errors import FitError, VotesError
from ranking.votes import Floats, Indices

FOLDS: Final = 5
STRENGTHS: Final = np.logspace(-4, 4, 10)  # 1 / penalty, as scikit-learn counts it
LIMIT: Final = 200
TOLERANCE: Final = 1e-9
Z: Final = 1.959963984540054


@dataclass(frozen=True)
class LengthControlled:
    """Win rates in 0..1, ties as half; the interval is clustered by question.

    `model`, `length`, `difficulty` are the coefficients; `strength` the chosen 1 / penalty.
    """

    win_rate: float
    lower: float
    upper: float
    raw: float
    model: float
    length: float
    difficulty: float
    strength: float


def length_controlled(
    preference: Floats,
    length: Floats,
    baseline_length: Floats,
    question: Indices,
    difficulty: Floats | None = None,
) -> LengthControlled:
    """The win rate a model would have if its answers were as long as the baseline's.

    Args:
        preference: 1 where the model won, 0 where the baseline did, or anything between.
        length: of the model's answers, in characters; `baseline_length` likewise.
        question: which question a row belongs to; folds and errors keep a question together.
        difficulty: of the question for the baseline, as AlpacaEval publishes it; none: left out.

    Raises:
        VotesError: the columns differ in length, are empty, or a preference is outside 0..1.
    """
    columns = [length, baseline_length, question, *([] if difficulty is None else [difficulty])]
    if not len(preference) or any(len(column) != len(preference) for column in columns):
        raise VotesError("the columns differ in length, or are empty")
    if not ((preference >= 0) & (preference <= 1)).all():
        raise VotesError("a preference is outside 0 to 1")
    apart = np.asarray(length, dtype=np.float64) - baseline_length
    spread = float(apart.std(ddof=1)) if len(apart) > 1 else 0.0
    term = np.tanh(apart / spread) if spread > 0 else np.zeros(len(apart))
    hard = np.zeros(len(apart)) if difficulty is None else difficulty
    design = np.stack([np.ones(len(apart)), term, hard], axis=1)
    strength = _chosen(design, preference, question)
    found = lasso(design, preference, strength)
    equal = design * [1.0, 0.0, 1.0]
    win = expit(equal @ found)
    margin = Z * _error(design, equal, preference, found, question)
    rate = float(win.mean())
    return LengthControlled(
        win_rate=rate,
        lower=max(rate - margin, 0.0),
        upper=min(rate + margin, 1.0),
        raw=float(preference.mean()),
        model=float(found[0]),
        length=float(found[1]),
        difficulty=float(found[2]),
        strength=strength,
    )


def lasso(design: Floats, preference: Floats, strength: float) -> Floats:
    """Minimises |w|_1 + strength x log-loss: Newton steps, each with its penalty by coordinates.

    Raises FitError where the steps do not settle.
    """
    at = np.zeros(design.shape[1])
    value = _loss(design, preference, strength, at)
    for _ in range(LIMIT):
        win = expit(design @ at)
        slope = strength * design.T @ (win - preference)
        bend = strength * (design * (win * (1 - win))[:, None]).T @ design
        step = _penalised(at, slope, bend + 1e-10 * np.eye(len(at))) - at
        for _ in range(40):
            new = _loss(design, preference, strength, at + step)
            if new <= value + 1e-12 * abs(value):
                break
            step = step / 2
        at, value = at + step, new
        if np.abs(step).max() < TOLERANCE * max(1.0, float(np.abs(at).max())):
            return at
    raise FitError("the length-controlled fit did not settle")


def _penalised(at: Floats, slope: Floats, bend: Floats) -> Floats:
    """The minimum of the quadratic at `at` plus |w|_1, a coordinate at a time."""
    new = at.copy()
    for _ in range(LIMIT):
        before = new.copy()
        for k in range(len(new)):
            pull = bend[k, k] * new[k] - slope[k] - bend[k] @ (new - at)
            new[k] = np.sign(pull) * max(abs(pull) - 1.0, 0.0) / bend[k, k]
        if np.abs(new - before).max() < TOLERANCE / 10:
            break
    return new


def _loss(design: Floats, preference: Floats, strength: float, at: Floats) -> float:
    return float(np.abs(at).sum()) + strength * log_loss(design @ at, preference)


def log_loss(logit: Floats, preference: Floats) -> float:
    """Summed, of preferences that may lie between 0 and 1."""
    return -float((preference * log_expit(logit) + (1 - preference) * log_expit(-logit)).sum())


def _chosen(design: Floats, preference: Floats, question: Indices) -> float:
    """The strength with the least log-loss on held-out questions."""
    _, place = np.unique(question, return_inverse=True)
    fold = place % FOLDS
    losses = np.zeros(len(STRENGTHS))
    for held in np.unique(fold):
        out = fold == held
        if out.all():
            continue
        for k, strength in enumerate(STRENGTHS):
            found = lasso(design[~out], preference[~out], float(strength))
            losses[k] += log_loss(design[out] @ found, preference[out])
    return float(STRENGTHS[int(np.argmin(losses))])


def _error(
    design: Floats, equal: Floats, preference: Floats, found: Floats, question: Indices
) -> float:
    """Standard error of the mean prediction, over questions (sandwich, delta method)."""
    kept = found != 0
    win, flat = expit(design @ found), expit(equal @ found)
    bend = (design * (win * (1 - win))[:, None]).T @ design
    slope = (equal * (flat * (1 - flat))[:, None]).mean(axis=0)[kept]
    push = np.linalg.pinv(bend[np.ix_(kept, kept)]) @ slope if kept.any() else slope
    pulled = design[:, kept] @ push * (preference - win) + (flat - flat.mean()) / len(flat)
    _, place = np.unique(question, return_inverse=True)
    summed = np.bincount(place, pulled)
    groups = len(summed)
    return math.sqrt(float((summed**2).sum()) * groups / max(groups - 1, 1))
