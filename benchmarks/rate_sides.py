"""The two sides of `bench_rate`, and the exact fit both are held against; answers in JSON."""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

ROUNDS = 5
COLUMNS = ["model_a", "model_b", "winner"]
SETTLED = 10  # votes from which a model counts as settled
Board = dict[str, tuple[float, float | None, float | None]]


def ours_from_strings(frame: Any) -> Board:
    from ranking import Votes, rate

    votes = Votes.from_strings(frame["model_a"], frame["model_b"], frame["winner"])
    return {m.model: (m.rating, m.lower, m.upper) for m in rate(votes).models}


def ours_from_file(file: Path) -> Board:
    from ranking import rate, read_votes

    return {m.model: (m.rating, m.lower, m.upper) for m in rate(read_votes(file)).models}


def peer_from_strings(frame: Any) -> Board:
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    dataset = PairDataset.from_pandas(frame)
    found = BradleyTerry(len(dataset.competitors)).compute_ratings_and_cis(dataset)
    columns = (found[name] for name in ("competitors", "ratings", "rating_lower", "rating_upper"))
    return {n: (float(r), float(low), float(up)) for n, r, low, up in zip(*columns, strict=True)}


def peer_from_file(file: Path) -> Board:
    import pandas as pd

    return peer_from_strings(pd.read_parquet(file, columns=COLUMNS))


def exact(frame: Any) -> tuple[dict[str, float], dict[str, int]]:
    """Ratings by an optimiser that knows nothing of ours, and votes per model."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit, log_expit

    names = sorted({*frame["model_a"], *frame["model_b"]})
    code = {name: place for place, name in enumerate(names)}
    counted = frame.groupby(COLUMNS, observed=True).size()
    a = np.array([code[key[0]] for key in counted.index])
    b = np.array([code[key[1]] for key in counted.index])
    won = np.array([{"model_a": 1.0, "model_b": 0.0}.get(key[2], 0.5) for key in counted.index])
    n = counted.to_numpy().astype(float)
    n[a == b] = 0.0

    def loss(x: Any) -> tuple[float, Any]:
        d = x[a] - x[b]
        value = -(n * (won * log_expit(d) + (1 - won) * log_expit(-d))).sum() / n.sum()
        edge = n * (expit(d) - won) / n.sum()
        size = len(names)
        return value, np.bincount(a, edge, size) - np.bincount(b, edge, size)

    options = {"ftol": 1e-16, "gtol": 1e-10, "maxiter": 10_000, "maxfun": 100_000, "maxcor": 50}
    x = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options=options).x
    rating = 1000 + 400 / np.log(10) * (x - x.mean())
    votes = np.bincount(a, n, len(names)) + np.bincount(b, n, len(names))
    return dict(zip(names, rating, strict=True)), dict(zip(names, votes.astype(int), strict=True))


def timings(file: Path) -> dict[str, Any]:
    """Both sides in turn, and how far each is from the exact fit."""
    import pandas as pd

    frame = pd.read_parquet(file, columns=COLUMNS)
    sides = {
        "ours_file": (ours_from_file, file),
        "peer_file": (peer_from_file, file),
        "ours_strings": (ours_from_strings, frame),
        "peer_strings": (peer_from_strings, frame),
    }
    boards = {name: work(given) for name, (work, given) in sides.items()}
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, (work, given) in sides.items():
            began = perf_counter()
            work(given)
            taken[name].append(perf_counter() - began)
    packages = ("arena-rank", "jax", "numpy", "pandas", "pyarrow", "scipy")
    return {
        "votes": len(frame),
        "rounds": ROUNDS,
        "seconds": {name: median(times) for name, times in taken.items()},
        "golden": golden(frame, boards["ours_file"], boards["peer_file"]),
        "versions": "Python "
        + ", ".join([sys.version.split()[0], *(f"{p} {version(p)}" for p in packages)]),
    }


def golden(frame: Any, ours: Board, peer: Board) -> dict[str, Any]:
    """Deviations from the exact fit, in rating points."""
    truth, votes = exact(frame)
    settled = [name for name in truth if votes[name] >= SETTLED]

    def off(board: Board, names: list[str], centred: bool) -> float:
        apart = [board[name][0] - truth[name] for name in names]
        shift = sum(apart) / len(apart) if centred else 0.0
        return max(abs(value - shift) for value in apart)

    return {
        "models": len(ours),
        "same_order": list(ours) == sorted(truth, key=lambda name: -truth[name]),
        "ours": off(ours, list(truth), centred=False),
        "peer": off(peer, list(truth), centred=False),
        "ours_settled": off(ours, settled, centred=True),
        "peer_settled": off(peer, settled, centred=True),
        "published_ours": ours["gemini-2.5-pro"],
        "published_peer": peer["gemini-2.5-pro"],
    }


def peak_ours(file: Path) -> dict[str, float]:
    for name in ("ranking.rating", "ranking.reading"):
        import_module(name)
    return _peak(ours_from_file, file)


def peak_peer(file: Path) -> dict[str, float]:
    for name in ("arena_rank.models.bradley_terry", "pandas", "pyarrow.parquet"):
        import_module(name)
    return _peak(peer_from_file, file)


def _peak(work: Any, file: Path) -> dict[str, float]:
    """Peak resident megabytes of this process, in all and beyond what importing took."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(file)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak": after / 1024, "grown": (after - before) / 1024}


ASKED = {"timings": timings, "peak_ours": peak_ours, "peak_peer": peak_peer}

if __name__ == "__main__":
    print(json.dumps(ASKED[sys.argv[1]](Path(sys.argv[2]))))
