"""What a refresh of the live boards costs: 300 models, 12 categories, a year of days.

Run `python -m benchmarks.board [--votes N] [--json]`; SQLite in a folder of its own.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import insert

from arena.board import Boards
from arena.signing import Signer, fresh_key
from arena.snapshots import board_block, cells_of, cells_of_sums, digest, tally_block
from arena.store import tallies
from arena.store.chain import public_names
from arena.store.schema import upgrade
from arena.store.session import Store, opened
from arena.store.tables import Battle, Kind, Mode, Observation, Tally, Turn, Visitor, Vote
from ranking import rate
from serving.tables import Model, Provider, State

MODELS, DAYS = 300, 365
# Each category with the share of votes that carry it, as on a public arena.
SHARES = {
    "language-en": 0.55, "language-de": 0.05, "language-zh": 0.08, "language-ru": 0.08,
    "code": 0.2, "maths": 0.1, "creative": 0.1, "instructions": 0.25, "hard": 0.3,
    "long-prompt": 0.1, "multi-turn": 0.2,
}  # fmt: skip
TOUCHED = ("language-en", "code")
OUTCOMES = ("model_a", "model_b", "tie", "both_bad")
ROUNDS = 7


def world(votes: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Tallies of so many votes over a year, evenly over pairs."""
    strength = rng.normal(0, 1, MODELS + 1)
    found: list[dict[str, Any]] = []
    for category, share in {tallies.OVERALL: 1.0, **SHARES}.items():
        size = int(votes * share)
        a, b = rng.integers(1, MODELS + 1, (2, size))
        a, b = a[a != b], b[a != b]
        chance = 1 / (1 + np.exp(strength[b] - strength[a]))
        drawn = rng.random(len(a))
        said = np.where(drawn < 0.25, 2 + (drawn < 0.1), rng.random(len(a)) >= chance)
        key = np.stack([rng.integers(0, DAYS, len(a)), a, b, said], axis=1)
        rows, counts = np.unique(key, axis=0, return_counts=True)
        for (day, one, other, outcome), count in zip(rows.tolist(), counts.tolist(), strict=True):
            found.append({
                "day": date(2025, 1, 1) + timedelta(days=day), "category": category,
                "kind": Kind.PERSON, "model_a": one, "model_b": other,
                "outcome": OUTCOMES[outcome], "count": count,
                "weight_sum": float(count), "weight_sq_sum": float(count),
            })  # fmt: skip
    return found


async def fill(store: Store, votes: int) -> int:
    """Contestants and their tallies; gives how many rows of tallies."""
    rows = world(votes, np.random.default_rng(1))
    async with store.write() as session:
        session.add(Provider(id=1, name="lab"))
        await session.flush()
        for n in range(1, MODELS + 1):
            session.add(Model(id=n, name=f"lab/model-{n:03d}", provider_id=1, state=State.LIVE))
        session.add(Visitor(id="v"))
        await session.flush()
        session.add(Battle(id="b", visitor_id="v", mode=Mode.ANONYMOUS, model_a=1, model_b=2))
        await session.flush()
        session.add(Turn(id="t", battle_id="b", n=1, prompt="hi"))
        await session.flush()
        session.add(Vote(id="v", turn_id="t", battle_id="b", visitor_id="v", winner="tie"))
        await session.flush()
        for start in range(0, len(rows), 50_000):
            await session.execute(insert(Tally), rows[start : start + 50_000])
    return len(rows)


async def vote(store: Store, rng: np.random.Generator, categories: tuple[str, ...]) -> None:
    """One more rated vote on two contestants."""
    a, b = rng.choice(np.arange(1, MODELS + 1), 2, replace=False).tolist()
    async with store.write() as session:
        seen = Observation(
            vote_id="v", day=date(2025, 12, 31), categories=list(categories), kind=Kind.PERSON,
            model_a=a, model_b=b, outcome=OUTCOMES[int(rng.integers(0, 4))],
        )  # fmt: skip
        await tallies.post(session, seen)


async def timed(what: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Milliseconds on the clock, and of processor time of all threads."""
    began, used = time.perf_counter(), time.process_time()
    await what()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)


async def measure(store: Store, votes: int) -> dict[str, Any]:
    """Milliseconds: medians of a few rounds."""
    rng = np.random.default_rng(2)
    found: dict[str, Any] = {"votes": votes, "tally_rows": await fill(store, votes)}
    boards = Boards(store, ["person"], Signer(fresh_key()))
    found["first"] = await timed(boards.refresh)
    found["nothing new"] = _middle([await timed(boards.refresh) for _ in range(ROUNDS)])
    for name, touched in (
        ("overall alone", ()),
        ("three categories", TOUCHED),
        ("all", tuple(SHARES)),
    ):
        took = []
        for _ in range(ROUNDS):
            await vote(store, rng, touched)
            took.append(await timed(boards.refresh))
        found[name] = _middle(took)
    return found | {"parts of one": await parts(store, boards)}


async def parts(store: Store, boards: Boards) -> dict[str, tuple[float, float]]:
    """Where the time of one category goes."""
    async with store.read() as session:
        names = await public_names(session)
        names_ms = await timed(lambda: public_names(session))
    tallied = boards._sums.by_category[tallies.OVERALL]
    text = tally_block("overall", tallied, names)
    cells = cells_of(json.loads(text))
    board = rate(cells)
    near = {row.model: row.rating for row in board.models}
    steps: dict[str, Callable[[], Any]] = {
        "add a vote": lambda: tallied.plus([(3, 5, "tie", 1, 1.0, 1.0)]),
        "tally block": lambda: tally_block("overall", tallied, names),
        "hash": lambda: digest(text),
        "cells": lambda: cells_of_sums(tallied, names),
        "rate": lambda: rate(cells),
        "rate from near": lambda: rate(cells, start=near),
        "board block": lambda: board_block("overall", board),
    }
    return {"names": names_ms} | {name: _steps(step) for name, step in steps.items()}


def _steps(step: Callable[[], Any]) -> tuple[float, float]:
    took = []
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        step()
        took.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)))
    return _middle(took)


def _middle(took: list[tuple[float, float]]) -> tuple[float, float]:
    return median(wall for wall, _ in took), median(used for _, used in took)


async def run(votes: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="agon-board-") as folder:
        async with opened(f"sqlite+aiosqlite:///{Path(folder) / 'arena.db'}", new=True) as store:
            await upgrade(store.engine)
            return await measure(store, votes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--votes", type=int, default=300_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = asyncio.run(run(asked.votes))
    if asked.json:
        print(json.dumps(found))
        return
    of_one = found.pop("parts of one")
    for name, value in {**found, **of_one}.items():
        told = "".join(
            f"{part:12,.1f}" for part in (value if isinstance(value, tuple) else (value,))
        )
        print(f"{name:20s}{told}")


if __name__ == "__main__":
    main()
