"""What one more vote on a pair says of all ratings together: the worth of a draw, a second way."""

import numpy as np
from numpy.typing import NDArray

from ranking.bradley_terry import fit
from ranking.pairs import Pairs

Floats = NDArray[np.float64]


def narrowing(wins: Floats, ties: Floats) -> Floats:
    """By how much one more vote on each pair lowers the summed variance of all ratings.

    For a pair whose difference x is decided with chance p, the vote adds p (1 - p) x x^T to the
    information L, which lowers the trace of its inverse V by about p (1 - p) |V x|^2 (A-optimal
    design: Fedorov 1972). One imagined tie a pair stands for what nobody knows yet.
    """
    size = len(wins)
    first, second = np.triu_indices(size, 1)
    count = np.stack([wins[first, second], wins[second, first], ties[first, second] + 1])
    pairs = Pairs(size, first, second, count, count, count, np.ones(len(first)))
    strengths = fit(pairs).strengths
    win = 1 / (1 + np.exp(np.subtract.outer(strengths, strengths)))
    told = win * (1 - win)
    information = -(wins + wins.T + ties + 1) * told
    np.fill_diagonal(information, 0.0)
    np.fill_diagonal(information, -information.sum(axis=1))
    # The common level of all strengths, which no vote tells, is held.
    variance = np.linalg.inv(information + np.trace(information) / size**2)
    square = variance @ variance
    own = np.diag(square)
    worth: Floats = told * np.maximum(own[:, None] + own[None, :] - 2 * square, 0.0)
    np.fill_diagonal(worth, 0.0)
    return worth
