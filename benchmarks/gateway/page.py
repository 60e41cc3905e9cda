"""The page of the gateway's benchmark: docs/benchmarks/gateway.md."""

from math import isnan, nan

from benchmarks.gateway.figures import Rounds
from benchmarks.gateway.goals import STALL_S, Goal
from benchmarks.gateway.measuring import Measured
from benchmarks.gateway.plan import BURST, FULL, FULL_STREAMS, MAIN, MOST_STREAMS, Plan

TITLES = {
    "direct": "direct, nothing between",
    "pass-through": "bare aiohttp pass-through, nothing parsed",
    "inside": "**agon** in process",
    "door": "**agon** at `/v1/chat/completions`",
    "battle": "**agon** as turns of battles",
    "litellm": "LiteLLM proxy",
    "vllm-router": "vllm-router (Rust)",
    "fastchat": "FastChat openai_api_server",
}
Row = list[str]


def table(head: Row, rows: list[Row]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float, sign: str = "") -> str:
    if isnan(value):
        return "-"
    return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign}.1f}"


def main_table(found: Measured) -> str:
    head = ["", "CPU a chunk, us", "times our door's", "chunks a second and core, full speed"]
    head += ["first token, p50 added, ms", "p99 added, ms", "peak memory, MB"]
    rows = [main_row(found, name) for name in found.rounds if name != "direct"]
    return table(head, rows)


def main_row(found: Measured, name: str) -> Row:
    main, full = found.rounds[name][MAIN], found.rounds[name][FULL]
    ours = found.rounds["door"][MAIN].middle("cpu_us") if "door" in found.rounds else nan
    return [
        TITLES[name] + (" (saturated)" if main.saturated else ""),
        number(main.middle("cpu_us")),
        number(main.middle("cpu_us") / ours),
        number(full.middle("per_core")),
        number(main.added_ms(0.5), "+"),
        number(main.added_ms(0.99), "+"),
        number(found.peak[name]),
    ]


def by_streams(found: Measured, plan: Plan) -> str:
    """CPU a chunk, and what is added to the first token, at every number of streams."""
    head = ["", *(f"{streams} streams" for streams, _ in plan.steady)]
    rows = []
    for name, rounds in found.rounds.items():
        cells = [cell(name, rounds.get(("steady", streams))) for streams, _ in plan.steady]
        rows.append([TITLES[name], *cells])
    return table(head, rows)


def cell(name: str, rounds: Rounds | None) -> str:
    if rounds is None:
        return "not asked"
    if name == "direct":
        p50, p99 = (rounds.middle_first_ms(share) for share in (0.5, 0.99))
        return f"{p50:.1f} / {p99:.1f}"
    figures = f"{number(rounds.middle('cpu_us'))}; {number(rounds.added_ms(0.5), '+')}"
    figures += f" / {number(rounds.added_ms(0.99), '+')}"
    return figures + (f" ({rounds.share:.0%} passed)" if rounds.saturated else "")


def bursts(found: Measured) -> str:
    head = ["", "p50, ms", "p99, ms", f"longest wait at {MOST_STREAMS} steady streams, s"]
    rows = []
    for name, rounds in found.rounds.items():
        burst, most = rounds["burst", BURST[0]], rounds.get(("steady", MOST_STREAMS))
        firsts = [number(burst.middle_first_ms(share)) for share in (0.5, 0.99)]
        rows.append([TITLES[name], *firsts, f"{most.longest_gap:.2f}" if most else ""])
    return table(head, rows)


def goal_table(reached: list[Goal]) -> str:
    words = {True: "reached", False: "NOT reached"}
    rows = [
        [goal.what, goal.wanted, goal.found, words[goal.reached] + (" (timed)" * goal.timed)]
        for goal in reached
    ]
    return table(["", "wanted", "found", ""], rows)


def page(found: Measured, plan: Plan, reached: list[Goal], about: str) -> str:
    lengths = ", ".join(f"{length} at {streams}" for streams, length in plan.steady)
    missing = "".join(
        f"\n{TITLES[name]} was not measured: {why.splitlines()[0]}\n"
        for name, why in found.missing.items()
    )
    return f"""# The gateway measured

`python -m benchmarks.bench_gateway`, all sides in turn in one run of {found.seconds / 60:.0f}
minutes, before one upstream in a process of its own that sends 50 chunks a second and stream, no
two alike; the load is a third process. {about}

- CPU is that of the side's whole process tree, by the scheduler's count, over the chunks that
  passed in a window of {plan.window_s:.0f} s; "in process" it includes the load's own loop.
- Streams come as a Poisson process around a steady number, at the same moments for every side.
  Answers have {lengths} streams:
  short ones where there would be too few first tokens.
- What is added to the first token is the side's percentile less that of `direct` in the same round.
- Medians of {plan.rounds} interleaved rounds at {MAIN[1]} streams and at full speed, one round
  elsewhere.
- A side that passes less than 90 % of the chunks that pass directly, or holds twice its streams,
  is saturated: its times then say only that. A peer that passes less than half is asked for no
  more streams. Where `direct` itself is slow, the machine is what is measured.

## To reach

{goal_table(reached)}

Goals of CPU and wholeness fail `make bench`; timed ones are reported, since they say as much about
who else uses the machine. A wait of more than {STALL_S:.0f} s between two chunks is a stall.
LiteLLM's CPU is its least at any number of streams, as a saturated proxy has more to do than pass
chunks on.

## {MAIN[1]} streams

{main_table(found)}

The pass-through is what is left for a proxy in Python that reads nothing: no key, no parsing, no
accounts. Ours parses every chunk, bounds it, accounts for it, and at its door asks for the key and
writes the chunk anew; LiteLLM does the same. vllm-router is compiled and passes bytes on. Both of
ours at HTTP are whole sites (`arena serve`): the door looks a key up once a second; a visitor is
looked up for every turn, a battle and its turn are stored, and its page is told of new tokens 25
times a second, of several at once. All of Python runs on uvloop. At
full speed {FULL_STREAMS} streams come as fast as they are taken, so that one read brings many
chunks.
{missing}
## By the number of streams

CPU a chunk in us; what is added to the first token, p50 / p99, in ms (of `direct`, the times).

{by_streams(found, plan)}

## A burst

The first token when {BURST[0]} streams are asked for in one moment; nothing is taken off.

{bursts(found)}
"""
