"""Ratings and intervals beside arena-rank's on generated votes; exit 1 where they differ.

    python -m benchmarks.differ_arena_rank

arena-rank pins numpy 2.3.3 and needs jax, so it lives in .venv-bench and not in the tests' own
environment. Its ridge on the curvature, which narrows intervals, is a tenth of its default here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from benchmarks.bench_rate import ONE_THREAD, ROOT, interpreter

MODELS, VOTES, SEEDS = 20, 20_000, 5
NEAR = 0.05  # rating points: what their ridge is worth
ASKED = "there"


def main() -> int:
    """Compare in the environment that has arena-rank."""
    python = interpreter()
    if python is None:
        print("differ_arena_rank: SKIPPED, arena-rank is nowhere", file=sys.stderr)
        return 0
    command = [python, "-m", "benchmarks.differ_arena_rank", ASKED]
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def generated(seed: int) -> Any:
    """Votes of twenty models half a unit of strength apart on average, one in five a tie."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    strength, share = rng.normal(0, 0.5, MODELS), rng.dirichlet(np.full(MODELS, 2.0))
    a, b = (rng.choice(MODELS, VOTES, p=share) for _ in range(2))
    a, b = a[a != b], b[a != b]
    won = rng.random(len(a)) < 1 / (1 + np.exp(strength[b] - strength[a]))
    said = np.where(rng.random(len(a)) < 0.2, "tie", np.where(won, "model_a", "model_b"))
    names = np.array([f"model-{place:02d}" for place in range(MODELS)])
    return pd.DataFrame({"model_a": names[a], "model_b": names[b], "winner": said})


def theirs(frame: Any, reweighted: bool) -> dict[str, tuple[float, float]]:
    """Rating and half width of the interval, ratings about their mean."""
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    dataset = PairDataset.from_pandas(frame, reweighted=reweighted)
    model = BradleyTerry(len(dataset.competitors), hessian_reg=1e-6, ftol=1e-15, gtol=1e-12)
    found = model.compute_ratings_and_cis(dataset)
    rating, upper = (found[key] - found["ratings"].mean() for key in ("ratings", "rating_upper"))
    rows = zip(found["competitors"], rating, upper - rating, strict=True)
    return {name: (float(r), float(half)) for name, r, half in rows}


def ours(frame: Any, reweighted: bool) -> dict[str, tuple[float, float]]:
    """The same from this project."""
    from ranking import Votes, rate

    votes = Votes.from_strings(frame["model_a"], frame["model_b"], frame["winner"])
    board = rate(votes, weights="pair" if reweighted else "none")
    return {m.model: (m.rating - 1000, (m.upper or 0) - m.rating) for m in board.models}


def differences() -> int:
    """Print the largest deviation of each board; 1 where one is not near."""
    worst = 0.0
    for seed in range(SEEDS):
        frame = generated(seed)
        for reweighted in (False, True):
            peer, own = theirs(frame, reweighted), ours(frame, reweighted)
            off = [max(abs(own[n][k] - peer[n][k]) for n in peer) for k in range(2)]
            kind = "pair weights" if reweighted else "no weights"
            print(f"seed {seed}, {kind}: rating {off[0]:.5f}, half width {off[1]:.5f} points off")
            worst = max(worst, *off)
    print(f"largest difference {worst:.5f} points, allowed {NEAR}")
    return 1 if worst > NEAR else 0


if __name__ == "__main__":
    sys.exit(differences() if ASKED in sys.argv[1:] else main())
