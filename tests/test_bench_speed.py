"""The speed benchmark: its votes, and what it calls a miss."""

from typing import Any

import numpy as np
import pytest

from benchmarks.bench_speed import FLAT, misses
from benchmarks.speed_sides import ours
from benchmarks.speed_tables import page
from benchmarks.speed_worlds import simulated


def found(**changes: Any) -> dict[str, Any]:
    """Figures of a run in which every target holds, but for the changes."""
    times = {"agon": 1.0, "arena-rank": 40.0, "evalica": 16.0, "FastChat": 16.0}
    starts = {side: {"strings": spent, "codes": spent} for side, spent in times.items()}
    world = {"label": "some", "models": 9, "seconds": starts, "processor": starts}
    apart = dict.fromkeys(("arena-rank", "evalica", "FastChat"), 0.1)
    growth = [{"votes": 10**size, "fit": 0.9, "least": 10.0**size, "read": 1.0} for size in (5, 6)]
    return {
        "worlds": [world | {"apart": apart}],
        "versions": "",
        "large": (5, 9),
        "memory": {side: {"peak": 500, "grown": 5 if side == "agon" else 100} for side in times},
        "growth": {"models": 9, "rows": growth},
        "resampled": {"worlds": [world | {"seconds": {"agon": 1.0, "FastChat": 50.0}}]},
    } | changes


def test_a_run_that_meets_its_targets_has_no_misses() -> None:
    assert list(misses(found())) == []


@pytest.mark.parametrize("measure", ["seconds", "processor"])
def test_the_worse_of_clock_and_processor_counts(measure: str) -> None:
    figures = found()
    world = figures["worlds"][0]
    world[measure] = world[measure] | {"evalica": {"strings": 14.9, "codes": 14.9}}
    (said,) = misses(figures)
    assert "14.9 times as fast as evalica, not 15" in said


def test_time_per_vote_may_not_grow() -> None:
    figures = found()
    figures["growth"]["rows"][1]["least"] *= FLAT * 1.01
    (said,) = misses(figures)
    assert "grows" in said


def test_slow_resampling_and_much_memory_are_told() -> None:
    figures = found()
    figures["resampled"]["worlds"][0]["seconds"]["FastChat"] = 49.0
    figures["memory"]["agon"]["grown"] = 11
    assert len(list(misses(figures))) == 2


def test_a_peer_that_rates_otherwise_is_told() -> None:
    figures = found()
    figures["worlds"][0]["apart"]["FastChat"] = 0.6
    assert "0.60 points from FastChat's" in next(misses(figures))


def test_the_page_says_who_was_not_measured() -> None:
    figures = found()
    del figures["worlds"][0]["seconds"]["FastChat"]  # the very table of processor times, too
    assert "FastChat was not measured" in page(figures | {"resampled": {"worlds": []}}, "votes")


def test_simulated_votes_are_the_same_as_text_and_as_codes() -> None:
    world = simulated(2000, 12)
    assert (world.a != world.b).all()
    sides = ours(world)
    from_text, from_codes = sides["strings"](), sides["codes"]()
    assert np.allclose(
        [from_text[name] for name in world.names], list(map(from_codes.get, world.names))
    )
