"""What twelve categories cost beside one board: one pass over the votes against thirteen.

python -m benchmarks.categories [arena_votes_140k.parquet] [--copies N]
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.bench_rate import DATA
from ranking.by_category import OVERALL, count_all, rate_all
from ranking.counts import count
from ranking.graph import Mask
from ranking.rating import rate
from ranking.reading import read_votes
from ranking.tag_reading import read_tags
from ranking.votes import Votes

ROUNDS = 9
HARD = 6  # of the seven criteria


def twelve(tags: dict[str, Mask]) -> dict[str, Mask]:
    """The file's ten flags, and the prompts that meet many of the criteria, or few."""
    met = sum(mask.astype(int) for name, mask in tags.items() if name.startswith("criteria_"))
    return {**tags, "hard": met >= HARD, "easy": met < 3}


def repeated(votes: Votes, tags: dict[str, Mask], copies: int) -> tuple[Votes, dict[str, Mask]]:
    """The same votes and tags so many times over."""
    columns = {name: np.tile(getattr(votes, name), copies) for name in ("a", "b", "winner")}
    return replace(votes, **columns), {name: np.tile(mask, copies) for name, mask in tags.items()}


def milliseconds(work: Callable[[], object]) -> float:
    """The least of some rounds: other work on the machine only adds."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return 1000 * min(spent)


def main() -> int:
    """Print the times; 1 where a board of the one call is not the board of its votes alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=DATA)
    parser.add_argument("--copies", type=int, default=1, help="the file so many times over")
    given = parser.parse_args()
    if not given.file.exists():
        print(f"categories: SKIPPED, there is no {given.file.name}", file=sys.stderr)
        return 0
    tags = twelve(read_tags(given.file))
    votes, tags = repeated(read_votes(given.file), tags, given.copies)
    held = {OVERALL: np.ones(len(votes), bool), **tags}
    matrix = np.stack(list(held.values()), axis=1)
    steps: dict[str, Callable[[], object]] = {
        "count, one board": lambda: count(votes),
        "count, overall and 12 categories": lambda: count_all(votes, matrix),
        "rate, one board": lambda: rate(votes),
        "rate_all, overall and 12 categories": lambda: rate_all(votes, tags),
        "rate, 13 times on the votes of each": lambda: [
            rate(votes.only(mask)) for mask in held.values()
        ],
    }
    print(f"{len(votes):,} votes, {sum(mask.sum() for mask in tags.values()):,} tags")
    for name, work in steps.items():
        print(f"{name}: {milliseconds(work):.1f} ms")
    boards = rate_all(votes, tags)
    wrong = [name for name, mask in held.items() if boards[name] != rate(votes.only(mask))]
    print(f"boards that differ from those of their votes alone: {wrong or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
