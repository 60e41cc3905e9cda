"""What a process and its children have used: seconds of CPU and the peak of memory, from /proc."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Literal

PROC = Path("/proc")
TICK = os.sysconf("SC_CLK_TCK")


def fields(stat: str) -> list[str]:
    """The fields of /proc/PID/stat from the state on; the name before may hold anything."""
    return stat[stat.rindex(")") + 2 :].split()


def descend(parents: dict[int, int], root: int) -> list[int]:
    """`root` and all below it; `parents` says whose child each process is."""
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    family = [root]
    for member in family:
        family.extend(children[member])
    return family


def tree(root: int) -> list[int]:
    """The process and its descendants, now."""
    parents = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(fields((folder / "stat").read_text())[1])
        except OSError:
            continue
    return descend(parents, root)


def cpu_seconds(pids: list[int]) -> float:
    """User and system time of these processes: the scheduler's own nanoseconds, else ticks."""
    return sum(map(scheduled, pids))


def scheduled(pid: int) -> float:
    spent = 0
    for task in (PROC / str(pid) / "task").glob("*"):
        try:
            spent += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    return spent / 1e9 or ticked((PROC / str(pid) / "stat").read_text())


def ticked(stat: str) -> float:
    user, system = fields(stat)[11:13]
    return (int(user) + int(system)) / TICK


def memory_mb(pids: list[int], which: Literal["VmHWM", "VmRSS"]) -> float:
    """Resident memory of these processes in all: each one's own peak (VmHWM), or now (VmRSS)."""
    kilobytes = 0
    for pid in pids:
        status = (PROC / str(pid) / "status").read_text()
        kilobytes += int(status.partition(f"{which}:")[2].split()[0])
    return kilobytes / 1024
