"""How often all rank ranges of a board are right at once, by simulation; wanted: 95 of 100.

python -m benchmarks.rank_ranges
"""

from __future__ import annotations

import sys
from typing import Final

import numpy as np

from ranking import Votes, count
from ranking.bradley_terry import fit
from ranking.covariance import errors
from ranking.pairs import Pairs
from ranking.ranks import critical
from ranking.votes import Floats

BOARDS: Final = 400
LEAST: Final = 0.93
WORLDS: Final = ((10, 5_000, 0.0), (20, 10_000, 1.5), (50, 50_000, 0.0), (50, 50_000, 1.5))


def main() -> int:
    """Print a line a world; 1 where too few boards are right."""
    covered = [world(*chosen) for chosen in WORLDS]
    return 0 if min(covered) >= LEAST else 1


def world(models: int, votes: int, unevenness: float) -> float:
    """Share of boards on which no difference is further from the truth than is allowed."""
    rng = np.random.default_rng(3)
    truth = rng.normal(0, 0.5, models)
    share = (rng.exponential(size=models) + 0.02) ** unevenness
    worst = np.array([_worst(rng, truth, share / share.sum(), votes) for _ in range(BOARDS)])
    covered = float((worst < critical(models)).mean())
    print(
        f"{models} models, {votes} votes, {'un' if unevenness else ''}evenly met: "
        f"{covered:.1%} of {BOARDS} boards right; critical value {critical(models):.3f}, "
        f"95 % quantile found {np.quantile(worst, 0.95):.3f}"
    )
    return covered


def _worst(rng: np.random.Generator, truth: Floats, share: Floats, votes: int) -> float:
    """The largest error of any difference, in its standard errors."""
    a, b = (rng.choice(len(truth), votes, p=share) for _ in range(2))
    a, b = a[a != b], b[a != b]
    win = 1 / (1 + np.exp(truth[b] - truth[a]))
    tie, drawn = 0.6 * np.minimum(win, 1 - win), rng.random(len(a))  # the mean score stays `win`
    winner = np.where(drawn < win - tie / 2, 0, np.where(drawn < win + tie / 2, 2, 1))
    names = tuple(f"{place:03d}" for place in range(len(truth)))
    columns = (a.astype(np.int32), b.astype(np.int32), winner.astype(np.int8))
    pairs = Pairs.of(count(Votes(names, *columns)))
    fitted = fit(pairs)
    apart = errors(pairs, fitted, np.ones(pairs.size, bool)).apart + np.eye(pairs.size)
    off = fitted.strengths - truth
    return float((np.abs(off[:, None] - off[None, :]) / np.sqrt(apart)).max())


if __name__ == "__main__":
    sys.exit(main())
