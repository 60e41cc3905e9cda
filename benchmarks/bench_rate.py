"""`arena rate` on 135,634 real votes: beside arena-rank for speed, beside an exact fit for truth.

    python -m benchmarks.bench_rate [arena_votes_140k.parquet]

Without the file it says so and measures nothing. The peer may live in an environment of its own
(.venv-bench), since it pins numpy; both sides are then measured there, in one process, in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared/data/arena_votes_140k.parquet"
PEER_PYTHON = ROOT / ".venv-bench/bin/python"
PAGE = ROOT / "docs/benchmarks/rate.md"
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"), "1"
)

MODELS = 53
MOST_POINTS = 0.5  # largest deviation from the exact fit
MOST_SECONDS = 0.5  # file to board, after import
LEAST_RATIO = 35.0  # times as fast as the peer
MOST_SETTLED = 0.07  # points between the peer and the exact fit, models of 10 votes or more
PUBLISHED = ("gemini-2.5-pro", 1124.07, 1117.61, 1130.53)  # arena-rank's README


def main(file: Path = DATA) -> int:
    """Measure, print, write the page; 1 where a golden figure or a target is off."""
    if not file.exists():
        print(
            f"bench_rate: SKIPPED, there is no {file.name}: nothing was measured", file=sys.stderr
        )
        return 0
    python = interpreter()
    if python is None:
        print(
            "bench_rate: arena-rank==0.1.1 is neither here nor in .venv-bench; install it first",
            file=sys.stderr,
        )
        return 1
    file = file.resolve()
    timed = ask(python, "timings", file)
    peaks = {side: ask(python, f"peak_{side}", file) for side in ("ours", "peer")}
    page = report(timed, peaks, file.name)
    print(page)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page)
    wrong = list(misses(timed))
    for line in wrong:
        print(f"bench_rate: OFF: {line}", file=sys.stderr)
    return 1 if wrong else 0


def interpreter() -> str | None:
    """A Python that has arena-rank: this one, or that of .venv-bench."""
    if find_spec("arena_rank"):
        return sys.executable
    return str(PEER_PYTHON) if PEER_PYTHON.exists() else None


def ask(
    python: str, what: str, *arguments: object, runs: str = "benchmarks.rate_sides"
) -> dict[str, Any]:
    """One measurement in a fresh process with one thread for linear algebra."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [python, "-m", runs, what, *map(str, arguments)],
        env=os.environ | ONE_THREAD | {"PYTHONPATH": path},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def misses(timed: dict[str, Any]) -> list[str]:
    """What is not as promised."""
    seconds, golden = timed["seconds"], timed["golden"]
    checks = {
        f"{golden['models']} models, not {MODELS}": golden["models"] == MODELS,
        "the order differs from the exact fit's": golden["same_order"],
        f"{golden['ours']:.3f} points from the exact fit": golden["ours"] <= MOST_POINTS,
        f"{seconds['ours_file']:.3f} s from the file": seconds["ours_file"] < MOST_SECONDS,
        f"{golden['peer_settled']:.3f} points from the exact fit to arena-rank's": (
            golden["peer_settled"] <= MOST_SETTLED
        ),
        f"arena-rank gives {PUBLISHED[0]} {golden['published_peer']}, not {PUBLISHED[1:]}": (
            tuple(round(value, 2) for value in golden["published_peer"]) == PUBLISHED[1:]
        ),
    }
    for start in ("file", "strings"):
        times = ratio(seconds, start)
        checks[f"only {times:.1f} times as fast from {start}"] = times >= LEAST_RATIO
    return [problem for problem, holds in checks.items() if not holds]


def ratio(seconds: dict[str, float], start: str) -> float:
    """The peer's time over ours."""
    return seconds[f"peer_{start}"] / seconds[f"ours_{start}"]


def speeds(seconds: dict[str, float]) -> list[tuple[str, ...]]:
    """Rows of the table on time."""
    return [
        (
            f"from {what}, seconds",
            f"{seconds[f'ours_{start}']:.4f}",
            f"{seconds[f'peer_{start}']:.3f}",
            f"{ratio(seconds, start):.0f} times as fast",
        )
        for start, what in (("file", "the file"), ("strings", "strings in memory"))
    ]


def memory(ours: dict[str, float], peer: dict[str, float]) -> list[tuple[str, ...]]:
    """Rows of the table on peak memory."""
    return [
        (what, f"{ours[key]:.0f}", f"{peer[key]:.0f}", f"{peer[key] / ours[key]:.1f} times as much")
        for key, what in (("peak", "peak memory, MB"), ("grown", "of it after import, MB"))
    ]


def truth(golden: dict[str, Any]) -> list[tuple[str, ...]]:
    """Rows of the table on the distance from the exact fit."""
    order = "order as the exact fit's: " + ("yes" if golden["same_order"] else "NO")
    return [
        (what, f"{golden[f'ours{part}']:.6f}", f"{golden[f'peer{part}']:.3f}", said)
        for what, part, said in (
            ("largest deviation from the exact fit, points", "", order),
            ("the same, models of 10 votes or more, common shift removed", "_settled", ""),
        )
    ]


def report(timed: dict[str, Any], peaks: dict[str, dict[str, Any]], name: str) -> str:
    """The page: one table, and how it was measured."""
    golden = timed["golden"]
    rows = [*speeds(timed["seconds"]), *memory(**peaks), *truth(golden)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    model, *published = PUBLISHED
    ours, peer = golden["published_ours"], golden["published_peer"]
    return f"""# `arena rate` measured

`python -m benchmarks.bench_rate` on `{name}` ({timed["votes"]:,} votes of
arena-human-preference-140k, CC-BY-4.0; {golden["models"]} models), points and sandwich intervals on
both sides, medians of {timed["rounds"]} rounds in which the two take turns in one process with one
thread for linear algebra, imports and a first warming round not counted. Memory: each side from
the file, in a process of its own. {timed["versions"]}.

| | agon | arena-rank | |
|---|---|---|---|
{table}

The exact fit is scipy's L-BFGS-B on the log-likelihood at a tolerance of 1e-10, mean 1000.
arena-rank's largest deviation is one model with two votes, where its iterations stop early; as its
ratings too average 1000, that moves all the others by the common shift.

{model}, rating with its interval:

| | |
|---|---|
| published by arena-rank | {published[0]} [{published[1]}, {published[2]}] |
| arena-rank, here | {peer[0]:.2f} [{peer[1]:.2f}, {peer[2]:.2f}] |
| agon | {ours[0]:.2f} [{ours[1]:.2f}, {ours[2]:.2f}] |
"""


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
