"""One measurement of the speed benchmark in a process of its own; answers in JSON.

python -m benchmarks.speed_runs WHAT ARGUMENT ...
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from benchmarks.speed_sides import Ratings, fastchat, from_file, ours, sides
from benchmarks.speed_worlds import World, codes, real, simulated, write

Taken = tuple[float, float]

WORLDS = ((1_000_000, 100, 2), (1_000_000, 300, 2), (5_000_000, 100, 1), (5_000_000, 300, 1))
REAL_ROUNDS = 5
GROWTH = (100_000, 1_000_000, 5_000_000, 50_000_000)
GROWTH_ROUNDS = 7
RESAMPLES = 100
SETTLED = 10  # votes from which a model's rating is compared
IMPORTED = {
    "agon": ("ranking.rating", "ranking.reading"),
    "arena-rank": ("arena_rank.models.bradley_terry", "pandas", "pyarrow.parquet"),
    "evalica": ("evalica", "pandas", "pyarrow.parquet"),
    "FastChat": ("pandas", "pyarrow.parquet"),
}
PACKAGES = ("arena-rank", "evalica", "jax", "numpy", "pandas", "pyarrow", "scipy")


def fits(file: str) -> dict[str, Any]:
    """Every world in turn, all sides taking turns in this one process."""
    found = [_world(real(Path(file)), REAL_ROUNDS)]
    for votes, models, rounds in WORLDS:
        found.append(_world(simulated(votes, models), rounds))
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return {"worlds": found, "versions": f"Python {sys.version.split()[0]}, {versions}"}


def _world(world: World, rounds: int) -> dict[str, Any]:
    known = sides(world)
    ratings = {side: starts["strings"]() for side, starts in known.items()} if rounds > 1 else {}
    taken: dict[str, dict[str, list[Taken]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for start in ("strings", "codes"):
            for side in set(known) - {"agon"}:
                for turn in ("agon", side):
                    spent, answer = _timed(known[turn][start])
                    taken[turn][start].append(spent)
                    if start == "strings":
                        ratings[turn] = answer
    return {
        "label": world.label,
        "votes": len(world.frame),
        "models": len(world.names),
        "seconds": _medians(taken, 0),
        "processor": _medians(taken, 1),
        "apart": _apart(world, ratings),
    }


def _medians(taken: dict[str, dict[str, list[Taken]]], which: int) -> dict[str, dict[str, float]]:
    return {
        side: {start: median(spent[which] for spent in times) for start, times in starts.items()}
        for side, starts in taken.items()
    }


def _timed(work: Callable[[], Any]) -> tuple[Taken, Any]:
    """Seconds by the clock and seconds of processor, of all threads, that a call took."""
    began, busy = perf_counter(), process_time()
    answer = work()
    return (perf_counter() - began, process_time() - busy), answer


def _apart(world: World, ratings: dict[str, Ratings]) -> dict[str, float]:
    """How far each peer's ratings are from ours at most, means removed, in points."""
    import numpy as np

    size = len(world.names)
    votes = np.bincount(world.a, minlength=size) + np.bincount(world.b, minlength=size)
    settled = [name for name, count in zip(world.names, votes, strict=True) if count >= SETTLED]

    def centred(found: Ratings) -> Any:
        points = np.array([found[name] for name in settled])
        return points - points.mean()

    own = centred(ratings["agon"])
    return {s: float(abs(centred(r) - own).max()) for s, r in ratings.items() if s != "agon"}


def resampled(file: str) -> dict[str, Any]:
    """Intervals from 100 resamples, ours and FastChat's in turn; JAX stays out, FastChat forks."""
    peer, found = fastchat(), []
    if peer is None:
        return {"worlds": []}
    for world, rounds in (
        (real(Path(file)), 3),
        (simulated(1_000_000, 100), 1),
        (simulated(1_000_000, 300), 1),
    ):
        own = ours(world, bootstrap=RESAMPLES)["strings"]
        theirs = partial(peer.compute_bootstrap_bt, world.frame, RESAMPLES)
        own()
        seconds: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for side, work in (("agon", own), ("FastChat", theirs), ("agon", own)):
                seconds[side].append(_timed(work)[0][0])
        found.append(
            {
                "label": world.label,
                "models": len(world.names),
                "seconds": {side: median(times) for side, times in seconds.items()},
            }
        )
    return {"worlds": found, "cores": os.cpu_count()}


def growth() -> dict[str, Any]:
    """Fit with intervals from codes at 100 models, votes growing; and reading the columns once."""
    names = tuple(f"m{place:03d}" for place in range(100))
    a, b, winner = codes(GROWTH[-1], len(names))
    rows = []
    for votes in GROWTH:
        kept = slice(0, votes)
        columns = a[kept].copy(), b[kept].copy(), winner[kept].copy()
        fit, read = partial(_fit, names, columns), partial(_read, columns)
        turns = [(_timed(fit)[0], _timed(read)[0]) for _ in range(GROWTH_ROUNDS)]
        rows.append(
            {
                "votes": votes,
                "fit": median(fitted[0] for fitted, _ in turns),
                "least": min(fitted[1] for fitted, _ in turns),
                "read": min(once[1] for _, once in turns),
            }
        )
    return {"models": len(names), "rows": rows}


def _fit(names: tuple[str, ...], columns: tuple[Any, Any, Any]) -> object:
    from ranking import Votes, rate

    return rate(Votes(names, *columns))


def _read(columns: tuple[Any, Any, Any]) -> object:
    return [column.max() for column in columns]


def memory(side: str, file: str) -> dict[str, float]:
    """Peak resident megabytes of this process, in all and beyond what importing took."""
    for name in IMPORTED[side]:
        import_module(name)
    if side == "FastChat":
        fastchat()
    before = _resident("VmRSS")
    from_file(side, Path(file))
    peak = _resident("VmHWM")
    return {"peak": peak, "grown": peak - before}


def _resident(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def written(votes: str, models: str, file: str) -> dict[str, Any]:
    """Write simulated votes for `memory`."""
    write(int(votes), int(models), Path(file))
    return {}


ASKED: dict[str, Callable[..., dict[str, Any]]] = {
    run.__name__: run for run in (fits, resampled, growth, memory, written)
}

if __name__ == "__main__":
    print(json.dumps(ASKED[sys.argv[1]](*sys.argv[2:])))
