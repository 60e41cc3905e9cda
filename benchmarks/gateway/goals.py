"""What is to be reached, and whether it was; what needs a quiet machine is told and cannot fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

from benchmarks.gateway.measuring import Measured
from benchmarks.gateway.plan import FULL, MAIN, MOST_STREAMS

OURS = {"inside": "in process", "door": "at its HTTP door"}
MOST_CPU_US = 50.0
LEAST_PER_CORE = 20_000.0
LEAST_RATIO = 10.0
MOST_ADDED_MS = 20.0
STALL_S = 1.0


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure to reach; a `timed` one is reported and fails nothing."""

    what: str
    wanted: str
    found: str
    reached: bool
    timed: bool = False


def goals(found: Measured) -> list[Goal]:
    """Every goal of the sides of ours that were asked for; a side that is missing reaches none."""
    wanted = [name for name in OURS if name in found.rounds or name in found.missing]
    return [goal for name in wanted for goal in of_side(found, name)]


def of_side(found: Measured, name: str) -> Iterator[Goal]:
    said = OURS[name]
    if name in found.missing:
        yield Goal(f"ours {said}", "to be measured", "it did not start", reached=False)
        return
    rounds = found.rounds[name]
    main, full = rounds[MAIN], rounds[FULL]
    cpu, per_core = main.middle("cpu_us"), full.middle("per_core")
    yield Goal(
        f"CPU a chunk {said}, {MAIN[1]} streams",
        f"<= {MOST_CPU_US:.0f} us",
        f"{cpu:.1f} us",
        cpu <= MOST_CPU_US,
    )
    yield Goal(
        f"chunks a second and core {said}, at full speed",
        f">= {LEAST_PER_CORE:,.0f}",
        f"{per_core:,.0f}",
        per_core >= LEAST_PER_CORE,
    )
    ratio = litellm_over(found, name)
    yield Goal(
        f"LiteLLM's CPU a chunk over ours {said}",
        f">= {LEAST_RATIO:.0f}",
        f"{ratio:.1f}" if ratio else "LiteLLM was not measured",
        ratio >= LEAST_RATIO,
    )
    broken = sum(one.total("broken") for one in rounds.values())
    yield Goal(f"streams broken or cut short {said}", "0", str(broken), broken == 0)
    added = main.added_ms(0.99)
    yield Goal(
        f"added to the first token {said}, p99 of {MAIN[1]} streams",
        f"<= {MOST_ADDED_MS:.0f} ms",
        f"{added:.1f} ms",
        added <= MOST_ADDED_MS,
        timed=True,
    )
    if ("steady", MOST_STREAMS) in rounds:
        gap = rounds["steady", MOST_STREAMS].longest_gap
        yield Goal(
            f"longest wait between two chunks {said}, {MOST_STREAMS} streams",
            f"<= {STALL_S:.0f} s",
            f"{gap:.2f} s",
            gap <= STALL_S,
            timed=True,
        )


def litellm_over(found: Measured, name: str) -> float:
    """LiteLLM's least CPU a chunk at any number of streams over ours at the main one.

    Its least, since at the main one it is saturated and has more to do than pass chunks on. 0 where
    it was not measured.
    """
    theirs = found.rounds.get("litellm", {})
    steady = [one.middle("cpu_us") for (kind, _), one in theirs.items() if kind == "steady"]
    least = min((cpu for cpu in steady if not isnan(cpu)), default=0.0)
    return least / found.rounds[name][MAIN].middle("cpu_us")
