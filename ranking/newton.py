"""Damped Newton for concave log-likelihoods: whole steps where they climb, shorter where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.votes import Floats

TOLERANCE: Final = 1e-9  # largest change of any parameter in the last step
LIMIT: Final = 100
HALVINGS: Final = 40
NOISE: Final = 1e-11  # relative rounding error of the sum that is the log-likelihood

Evaluate = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True, eq=False)
class Climb:
    """Where the iterations ended, and whether that is the top."""

    at: Floats
    iterations: int
    converged: bool


def climb(evaluate: Evaluate, start: Floats) -> Climb:
    """Maximise; `evaluate` gives value, gradient and minus the Hessian (positive definite).

    A start from which no step climbs, or a Hessian that cannot be solved with, ends the climb
    as not converged.
    """
    at, (value, gradient, bend) = start, evaluate(start)
    for iteration in range(1, LIMIT + 1):
        try:
            step = np.linalg.solve(bend, gradient)
        except np.linalg.LinAlgError:
            return Climb(at, iteration, converged=False)
        slack = NOISE * (1 + abs(value))
        for _ in range(HALVINGS):
            new = evaluate(at + step)
            if new[0] >= value - slack:
                break
            step = step / 2
        else:
            return Climb(at, iteration, converged=False)
        at, (value, gradient, bend) = at + step, new
        if np.abs(step).max(initial=0) < TOLERANCE:
            return Climb(at, iteration, converged=True)
    return Climb(at, LIMIT, converged=False)
