"""Damped Newton for concave log-likelihoods: whole steps where they climb, shorter where not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.votes import Floats

TOLERANCE: Final = 1e-9  # largest change of any parameter in the last step
STALLED: Final = 1e-5  # steps that stop shrinking below this are rounding, not progress
LIMIT: Final = 100
HALVINGS: Final = 40
NOISE: Final = 1e-11  # relative rounding error of the sum that is the log-likelihood

Evaluate = Callable[[Floats], tuple[float, Floats, Floats]]


@dataclass(frozen=True, eq=False)
class Climb:
    """Where the iterations ended, how far they still moved, and whether that is the top."""

    at: Floats
    iterations: int
    converged: bool
    tolerance: float = TOLERANCE


def climb(evaluate: Evaluate, start: Floats, stride: float = math.inf) -> Climb:
    """Maximise; `evaluate` gives value, gradient and minus the Hessian (positive definite).

    No step changes a parameter by more than `stride`, for functions with plateaus to leap onto. A
    start from which no step climbs, or a Hessian that cannot be solved with, ends the climb
    as not converged. Where weights many orders apart leave too few digits for TOLERANCE, the
    climb ends when its steps stop shrinking, and its tolerance says how large they were.
    """
    last = np.inf
    at, (value, gradient, bend) = start, evaluate(start)
    for iteration in range(1, LIMIT + 1):
        try:
            step: Floats = np.linalg.solve(bend, gradient).astype(np.float64)
        except np.linalg.LinAlgError:
            return Climb(at, iteration, converged=False)
        step = step * min(1.0, stride / max(_size(step), TOLERANCE))
        slack = NOISE * (1 + abs(value))
        for _ in range(HALVINGS):
            new = evaluate(at + step)
            if new[0] >= value - slack:
                break
            step = step / 2
        else:
            return Climb(at, iteration, converged=False)
        at, (value, gradient, bend) = at + step, new
        moved = _size(step)
        if moved < TOLERANCE or last / 2 < moved < STALLED:
            return Climb(at, iteration, converged=True, tolerance=max(moved, TOLERANCE))
        last = moved
    return Climb(at, LIMIT, converged=False)


def _size(x: Floats) -> float:
    return float(np.abs(x).max(initial=0))
