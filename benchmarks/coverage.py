"""Do 95 % intervals hold the truth in 95 of 100 simulated boards? By votes a model has, in worlds.

    python -m benchmarks.coverage [--quick]

Every board is rated as `arena rate` does. The truth is the rating that endless votes of the same
world would give (the declared estimand), about the mean of the models on the board. Writes
docs/benchmarks/coverage.md.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.coverage_worlds import WORLDS, World, board_of
from benchmarks.worlds import Floats
from ranking.leaderboard import Leaderboard

PAGE = Path(__file__).resolve().parent.parent / "docs/benchmarks/coverage.md"
BUCKETS = ((5, 20), (20, 100), (100, 10**9))
WANTED = ((93.0, 100.0), (93.0, 97.0), (93.0, 97.0))
LEAST = 1_000  # intervals under which a cell says nothing
HEAD = (
    "world",
    "models",
    "votes a model",
    "boards",
    "5 to 19 votes",
    "20 to 99 votes",
    "100 votes or more",
    "bounded on one side",
)


@dataclass(eq=False)
class Counted:
    """Intervals of one world's boards: how many, how many hold the truth, how wide they are."""

    boards: int = 0
    models: int = 0
    cases: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    held: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))
    squared: list[Floats] = field(default_factory=lambda: [np.zeros((2, 2)) for _ in BUCKETS])
    width: list[float] = field(default_factory=lambda: [0.0] * len(BUCKETS))
    one_sided: int = 0
    one_sided_held: int = 0

    def add(self, board: Leaderboard, truth: dict[str, float]) -> None:
        """One board; ratings under the fewest votes have no interval and are not counted."""
        middle = sum(truth[row.model] for row in board.models) / len(board.models)
        self.boards += 1
        self.models += len(board.models)
        before = list(zip(self.held, self.cases, strict=True))
        for row in board.models:
            if row.votes < BUCKETS[0][0]:
                continue
            target = 1000 + truth[row.model] - middle
            inside = (row.lower is None or row.lower <= target) and (
                row.upper is None or target <= row.upper
            )
            if row.lower is None or row.upper is None:
                self.one_sided += 1
                self.one_sided_held += inside
                continue
            bucket = next(k for k, (low, high) in enumerate(BUCKETS) if low <= row.votes < high)
            self.cases[bucket] += 1
            self.held[bucket] += inside
            self.width[bucket] += (row.upper - row.lower) / 2
        for bucket, (held, cases) in enumerate(before):
            new = self.held[bucket] - held, self.cases[bucket] - cases
            self.squared[bucket] += np.outer(new, new)

    def error(self, bucket: int) -> float:
        """1.96 standard errors of the coverage in percent; the intervals of a board are not alone.

        Of a ratio of sums over boards, from the sums of their squares and products.
        """
        share = self.held[bucket] / self.cases[bucket]
        (hits, both), (_, cases) = self.squared[bucket]
        spread = max(float(hits - 2 * share * both + share**2 * cases), 0.0)
        return 196 * math.sqrt(spread) / self.cases[bucket]

    def cell(self, bucket: int) -> str:
        """Coverage, its error and the mean half width; bold where it is outside what is wanted."""
        cases = self.cases[bucket]
        if cases < LEAST:
            return ""
        covered = 100 * self.held[bucket] / cases
        low, high = WANTED[bucket]
        said = f"{covered:.1f} %" if low <= covered <= high else f"**{covered:.1f} %**"
        return f"{said} ({self.error(bucket):.1f}), ±{self.width[bucket] / cases:.0f}"

    def one_sided_cell(self) -> str:
        """How many models have no bound on one side, and how often their other bound held."""
        if not self.one_sided:
            return ""
        part, held = self.one_sided / self.models, self.one_sided_held / self.one_sided
        return f"{100 * part:.1f} % of models, {100 * held:.1f} %"


def main(arguments: Sequence[str] = ()) -> int:
    """Simulate every world, print, write the page; 1 where coverage is not as wanted.

    Intervals that take dependent votes for independent stand there for contrast.
    """
    quick = "--quick" in arguments
    began = perf_counter()
    lines, missed = [], False
    for world in WORLDS:
        for row in rows(world, max(4, world.boards // 100) if quick else world.boards):
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
            missed |= world.cluster and "**" in lines[-1]
    print(f"{perf_counter() - began:.0f} s")
    if not quick:
        PAGE.write_text(page("\n".join(lines), perf_counter() - began))
    return 0 if quick else int(missed)


def rows(world: World, boards: int) -> Iterator[tuple[str, ...]]:
    """Of the boards whose fits were whole, and of those where some models only won or lost."""
    whole, separated = simulate(world, boards)
    for counted, what in ((whole, ""), (separated, ", boards with separated models")):
        if sum(counted.cases) >= LEAST:
            cells = (counted.cell(bucket) for bucket in range(len(BUCKETS)))
            head = (f"{world.name}{what}", f"{world.models}", f"{world.votes}")
            yield (*head, f"{counted.boards:,}", *cells, counted.one_sided_cell())


def simulate(world: World, boards: int) -> tuple[Counted, Counted]:
    """Count the intervals of whole fits, and of separated ones, apart."""
    whole, separated = Counted(), Counted()
    for number in range(boards):
        rng = np.random.default_rng([number, world.models, world.seed])
        board, truth = board_of(world, rng)
        open_ended = any(
            (row.lower is None or row.upper is None) and row.votes >= BUCKETS[0][0]
            for row in board.models
        )
        (separated if open_ended else whole).add(board, truth)
    return whole, separated


def page(table: str, seconds: float) -> str:
    """The page: what was simulated, the table, how to read it."""
    head = f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}"
    notes = "\n".join(f"- **{world}**: {said}" for world, said in notes_of(WORLDS))
    return f"""# Coverage of the intervals

`python -m benchmarks.coverage`, {seconds:.0f} s on a core that had other work: simulated votes,
each board rated as `arena rate` rates it, and counted how often a model's 95 % interval holds its
true rating. In each cell, of all models with so many votes: coverage, in brackets how far chance
may have moved that figure (1.96 standard errors over boards, in percent), then the mean half width
in rating points. Wanted: 93 to 97 % from 20 votes on, at least 93 % under 20; what is outside is
**bold**. Cells of fewer than {LEAST:,} intervals are left empty. Under 5 votes no interval is
shown, so none is counted. A model that only won or only lost has a bound on one side: it is counted
in the last column, with how often that bound held; boards on which there is one stand in a row of
their own. To part boards by what their votes said moves the coverage of both parts a little.

{head}
{table}

The worlds; strengths are normal quantiles of standard deviation 1 (174 points) in random order:

{notes}
"""


def notes_of(worlds: Sequence[World]) -> list[tuple[str, str]]:
    """Each kind of world once, with what it is."""
    return list({world.name: world.note for world in worlds}.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
