"""The two sides of `bench_style` on simulated votes with known coefficients; answers in JSON."""

from __future__ import annotations

import json
import resource
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

MODELS = 100
FEATURES = ("tokens", "headers", "lists", "bold")
WORTH = (0.9, 0.15, 0.1, 0.1)  # what a whole difference moves the logit by
TIED = 0.6  # a vote ties with this times the lesser of the two chances
ROUNDS = {1_000_000: 5, 5_000_000: 3}
UNSHRUNK = {"reg": 1e-12, "ftol": 1e-15, "gtol": 1e-11}  # what the peer's model can reach


def simulated(votes: int, seed: int = 0) -> Any:
    """A frame of votes whose mean score is logistic; models differ in strength and in style."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    strength = rng.normal(0, 0.6, MODELS)
    shown = rng.dirichlet(np.full(MODELS, 2.0))
    a = rng.choice(MODELS, votes, p=shown)
    b = (a + rng.integers(1, MODELS, votes)) % MODELS
    lean = rng.normal(0, 0.2, (MODELS, len(FEATURES)))
    styles = np.tanh(lean[a] - lean[b] + rng.normal(0, 0.4, (votes, len(FEATURES))))
    chance = 1 / (1 + np.exp(strength[b] - strength[a] - styles @ WORTH))
    tie = TIED * np.minimum(chance, 1 - chance)
    drawn = rng.random(votes)
    said = np.where(drawn < tie, 2, np.where(drawn < chance + tie / 2, 0, 1))
    names = np.array([f"model-{model:03d}" for model in range(MODELS)])
    columns = {"model_a": names[a], "model_b": names[b]}
    columns["winner"] = np.array(["model_a", "model_b", "tie"])[said]
    return pd.DataFrame(columns | {name: styles[:, i] for i, name in enumerate(FEATURES)})


def ours_read(frame: Any) -> Any:
    import numpy as np

    from ranking import Votes

    covariates = np.empty((len(frame), len(FEATURES)), np.float32)
    for place, name in enumerate(FEATURES):
        covariates[:, place] = frame[name].to_numpy()
    return Votes.from_strings(
        *(frame[name] for name in ("model_a", "model_b", "winner")),
        features=FEATURES,
        covariates=covariates,
    )


def ours_fit(votes: Any) -> tuple[dict[str, float], list[float]]:
    from ranking import rate

    board = rate(votes, style=True)
    return {m.model: m.rating for m in board.models}, [c.coefficient for c in board.coefficients]


def peer_read(frame: Any, **options: Any) -> Any:
    from arena_rank.utils.data_utils import ContextualPairDataset

    return ContextualPairDataset.from_pandas(frame, list(FEATURES), reweighted=False, **options)


def peer_fit(dataset: Any, **options: Any) -> tuple[dict[str, float], list[float]]:
    from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry

    model = ContextualBradleyTerry(len(dataset.competitors), len(FEATURES), **options)
    found = model.compute_ratings_and_cis(dataset)
    ratings = {n: float(r) for n, r in zip(found["competitors"], found["ratings"], strict=True)}
    assert float(found["rating_upper"].max()) > 0  # JAX works when asked
    return ratings, [float(worth) for worth in found["coeffs"]]


def timings(votes: int, _: Path) -> dict[str, Any]:
    """Both sides in turn, each reading the frame and then fitting; the first round warms up."""
    import_module("arena_rank.models.contextual_bradley_terry")  # sets JAX to double precision
    frame = simulated(votes)
    sides = {"ours": (ours_read, ours_fit), "peer": (peer_read, peer_fit)}
    taken: dict[str, list[float]] = {
        f"{s}_{part}": [] for s in sides for part in ("all", "fit", "work")
    }
    answers = {}
    for _round in range(ROUNDS[votes] + 1):
        for name, (read, fit) in sides.items():
            began, worked = perf_counter(), process_time()
            held = read(frame)
            between = perf_counter()
            answers[name] = fit(held)
            ended = perf_counter()
            taken[f"{name}_all"].append(ended - began)
            taken[f"{name}_fit"].append(ended - between)
            taken[f"{name}_work"].append(process_time() - worked)
    answers["peer_free"] = peer_fit(
        peer_read(in_units(frame), normalize_features=False), **UNSHRUNK
    )
    packages = ("arena-rank", "jax", "numpy", "pandas", "pyarrow", "scipy")
    return {
        "seconds": {name: median(times[1:]) for name, times in taken.items()},
        "rounds": ROUNDS[votes],
        "coefficients": {name: worth for name, (_, worth) in answers.items()}
        | {"true": true(frame)},
        "apart": apart(answers["ours"][0], answers["peer_free"][0]),
        "versions": "Python "
        + ", ".join([sys.version.split()[0], *(f"{p} {version(p)}" for p in packages)]),
    }


def in_units(frame: Any) -> Any:
    """The frame with covariates of root mean square 1 about 0, as ours are."""
    scaled = {name: frame[name] / (frame[name] ** 2).mean() ** 0.5 for name in FEATURES}
    return frame.assign(**scaled)


def true(frame: Any) -> list[float]:
    """The coefficients the votes were made with, for covariates of root mean square 1."""
    return [
        worth * float((frame[name] ** 2).mean() ** 0.5)
        for name, worth in zip(FEATURES, WORTH, strict=True)
    ]


def apart(ours: dict[str, float], peer: dict[str, float]) -> float:
    """Largest distance of two boards in points, each about its own mean."""
    shift = sum(ours.values()) / len(ours) - sum(peer.values()) / len(peer)
    return max(abs(ours[name] - peer[name] - shift) for name in ours)


def write(votes: int, file: Path) -> dict[str, Any]:
    """The simulated votes as Parquet."""
    simulated(votes).to_parquet(file)
    return {}


def peak_ours(_: int, file: Path) -> dict[str, float]:
    """Peak memory from the file to the board."""
    for name in ("ranking.rating", "ranking.reading"):
        import_module(name)
    before = peak()
    from ranking import read_votes

    ours_fit(read_votes(file, covariates=FEATURES))
    return {"peak": peak(), "grown": peak() - before}


def peak_peer(_: int, file: Path) -> dict[str, float]:
    """Peak memory from the file to the board."""
    for name in ("arena_rank.models.contextual_bradley_terry", "pandas", "pyarrow.parquet"):
        import_module(name)
    before = peak()
    import pandas as pd

    peer_fit(peer_read(pd.read_parquet(file)))
    return {"peak": peak(), "grown": peak() - before}


def peak() -> float:
    """Peak resident megabytes of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


ASKED = {"timings": timings, "write": write, "peak_ours": peak_ours, "peak_peer": peak_peer}

if __name__ == "__main__":
    print(json.dumps(ASKED[sys.argv[1]](int(sys.argv[2]), Path(sys.argv[3]))))
