"""The worth of a draw for all ratings, held against what one more vote really takes off."""

import numpy as np
import pytest

from arena.informing import narrowing
from ranking.bradley_terry import fit
from ranking.counts import Cells
from ranking.pairs import Pairs

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def votes(size: int, mean: float, seed: int) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, 1, size)
    upper = np.triu(rng.poisson(mean, (size, size)), 1)
    won = rng.binomial(upper, 1 / (1 + np.exp(strength - strength[:, None])))
    return (won + (upper - won).T).astype(float), np.zeros((size, size))


def information(wins: Matrix, ties: Matrix) -> tuple[Matrix, Matrix]:
    """Of the strengths, summed vote by vote; and each pair's p (1 - p)."""
    size = len(wins)
    seats = [(i, j) for i in range(size) for j in range(size) if i != j]
    names = [str(i) for i in range(size)]
    rows = [(names[i], names[j], "model_a", wins[i, j]) for i, j in seats]
    rows += [(names[i], names[j], "tie", ties[i, j] + 1) for i, j in seats if i < j]
    strengths = fit(Pairs.of(Cells.from_columns(*zip(*rows, strict=True)))).strengths
    told, total = np.zeros((size, size)), np.zeros((size, size))
    for i, j in seats:
        win = 1 / (1 + np.exp(strengths[j] - strengths[i]))
        told[i, j] = win * (1 - win)
        x = np.eye(size)[i] - np.eye(size)[j]
        total += (wins[i, j] + ties[i, j] / 2 + 0.5) * told[i, j] * np.outer(x, x)
    return total, told


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_a_little_more_of_a_vote_takes_off_the_summed_variance(seed: int) -> None:
    wins, ties = votes(5, 20, seed)
    worth = narrowing(wins, ties)
    before, told = information(wins, ties)
    for i, j in ((0, 1), (2, 4)):
        x = np.eye(5)[i] - np.eye(5)[j]
        after = before + 1e-6 * told[i, j] * np.outer(x, x)
        fall = np.trace(np.linalg.pinv(before)) - np.trace(np.linalg.pinv(after))
        assert worth[i, j] == pytest.approx(fall / 1e-6, rel=1e-3)


def test_without_votes_every_pair_is_worth_the_same() -> None:
    worth = narrowing(np.zeros((4, 4)), np.zeros((4, 4)))
    assert np.ptp(worth[np.triu_indices(4, 1)]) < 1e-12 < worth.max()


def test_the_pairs_of_a_newcomer_are_worth_most() -> None:
    wins, ties = votes(8, 30, 1)
    wins[7] = wins[:, 7] = 0
    worth = narrowing(wins, ties)
    assert worth[7, :7].min() > worth[:7, :7].max()
