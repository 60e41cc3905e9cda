"""Memory over a long run: our two ways at 100 streams each, looked at every few seconds."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.gateway.figures import Round
from benchmarks.gateway.measuring import load
from benchmarks.gateway.processes import memory_mb, tree
from benchmarks.gateway.running import running, upstream
from benchmarks.gateway.schedule import Point
from benchmarks.gateway.sides import ROOT

STREAMS, LENGTH = 100, 200
LOOK_S = 5.0
SETTLED = 0.25  # of the time: caches fill and the allocator finds its size
MOST_GROWTH = 0.05
MOST_GROWTH_MB = 10.0
PAGE = ROOT / "docs/benchmarks/gateway-soak.md"
WHOLE_MINUTES = 10
PAGE_TEXT = """# The gateway's memory over a long run

`python -m benchmarks.bench_gateway --soak`: {minutes:g} minutes at {streams} steady streams of
{length} chunks on each of our two ways at once, memory looked at every few seconds. "After
settling" is the median of the second quarter of the time, "at the end" that of the last.

| | after settling, MB | at the end, MB | | chunks | streams | broken |
|---|---|---|---|---|---|---|
{rows}
"""


def grown(memory: list[float]) -> tuple[float, float]:
    """The median of the quarter after settling, and that of the last quarter."""
    quarter = max(len(memory) // 4, 1)
    start = int(len(memory) * SETTLED)
    return median(memory[start : start + quarter]), median(memory[-quarter:])


def flat(early: float, late: float) -> bool:
    return late - early <= max(MOST_GROWTH_MB, MOST_GROWTH * early)


def soak(minutes: float) -> int:
    """Print and write what became of the memory; 1 where it grew or a stream broke."""
    point = Point("steady", STREAMS, LENGTH, 1.0, minutes * 60, 0)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(upstream(folder))
        door = stack.enter_context(running("door", port, folder))
        asking = {
            "at its HTTP door": stack.enter_context(load()),
            "in process": stack.enter_context(load(port)),
        }
        roots = dict(zip(asking, (door.roots[0], asking["in process"].started.pid), strict=True))
        for one in asking.values():
            one.order(door, point, [])
        memory = watch(roots, minutes)
        rounds = {name: one.answer(point) for name, one in asking.items()}
    return told(minutes, memory, rounds)


def watch(roots: dict[str, int], minutes: float) -> dict[str, list[float]]:
    """Resident megabytes of each process tree, every few seconds."""
    memory: dict[str, list[float]] = {name: [] for name in roots}
    ends = time.monotonic() + minutes * 60
    while time.monotonic() < ends:
        time.sleep(LOOK_S)
        for name, root in roots.items():
            memory[name].append(memory_mb(tree(root), "VmRSS"))
        print(", ".join(f"{name} {seen[-1]:.1f} MB" for name, seen in memory.items()), flush=True)
    return memory


def told(minutes: float, memory: dict[str, list[float]], rounds: dict[str, Round]) -> int:
    """The table on the screen and, of a whole soak, on its page; 1 where it is not as it should."""
    rows, wrong = [], False
    for name, one in rounds.items():
        early, late = grown(memory[name])
        wrong |= not flat(early, late) or one.broken > 0
        word = "flat" if flat(early, late) else "GROWN"
        rows.append(
            f"| {name} | {early:.1f} | {late:.1f} | {word} "
            f"| {one.chunks:,} | {one.streams:,} | {one.broken} |"
        )
    told = PAGE_TEXT.format(minutes=minutes, streams=STREAMS, length=LENGTH, rows="\n".join(rows))
    print(told)
    if minutes >= WHOLE_MINUTES:
        PAGE.write_text(told)
    return int(wrong)
