"""The figures of the gateway's benchmark: percentiles, medians, schedules, what a process used."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from math import isnan
from statistics import mean
from typing import Any

import pytest

from benchmarks.gateway.figures import Round, Rounds, percentile
from benchmarks.gateway.goals import goals
from benchmarks.gateway.measuring import Measured
from benchmarks.gateway.measuring import measured as everything_measured
from benchmarks.gateway.plan import FULL, MAIN, Plan, in_turn, points
from benchmarks.gateway.processes import cpu_seconds, descend, memory_mb, ticked, tree
from benchmarks.gateway.schedule import Point, arrivals
from benchmarks.gateway.soak import flat, grown
from benchmarks.gateway.upstream import chat, wanted, worker
from benchmarks.gateway.wire import Seen

POINT = Point("steady", 100, 200, 1.0, 4.0, seed=3)


def a_round(**changes: object) -> Round:
    fields = {"cpu_s": 1.0, "chunks": 20_000, "window_s": 4.0, "firsts": [0.001, 0.002]}
    counts = {"gap_s": 0.02, "streams": 200, "broken": 0, "turned_away": 0}
    return Round(POINT, **(fields | counts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "found"), [(0.0, 1), (0.5, 50), (0.505, 51), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_is_the_nearest_rank(share: float, found: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == found


def test_cpu_is_divided_by_the_chunks_that_passed() -> None:
    assert a_round().cpu_us == pytest.approx(50.0)
    assert a_round().per_core == pytest.approx(20_000)
    assert a_round().rate == pytest.approx(5_000)


def test_hardly_any_chunks_give_no_figure() -> None:
    assert isnan(a_round(chunks=3).cpu_us)
    assert isnan(a_round(chunks=3).per_core)
    assert isnan(a_round(firsts=[]).first_ms(0.5))
    assert Rounds([a_round(chunks=3), a_round()]).middle("cpu_us") == pytest.approx(50.0)


def test_what_a_side_adds_is_taken_round_by_round() -> None:
    slow, quick = [0.030] * 3, [0.010] * 3
    rounds = Rounds(
        [a_round(firsts=[0.012] * 3), a_round(firsts=[0.033] * 3), a_round(firsts=[0.014] * 3)],
        [a_round(firsts=quick), a_round(firsts=slow), a_round(firsts=quick)],
    )
    assert rounds.added_ms(0.99) == pytest.approx(3.0)


def test_a_side_that_turns_streams_away_or_passes_little_is_saturated() -> None:
    assert not Rounds([a_round()], [a_round()]).saturated
    assert Rounds([a_round(turned_away=1)], [a_round()]).saturated
    assert Rounds([a_round(chunks=17_000)], [a_round()]).saturated
    assert not Rounds([a_round(chunks=17_000)], [a_round(chunks=17_500)]).saturated


def found(**changes: Any) -> Measured:
    """Ours and LiteLLM's as they should be, but for `changes` of the rounds of ours."""
    kept = {"main": a_round(cpu_s=0.6), "full": a_round(cpu_s=0.2)}
    ours = {key: replace(one, **changes) for key, one in kept.items()}
    measured = Measured()
    for name in ("inside", "door"):
        measured.rounds[name] = {
            MAIN: Rounds([ours["main"]], [a_round()]),
            FULL: Rounds([ours["full"]], [a_round()]),
        }
    measured.rounds["litellm"] = {MAIN: Rounds([a_round(cpu_s=14.0)], [a_round()])}
    return measured


def failing(measured: Measured) -> set[str]:
    return {goal.what.split(" ")[0] for goal in goals(measured) if not (goal.reached or goal.timed)}


def test_figures_of_cpu_that_are_off_fail_and_so_does_a_broken_stream() -> None:
    assert failing(found()) == set()
    assert failing(found(cpu_s=1.1)) == {"CPU", "chunks"}
    assert failing(found(cpu_s=1.5)) == {"CPU", "chunks", "LiteLLM's"}
    assert failing(found(broken=1)) == {"streams"}


def test_times_are_told_and_fail_nothing() -> None:
    slow = found(firsts=[0.5])
    assert failing(slow) == set()
    assert {goal.timed for goal in goals(slow) if not goal.reached} == {True}


def test_a_side_of_ours_or_a_litellm_that_did_not_start_fails() -> None:
    measured = found()
    del measured.rounds["litellm"]
    assert failing(measured) == {"LiteLLM's"}
    del measured.rounds["door"]
    measured.missing["door"] = "connection refused"
    assert "ours" in failing(measured)


