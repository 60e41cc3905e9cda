"""The page of the speed benchmark: its tables, and how each was measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PEERS = ("arena-rank", "evalica", "FastChat")


def page(found: dict[str, Any], name: str) -> str:
    """All tables as Markdown."""
    votes, models = found["large"]
    sides = ("agon", *(peer for peer in PEERS if peer in found["worlds"][0]["seconds"]))
    unmeasured = [peer for peer in PEERS if peer not in sides]
    without = f" {', '.join(unmeasured)} was not measured." if unmeasured else ""
    return f"""# Speed of ratings, measured

`python -m benchmarks.bench_speed`, on `{name}` (arena-human-preference-140k,
CC-BY-4.0) and on simulated votes. agon and arena-rank give ratings with sandwich intervals, evalica
and FastChat points alone. All take turns in one process, with one thread for linear algebra; ours
runs before each peer's turn. Times are medians, with how many times ours in brackets: by the clock,
which whatever else the machine does lengthens, and of processor, all threads added up. A target is
reached where both ratios reach it.{without}

{found["versions"]}.
FastChat's is the `rating_systems.py` that the benchmark was given: no release holds it.

## From strings

A data frame of text columns, as pandas reads them from Parquet, to ratings.

{_fits(found["worlds"], "seconds", "strings", sides)}

The same in processor time:

{_fits(found["worlds"], "processor", "strings", sides)}

## From codes

Integers for models, and for winners what each side reads fastest.

{_fits(found["worlds"], "seconds", "codes", sides)}

The same in processor time:

{_fits(found["worlds"], "processor", "codes", sides)}

Largest distance of a peer's ratings from ours, means removed, models with ten votes or more, in
points:

{_apart(found["worlds"], sides)}

## 100 resamples

Bootstrap intervals from strings, ours on one core, FastChat's on all
{found["resampled"].get("cores", "")} (a pool of processes, its default).

{_resampled(found["resampled"]["worlds"])}

## Memory

{votes:,} simulated votes of {models} models, from a Parquet file, each side in a process of its
own.

{_memory(found["memory"], sides)}

## Growth, and the limit

From codes at {found["growth"]["models"]} models, fit with intervals, checking the codes included.
*Reading once* is the processor time to find the largest value of each of the three columns, the
least any method spends that looks at all votes; beside it the fit's least processor time, also a
vote.

{_growth(found["growth"]["rows"])}
"""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _fits(worlds: list[dict[str, Any]], measure: str, start: str, sides: tuple[str, ...]) -> str:
    rows = []
    for world in worlds:
        seconds = {side: world[measure][side][start] for side in sides}
        times = [f"{_seconds(seconds[s])} ({seconds[s] / seconds['agon']:.1f}x)" for s in sides[1:]]
        rows.append((world["label"], str(world["models"]), _seconds(seconds["agon"]), *times))
    return _table(("votes", "models", "agon, s", *(f"{side}, s" for side in sides[1:])), rows)


def _apart(worlds: list[dict[str, Any]], sides: tuple[str, ...]) -> str:
    rows = (
        (world["label"], str(world["models"]), *(f"{world['apart'][s]:.3f}" for s in sides[1:]))
        for world in worlds
    )
    return _table(("votes", "models", *sides[1:]), rows)


def _resampled(worlds: list[dict[str, Any]]) -> str:
    if not worlds:
        return "Not measured."
    rows = (
        (
            world["label"],
            str(world["models"]),
            *(_seconds(world["seconds"][side]) for side in ("agon", "FastChat")),
            f"{world['seconds']['FastChat'] / world['seconds']['agon']:.0f} times as fast",
        )
        for world in worlds
    )
    return _table(("votes", "models", "agon, s", "FastChat, s", ""), rows)


def _memory(memory: dict[str, dict[str, float]], sides: tuple[str, ...]) -> str:
    own = memory["agon"]["peak"]
    rows = (
        (
            side,
            f"{memory[side]['peak']:.0f}",
            f"{memory[side]['grown']:.0f}",
            f"{memory[side]['peak'] / own:.1f}",
        )
        for side in sides
    )
    return _table(("", "peak, MB", "of it after import, MB", "times ours"), rows)


def _growth(rows: list[dict[str, float]]) -> str:
    lines = (
        (
            f"{row['votes']:,.0f}",
            _seconds(row["fit"]),
            f"{row['least'] * 1e3:.1f}",
            f"{row['least'] / row['votes'] * 1e9:.1f}",
            f"{row['read'] * 1e3:.2f}",
            f"{row['least'] / row['read']:.0f}",
        )
        for row in rows
    )
    head = (
        "votes",
        "fit by the clock, s",
        "of processor, ms",
        "ns a vote",
        "reading once, ms",
        "fit / reading",
    )
    return _table(head, lines)


def _seconds(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"
