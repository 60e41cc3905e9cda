"""Proof: on the wire a fast side never waits for a slow one (within 5 % of its time alone)."""

import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import monotonic

from arena.client import ArenaClient
from serving.manner import Manner
from tests.conftest import running_site

MANNERS = {
    "fast": Manner(first_token_s=0.1, tokens_per_s=100, tokens=100),
    "slow": Manner(first_token_s=2.0, tokens_per_s=100, tokens=100),
}
RUNS = 7
MOST = 1.05


async def end_of_fast(visitor: ArenaClient, mode: str, models: list[str]) -> float:
    """Seconds from the prompt to the `end` of side a."""
    battle = await visitor.open_battle(mode, models)
    began, ended = monotonic(), 0.0
    async for name, data in visitor.stream(battle, "a prompt of some words"):
        if name == "end" and data["side"] == "a":
            ended = monotonic() - began
    return ended


async def measure() -> tuple[float, float]:
    """Median seconds of the fast side alone and beside the slow one, runs interleaved."""
    alone, beside = [], []
    with tempfile.TemporaryDirectory() as folder:
        async with running_site(Path(folder), MANNERS) as site, site.visitor() as visitor:
            for _ in range(RUNS):
                alone.append(await end_of_fast(visitor, "direct", ["fast"]))
                beside.append(await end_of_fast(visitor, "named", ["fast", "slow"]))
    return median(alone), median(beside)


def main() -> int:
    """Print the two medians and their ratio; 1 if the fast side waited."""
    alone, beside = asyncio.run(measure())
    print(f"fast side alone {alone:.3f} s, beside a slow one {beside:.3f} s: {beside / alone:.3f}x")
    return 0 if beside <= MOST * alone else 1


if __name__ == "__main__":
    sys.exit(main())
