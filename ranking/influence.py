"""What one vote more or less does to the strengths, to first order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from ranking.bradley_terry import Fit, core_problem
from ranking.pairs import Pairs
from ranking.votes import Floats

Change = Literal["drop", "flip"]

MOST_LEVERAGE: Final = 0.9  # a vote that alone holds a model in its place is left to the refit


@dataclass(frozen=True, eq=False)
class Influence:
    """Derivatives of a fit: the inverse of its curvature, and each outcome's slope in each pair."""

    pairs: Pairs
    inverse: Floats
    slope: Floats
    curvature: Floats
    tie_slope: Floats | None

    def on(self, above: int, below: int, change: Change) -> Floats:
        """How far changing one vote of each cell moves the one strength from the other, 3 x pairs.

        A vote left out takes its score and, through its leverage, its curvature with it (one
        Newton step); a vote turned round trades its score for that of the opposite outcome.
        """
        pairs = self.pairs
        push = self.inverse[above] - self.inverse[below]
        score = self.slope * (push[pairs.first] - push[pairs.second])
        if self.tie_slope is not None:
            score = score + self.tie_slope * push[-1]
        weight = pairs.weight / np.maximum(pairs.count, 1)
        if change == "flip":
            score = np.stack([score[0] - score[1], score[1] - score[0], 0 * score[2]])
        else:
            leverage = weight * self.curvature * self.apart[pairs.first, pairs.second]
            score = score / (1 - np.minimum(leverage, MOST_LEVERAGE))
        effect: Floats = -weight * score
        return effect

    @property
    def apart(self) -> Floats:
        """How far one vote of each pair moves its two models from each other, per unit of slope."""
        own = np.diag(self.inverse)
        between: Floats = own[:, None] + own[None, :] - 2 * self.inverse
        return between


def influence(pairs: Pairs, fitted: Fit) -> Influence:
    """At a fit, for votes inside the cores; what lies outside them moves nothing."""
    problem = core_problem(pairs, fitted.structure, fitted.ties)
    held = problem.free
    x, size = fitted.strengths, pairs.size
    if problem.frees_tie:
        x, held, size = np.append(x, fitted.tie), np.append(held, size), size + 1
    inverse = np.zeros((size, size))
    inverse[np.ix_(held, held)] = np.linalg.inv(problem.evaluate(x[held])[2])
    terms = replace(problem, pairs=pairs, free=np.arange(pairs.size), groups=None).terms(x)
    inside = fitted.structure.core[pairs.first] & fitted.structure.core[pairs.second]
    tie_slope = terms.tie.slope * inside if problem.frees_tie and terms.tie else None
    return Influence(pairs, inverse, terms.slope * inside, terms.curvature * inside, tie_slope)
