"""All sides up, each point asked of each in turn: gives the rounds by side and point."""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.gateway.figures import HOPELESS, Round, Rounds
from benchmarks.gateway.plan import MAIN, Key, Plan, in_turn, points
from benchmarks.gateway.processes import cpu_seconds, memory_mb
from benchmarks.gateway.running import NotReady, Running, running, upstream
from benchmarks.gateway.schedule import Point
from benchmarks.gateway.sides import ONE_THREAD, OURS, ROOT, environment_of_shell

BETWEEN_S = 0.2
CALM_S = 5.0
IDLE = 0.1  # of a core
# Measured at every point, however badly it goes.
KEPT = ("direct", "pass-through", "inside", "door")


class Load:
    """The process that asks."""

    def __init__(self, started: "subprocess.Popen[str]") -> None:
        self.started = started

    def order(self, side: Running, point: Point, pids: list[int]) -> None:
        """Begin; `answer` waits for the end."""
        asked = {"port": side.side.port, "asked": side.side.asked}
        assert self.started.stdin is not None
        line = json.dumps(asked | {"point": asdict(point), "pids": pids})
        print(line, file=self.started.stdin, flush=True)

    def answer(self, point: Point) -> Round:
        assert self.started.stdout is not None
        line = self.started.stdout.readline()
        if not line:
            raise RuntimeError("the load process ended")
        return Round(point, **json.loads(line))


@contextmanager
def load(*arguments: object) -> Iterator[Load]:
    command = [sys.executable, "-m", "benchmarks.gateway.load", *map(str, arguments)]
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of_shell() | ONE_THREAD | OURS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Load(started)
    finally:
        started.kill()
        started.communicate()


@dataclass(slots=True)
class Measured:
    """Rounds by side and point; peak memory in MB by side; why a side is missing."""

    rounds: dict[str, dict[Key, Rounds]] = field(default_factory=lambda: defaultdict(dict))
    peak: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(slots=True)
class Bench:
    """Everything that runs while points are measured."""

    up: dict[str, Running]
    outside: Load
    inside: Load

    def measure(self, name: str, point: Point) -> Round:
        side, asking, pids = self.up[name], self.outside, self.up[name].pids()
        if name == "inside":
            asking, pids = self.inside, [self.inside.started.pid]
        asking.order(side, point, pids)
        return asking.answer(point)

    def calm(self, name: str) -> None:
        """Wait until the side has put down what it was doing, for the next one's sake."""
        pids = self.up[name].pids()
        spent, due = cpu_seconds(pids), time.monotonic() + CALM_S
        while time.monotonic() < due:
            time.sleep(BETWEEN_S)
            before, spent = spent, cpu_seconds(pids)
            if spent - before < IDLE * BETWEEN_S:
                return

    def peaks(self) -> dict[str, float]:
        found = {name: memory_mb(side.pids(), "VmHWM") for name, side in self.up.items()}
        return found | {"inside": memory_mb([self.inside.started.pid], "VmHWM")}


@contextmanager
def everything(names: list[str], missing: dict[str, str]) -> Iterator[Bench]:
    """Upstream, loads and all the sides that come up; why others do not goes into `missing`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(upstream(folder))
        loads = stack.enter_context(load()), stack.enter_context(load(port))
        up = {}
        for name in names:
            try:
                up[name] = stack.enter_context(running(name, port, folder))
            except (NotReady, OSError) as error:
                missing[name] = str(error)
        yield Bench(up, *loads)


def measured(plan: Plan, names: list[str]) -> Measured:
    """Every side named, `direct` first among them, at every point of the plan."""
    found, began = Measured(), time.monotonic()
    with everything(names, found.missing) as bench:
        for number, point in points(plan):
            this: dict[str, Round] = {}
            for name in in_turn(list(bench.up), number):
                if name not in KEPT and hopeless(found.rounds[name], point):
                    continue
                this[name] = bench.measure(name, point)
                tell(name, this[name])
                bench.calm(name)
            for name, one in this.items():
                rounds = found.rounds[name].setdefault((point.kind, point.streams), Rounds())
                rounds.of.append(one)
                rounds.direct.append(this["direct"])
        found.peak = bench.peaks()
    found.seconds = time.monotonic() - began
    return found


def hopeless(rounds: dict[Key, Rounds], point: Point) -> bool:
    """Did the side pass less than half at fewer streams already?"""
    fewer = [
        one
        for (kind, streams), one in rounds.items()
        if kind == point.kind == "steady" and streams < point.streams
    ]
    return point.streams > MAIN[1] and any(one.share < HOPELESS for one in fewer)


def tell(name: str, one: Round) -> None:
    """A line a measurement, for whoever watches."""
    print(
        f"  {one.point.kind:6} {one.point.streams:3} {name:13} {one.cpu_us:8.1f} us/chunk,"
        f" {one.chunks / one.window_s:8.0f} chunks/s,"
        f" first {one.first_ms(0.5):8.2f} / {one.first_ms(0.99):8.2f} ms, gap {one.gap_s:5.2f} s",
        flush=True,
    )