def test_three_sides_are_measured_over_real_processes() -> None:
    plan = Plan(window_s=0.5, full_s=0.3, rounds=1, steady=((20, 20),))
    measured = everything_measured(plan, ["direct", "pass-through", "inside"])
    assert not measured.missing
    for name in ("pass-through", "inside"):
        one = measured.rounds[name]["steady", 20]
        assert one.total("broken") == 0
        assert one.middle("chunks") > 200
        assert 2 < one.middle("cpu_us") < 2000
        assert 20 < measured.peak[name] < 300


def test_streams_arrive_in_order_and_keep_their_mean_number() -> None:
    long = Point("steady", 100, 200, 1.0, 400.0, seed=3)
    times = [arrival.at for arrival in arrivals(long)]
    gaps = [later - sooner for sooner, later in pairwise(times[200:])]
    assert times == sorted(times)
    assert mean(gaps) == pytest.approx(200 / 50 / 100, rel=0.05)


def test_a_steady_point_begins_with_streams_at_every_age() -> None:
    first = [arrival.length for arrival in arrivals(POINT) if arrival.at < 1.0]
    assert min(first) < 50 < 150 < max(first)


def test_every_side_meets_the_same_arrivals() -> None:
    assert arrivals(POINT) == arrivals(Point("steady", 100, 200, 1.0, 4.0, seed=3))
    assert arrivals(POINT) != arrivals(Point("steady", 100, 200, 1.0, 4.0, seed=4))


def test_a_burst_comes_all_at_once() -> None:
    assert {one.at for one in arrivals(Point("burst", 100, 50, 0.2, 0.0, seed=0))} == {0.0}


def test_the_main_points_are_in_every_round_and_the_sides_take_turns_to_be_first() -> None:
    planned = [(point.kind, point.streams) for _, point in points(Plan(rounds=3))]
    assert planned.count(("steady", 100)) == planned.count(("full", 8)) == 3
    assert planned.count(("steady", 500)) == planned.count(("burst", 100)) == 1
    assert in_turn(["a", "b", "c"], 4) == ["b", "c", "a"]


def test_a_stream_that_ends_short_is_broken() -> None:
    short = Seen(0.0, wanted=3, chunks=2, ended=True, over=True)
    assert short.broken
    short.chunks = 3
    assert not short.broken
    short.ended = False
    assert short.broken


def test_the_longest_wait_is_between_chunks_and_not_before_the_first() -> None:
    seen = Seen(0.0, wanted=9)
    for now in (5.0, 5.1, 5.4, 5.5):
        seen.take(1, now)
    assert (seen.first, seen.chunks) == (5.0, 4)
    assert seen.gap == pytest.approx(0.3)


@pytest.mark.parametrize("frames", [chat, worker])
def test_no_two_chunks_of_the_upstream_are_alike_and_each_has_its_mark(frames: object) -> None:
    written = frames("paced", 150)  # type: ignore[operator]
    assert len(set(written)) == len(written) == 150


def test_the_upstream_is_told_its_length_by_the_request_or_by_the_prompt() -> None:
    said = [{"role": "user", "content": "Tell me of the sea in 57 words"}]
    assert wanted({"messages": said}) == 57
    assert wanted({"messages": said, "max_tokens": 12}) == 12
    assert wanted({"prompt": "", "max_new_tokens": 13}) == 13


def test_a_process_stands_with_all_its_descendants() -> None:
    assert descend({2: 1, 3: 2, 4: 3, 5: 1, 6: 9}, 2) == [2, 3, 4]


def test_ticks_are_read_past_whatever_a_process_calls_itself() -> None:
    stat = "7 (a) b (c)) S 1 7 7 0 -1 0 1 2 3 4 250 50 0 0 20 0 1 0 9 9 9"
    assert ticked(stat) == pytest.approx(300 / os.sysconf("SC_CLK_TCK"))


def test_cpu_and_memory_of_a_child_are_its_own() -> None:
    spin = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    command = [sys.executable, "-c", spin]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in tree(os.getpid())
        assert 0.25 < cpu_seconds([child.pid]) < 1.0
        assert 2 < memory_mb([child.pid], "VmRSS") <= memory_mb([child.pid], "VmHWM") < 200


def test_memory_is_flat_once_it_has_settled() -> None:
    settling = [50.0, 90.0, 100.0, 100.0, 101.0, 100.0, 101.0, 101.0]
    assert grown(settling) == (100.0, 101.0)
    assert flat(100.0, 105.0)
    assert not flat(100.0, 120.0)
