"""Speed of ratings beside arena-rank, evalica and FastChat, on real and on simulated votes.

    python -m benchmarks.bench_speed [arena_votes_140k.parquet]

The peers live in .venv-bench; both sides are measured there. FastChat's rating code is in no
release (the released 0.2.36 has an older one, whose module needs torch): its file
fastchat/serve/monitor/rating_systems.py is taken from .venv-bench/rating_systems.py or from where
FASTCHAT_RATING_SYSTEMS says. Without it all about FastChat is said to be unmeasured.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.bench_rate import DATA, ROOT, ask, interpreter
from benchmarks.speed_sides import fastchat_file
from benchmarks.speed_tables import page

PAGE = ROOT / "docs/benchmarks/speed.md"
RUNS = "benchmarks.speed_runs"

LEAST = {  # times as fast as each peer, from strings: on the real file, on simulated votes
    "arena-rank": (35, 35),
    "evalica": (15, 10),
    "FastChat": (15, 10),
}
LEAST_RESAMPLED = 50
MOST_MEMORY = 0.1  # of arena-rank's peak beyond imports, both from a file of 5M votes
MOST_SECONDS = 1.0  # for 50M votes from codes
FLAT = 1.15  # time per vote may exceed that of fewer votes by so much and still count as flat
MOST_APART = {"arena-rank": 0.5, "evalica": 0.5, "FastChat": 0.5}  # points, 10 votes or more
LARGE = (5_000_000, 100)


def main(file: Path = DATA) -> int:
    """Measure, print, write the page, say what was missed; 1 where there are no peers."""
    if not file.exists():
        print(f"bench_speed: SKIPPED, there is no {file.name}: nothing was measured")
        return 0
    python = interpreter()
    if python is None:
        print("bench_speed: the peers are neither here nor in .venv-bench; install them first")
        return 1
    found = measured(python, file.resolve())
    text = page(found, file.name)
    print(text)
    PAGE.write_text(text)
    if not fastchat_file().exists():
        print("bench_speed: FastChat UNMEASURED, its rating_systems.py is not here")
    wrong = list(misses(found))
    for line in wrong:
        print(f"bench_speed: not reached: {line}", file=sys.stderr)
    return 0


def measured(python: str, file: Path) -> dict[str, Any]:
    """All measurements, each in a process of its own."""
    fits = ask(python, "fits", file, runs=RUNS)
    with tempfile.TemporaryDirectory() as folder:
        votes = Path(folder) / "votes.parquet"
        ask(python, "written", *LARGE, votes, runs=RUNS)
        kept = fits["worlds"][0]["seconds"]
        memory = {side: ask(python, "memory", side, votes, runs=RUNS) for side in sorted(kept)}
    return fits | {
        "memory": memory,
        "large": LARGE,
        "growth": ask(python, "growth", runs=RUNS),
        "resampled": ask(python, "resampled", file, runs=RUNS),
    }


def misses(found: dict[str, Any]) -> Iterator[str]:
    """What is not as promised, and by how much."""
    for place, world in enumerate(found["worlds"]):
        yield from _slow(world, simulated=place > 0)
        for peer, apart in world["apart"].items():
            if apart > MOST_APART[peer]:
                yield f"{named(world)}: {apart:.2f} points from {peer}'s ratings"
    for world in found["resampled"]["worlds"]:
        if (times := ratio(world["seconds"], "FastChat")) < LEAST_RESAMPLED:
            yield f"{named(world)}: bootstrap {times:.0f} times FastChat's, not {LEAST_RESAMPLED}"
    share = found["memory"]["agon"]["grown"] / found["memory"]["arena-rank"]["grown"]
    if share > MOST_MEMORY:
        yield f"peak memory after import {share:.3f} of arena-rank's, not {MOST_MEMORY}"
    yield from _steep(found["growth"]["rows"])


def _slow(world: dict[str, Any], simulated: bool) -> Iterator[str]:
    for peer, least in LEAST.items():
        times = least_ratio(world, peer) if peer in world["seconds"] else least[simulated]
        if times < least[simulated]:
            yield f"{named(world)}: {times:.1f} times as fast as {peer}, not {least[simulated]}"


def _steep(rows: list[dict[str, float]]) -> Iterator[str]:
    for fewer, more in pairwise(rows):
        one, other = (row["least"] / row["votes"] for row in (fewer, more))
        if other > FLAT * one:
            yield f"time per vote grows {other / one:.2f} times up to {more['votes']:,.0f} votes"
    if rows[-1]["fit"] >= MOST_SECONDS:
        yield f"{rows[-1]['votes']:,.0f} votes take {rows[-1]['fit']:.2f} s, not {MOST_SECONDS}"


def named(world: dict[str, Any]) -> str:
    """Which votes, in a few words."""
    return f"{world['label']} votes of {world['models']} models"


def least_ratio(world: dict[str, Any], peer: str) -> float:
    """By the clock or by processor time, whichever is less to our credit."""
    return min(
        ratio({side: starts["strings"] for side, starts in world[measure].items()}, peer)
        for measure in ("seconds", "processor")
    )


def ratio(seconds: dict[str, float], peer: str) -> float:
    """The peer's time over ours."""
    return seconds[peer] / seconds["agon"]


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
