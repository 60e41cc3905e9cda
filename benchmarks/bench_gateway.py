"""The gateway beside its peers: CPU a chunk, chunks a second and core, added time to first token.

    python -m benchmarks.bench_gateway            every side, about seven minutes
    python -m benchmarks.bench_gateway --quick    two points, half a minute; writes no page
    python -m benchmarks.bench_gateway --soak     ours alone, ten minutes: is memory flat?

The peers live in .venv-bench-gateway and .venv-bench-fastchat (`make bench` fills them). Exit 1
where a figure of CPU is off or a stream was cut; times are reported, as other work on the machine
moves them.
"""

import argparse
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gateway.goals import goals
from benchmarks.gateway.measuring import measured
from benchmarks.gateway.page import page
from benchmarks.gateway.plan import QUICK, Plan
from benchmarks.gateway.sides import FASTCHAT, PEERS, ROOT, SIDES
from benchmarks.gateway.soak import soak

PAGE = ROOT / "docs/benchmarks/gateway.md"
VERSIONS = """
from importlib.metadata import version
print(", ".join(f"{name} {version(name)}" for name in NAMES))
"""


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print, write the page; 1 where a golden figure is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two points, once; writes no page")
    parser.add_argument("--soak", action="store_true", help="ten minutes at 100 streams")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak")
    parser.add_argument("--sides", default=",".join(SIDES), help="direct always is one")
    given = parser.parse_args(arguments)
    # Ended politely, it stops what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if given.soak:
        return soak(given.minutes)
    names = ["direct", *(name for name in given.sides.split(",") if name != "direct")]
    return bench(QUICK if given.quick else Plan(), names)


def bench(plan: Plan, names: list[str]) -> int:
    """All sides named, by this plan."""
    before = os.getloadavg()[0]
    found = measured(plan, names)
    reached = goals(found)
    told = page(found, plan, reached, about(before))
    print(told)
    if plan != QUICK and set(names) == set(SIDES):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(told)
    for name, why in found.missing.items():
        print(f"bench_gateway: {name} was not measured: {why}", file=sys.stderr)
    wrong = [goal for goal in reached if not goal.reached]
    for goal in wrong:
        word = "not reached, timed" if goal.timed else "OFF"
        print(f"bench_gateway: {word}: {goal.what}: {goal.found}", file=sys.stderr)
    return 1 if any(not goal.timed for goal in wrong) else 0


def about(before: float) -> str:
    """The machine and the versions."""
    load = f"{before:.1f} before and {os.getloadavg()[0]:.1f} after"
    peers = versions(PEERS, "litellm", "vllm-router"), versions(FASTCHAT, "fschat")
    own = versions(Path(sys.prefix), "aiohttp", "uvicorn", "orjson", "uvloop")
    packages = ", ".join(filter(None, (own, *peers)))
    cores = f"{os.cpu_count()} cores, load {load} the run"
    return f"{cores}. Python {platform.python_version()}, {packages}."


def versions(folder: Path, *names: str) -> str:
    """What is installed there; nothing where there is no such environment."""
    python = folder / "bin/python"
    if not python.exists():
        return ""
    asked = [str(python), "-c", VERSIONS.replace("NAMES", repr(names))]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
