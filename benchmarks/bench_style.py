"""Style control on a million and five million simulated votes: beside arena-rank's own.

    python -m benchmarks.bench_style

Votes are simulated with known coefficients. The peer may live in an environment of its own
(.venv-bench); both sides are then measured there, in one process, in turn. Where it is nowhere,
this says so and measures nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.bench_rate import ONE_THREAD, ROOT, interpreter
from benchmarks.style_sides import FEATURES, MODELS, WORTH

PAGE = ROOT / "docs/benchmarks/style.md"
SIZES = (1_000_000, 5_000_000)
LEAST_RATIO = 30.0  # times as fast as the peer
LEAST_MEMORY = 10.0  # times less memory than the peer at the largest size
MOST_APART = 0.01  # points between our board and the peer's when it does not shrink

PARTS = {
    "all": "from strings, seconds",
    "fit": "from codes, seconds",
    "work": "from strings, seconds of all processors",
}


def main() -> int:
    """Measure, print, write the page and say which targets were missed."""
    python = interpreter()
    if python is None:
        print(
            "bench_style: SKIPPED, arena-rank is not installed: nothing measured", file=sys.stderr
        )
        return 0
    timed = {votes: ask(python, "timings", votes, Path(os.devnull)) for votes in SIZES}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "votes.parquet"
        ask(python, "write", SIZES[-1], file)
        peaks = {s: ask(python, f"peak_{s}", SIZES[-1], file) for s in ("ours", "peer")}
    page = report(timed, peaks)
    print(page)
    PAGE.write_text(page)
    wrong = misses(timed, peaks)
    for line in wrong:
        print(f"bench_style: not reached: {line}", file=sys.stderr)
    return 0


def ask(python: str, what: str, votes: int, file: Path) -> dict[str, Any]:
    """One measurement in a fresh process with one thread for linear algebra."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [python, "-m", "benchmarks.style_sides", what, str(votes), str(file)],
        env=os.environ | ONE_THREAD | {"PYTHONPATH": path},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def misses(timed: dict[int, dict[str, Any]], peaks: dict[str, dict[str, float]]) -> list[str]:
    """What is not as promised."""
    checks = {}
    for votes, found in timed.items():
        for part, words in (("all", "strings"), ("fit", "codes")):
            times = ratio(found, part)
            checks[f"only {times:.1f} times as fast from {words} at {votes:,}"] = (
                times >= LEAST_RATIO
            )
        checks[f"{found['apart']:.4f} points from the peer at {votes:,}"] = (
            found["apart"] <= MOST_APART
        )
    times = peaks["peer"]["peak"] / peaks["ours"]["peak"]
    checks[f"only {times:.1f} times less memory"] = times >= LEAST_MEMORY
    return [problem for problem, holds in checks.items() if not holds]


def ratio(found: dict[str, Any], part: str) -> float:
    """The peer's time over ours."""
    times: float = found["seconds"][f"peer_{part}"] / found["seconds"][f"ours_{part}"]
    return times


def speeds(timed: dict[int, dict[str, Any]]) -> list[tuple[str, ...]]:
    """Rows of the table on time."""
    return [
        (
            f"{votes:,} votes {words}",
            f"{found['seconds'][f'ours_{part}']:.3f}",
            f"{found['seconds'][f'peer_{part}']:.2f}",
            f"{ratio(found, part):.0f} times as fast",
        )
        for votes, found in timed.items()
        for part, words in PARTS.items()
    ]


def memory(ours: dict[str, float], peer: dict[str, float]) -> list[tuple[str, ...]]:
    """Rows of the table on peak memory."""
    return [
        (what, f"{ours[key]:.0f}", f"{peer[key]:.0f}", f"{peer[key] / ours[key]:.1f} times as much")
        for key, what in (
            ("peak", f"peak memory at {SIZES[-1]:,} votes from a file, MB"),
            ("grown", "of it after import, MB"),
        )
    ]


def truth(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Rows of the table on coefficients."""
    columns = [found["coefficients"][side] for side in ("true", "ours", "peer", "peer_free")]
    return [
        (name, *(f"{value:.4f}" for value in values))
        for name, *values in zip(FEATURES, *columns, strict=True)
    ]


def report(timed: dict[int, dict[str, Any]], peaks: dict[str, dict[str, float]]) -> str:
    """The page: what took how long, and what came out."""
    last = timed[SIZES[-1]]
    rows, found = [*speeds(timed), *memory(**peaks)], truth(last)
    table, coefficients = ("\n".join(f"| {' | '.join(row)} |" for row in t) for t in (rows, found))
    rounds = " and ".join(str(one["rounds"]) for one in timed.values())
    apart = " and ".join(f"{one['apart']:.4f}" for one in timed.values())
    worth = ", ".join(map(str, WORTH))
    return f"""# Style control measured

`python -m benchmarks.bench_style`: simulated votes among {MODELS} models with {len(FEATURES)}
covariates whose whole differences are worth {worth} logits; points, coefficients and
sandwich intervals on both sides, no reweighting; medians of {rounds} rounds in which the two
take turns in one process with one thread for linear algebra, imports and a first warming round
not counted. "From strings" begins at a data frame of names and numbers, "from codes" at what each
side makes of it. Processor time is what a busy machine does not blur. Memory: each side from a
Parquet file, in a process of its own.
{last["versions"]}.

| | agon | arena-rank | |
|---|---|---|---|
{table}

Coefficients at {SIZES[-1]:,} votes, for covariates of root mean square 1:

| | true | agon | arena-rank | arena-rank, unshrunk, not centred |
|---|---|---|---|---|
{coefficients}

arena-rank by default subtracts half the square of the coefficients from a *mean* log-likelihood,
which shrinks them about eightfold, and centres the covariates. Told not to shrink, and with the
covariates in our units, its ratings differ from ours by at most {apart} points at the two
sizes.
"""


if __name__ == "__main__":
    sys.exit(main())
