"""Proof: the ratings of simulated battles recover the order that the checker itself gives.

Starts the demo arena on real vLLM in a folder of its own, plays battles over the public API, then
asks every contestant the same prompts directly and compares the answers without a visitor's noise.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import combinations
from pathlib import Path
from random import Random

from arena.client import ArenaClient
from arena.demo import TASTES, Question, Score, check, draw
from arena.settings import Settings, load
from arena.simulate import Plan, play
from arena.store.session import opened
from serving.chat import Delta, Message
from serving.gateway import Gateway, open_gateway
from serving.registry import live_targets
from serving.sealing import Sealer
from serving.target import Target

AT_ONCE = 32
TASTE = TASTES["plain"]


@asynccontextmanager
async def demo_arena(folder: Path, port: int) -> AsyncIterator[str]:
    """`arena up` as a process of its own; gives its address, stops it at the end."""
    command = [sys.executable, "-m", "arena", "up", "--port", str(port)]
    environment = {**os.environ, "ARENA_DATA_DIR": str(folder)}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            print(line.decode().rstrip(), flush=True)
            if line.startswith(b"Arena ready at "):
                break
        else:
            raise SystemExit("prove: the arena did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def answers(
    gateway: Gateway, target: Target, questions: Sequence[Question]
) -> list[Score | None]:
    """The checker's scores of one contestant's answers, as it is served (with its temperature)."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(question: Question) -> Score | None:
        messages = [Message(m["role"], m["content"]) for m in question.messages]  # type: ignore[arg-type]
        async with turns, aclosing(gateway.stream(target, messages)) as stream:
            text = "".join([part.text async for part in stream if isinstance(part, Delta)])
        return check(question.messages, text)

    return await asyncio.gather(*(one(question) for question in questions))


async def true_points(settings: Settings, prompts: int, seed: int) -> dict[str, float]:
    """Each contestant's mean chance to be preferred, over all rivals and the same prompts."""
    rng = Random(seed)
    questions = [draw(rng, split="known") for _ in range(prompts)]
    async with opened(settings.database) as store, store.read() as session:
        targets = await live_targets(session, Sealer(settings.secret))
    async with open_gateway() as gateway:
        scored = {target.name: await answers(gateway, target, questions) for target in targets}
    points = dict.fromkeys(scored, 0.0)
    for one, other in combinations(scored, 2):
        both = [(a, b) for a, b in zip(scored[one], scored[other], strict=True) if a and b]
        share = sum(TASTE.prefers_a(a, b) for a, b in both) / len(both)
        points[one] += share / (len(scored) - 1)
        points[other] += (1 - share) / (len(scored) - 1)
    return points


async def prove(battles: int, prompts: int, seed: int, port: int) -> int:
    """Print both orders; 1 where they differ and the intervals do not overlap."""
    with tempfile.TemporaryDirectory() as folder:
        async with demo_arena(Path(folder), port) as url:
            settings = load(data_dir=Path(folder))
            plan = Plan(url, battles, "plain", seed, token=settings.operator_token)
            report = await play(plan, lambda done, of: print(f"{done} of {of}", flush=True))
            print(report.text(), flush=True)
            await asyncio.sleep(2 * settings.board_seconds)
            async with ArenaClient(url) as client:
                board = await client.call("GET", "leaderboard")
            points = await true_points(settings, prompts, seed + 1)
    rows = {row["model"]: row for row in board["models"]}
    for name in sorted(points, key=lambda name: -points[name]):
        row = rows[name]
        interval = f"[{row['lower']:.0f}, {row['upper']:.0f}]"
        print(f"{name:20} preferred {points[name]:6.1%}   rated {row['rating']:6.0f} {interval}")
    wrong = [
        (one, other)
        for one, other in combinations(sorted(points, key=lambda name: -points[name]), 2)
        if rows[one]["upper"] < rows[other]["lower"]
    ]
    print(json.dumps({"battles": report.played, "failed": report.failed, "wrong_pairs": wrong}))
    return 1 if wrong or report.failed else 0


def main() -> int:
    """Parse and prove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--battles", type=int, default=500)
    parser.add_argument("--prompts", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=7871)
    given = parser.parse_args()
    return asyncio.run(prove(given.battles, given.prompts, given.seed, given.port))


if __name__ == "__main__":
    sys.exit(main())
