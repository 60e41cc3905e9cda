"""What is measured, in which order: in each round the sides take turns with the same arrivals."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.gateway.schedule import Kind, Point

Key = tuple[Kind, int]
MAIN: Key = ("steady", 100)
# Streams, and chunks an answer: short where few streams would give too few first tokens.
STEADY = ((1, 20), (10, 100), (100, 200), (200, 200), (500, 200))
FULL_STREAMS = 8
MOST_STREAMS = 500
FULL: Key = ("full", FULL_STREAMS)
BURST = (100, 50)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long: seconds of a window, rounds of the main points."""

    window_s: float = 4.0
    full_s: float = 2.0
    rounds: int = 3
    steady: tuple[tuple[int, int], ...] = STEADY


QUICK = Plan(window_s=1.0, full_s=0.5, rounds=1, steady=((10, 100), (100, 200)))


def points(plan: Plan) -> Iterator[tuple[int, Point]]:
    """Round and point, in order; the main points are in every round, the others in the first."""
    for number in range(plan.rounds):
        for streams, length in plan.steady:
            if number == 0 or streams == MAIN[1]:
                yield number, Point("steady", streams, length, 1.0, plan.window_s, number)
        yield number, Point("full", FULL_STREAMS, 200, 0.5, plan.full_s, number)
        if number == 0:
            yield number, Point("burst", *BURST, 0.2, 0.0, number)


def in_turn(names: list[str], number: int) -> list[str]:
    """The order of a round: each begins with another side."""
    start = number % len(names)
    return names[start:] + names[:start]
