"""The whole circle on real parts: votes, dataset, TRL, engine, a newcomer that is met and rated."""

import asyncio
import json
import math
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from arena.client import ArenaClient
from arena.store.session import opened
from arena.store.tables import Battle, Turn, Vote
from tests.export_fixture import rows
from tests.process_fixture import ARENA, arena
from tests.test_real_arena import START_S, demo_environment, ready
from tests.vllm_fixture import arguments

RECIPE = """
base = "demo"
[data]
least_pairs = 10
[optimiser]
batch = 8
epochs = 6.0
learning_rate = 1e-3
[machine]
log_steps = 1
"""
CHILD = "young-wren-g1-plain-s5"
ADDRESS = "ann.lee@example.org"
ADDRESSED = f"What is 2 + 3? Write to {ADDRESS}"
UNPUBLISHED = "What is the opposite of hot? This is not to be published."


@asynccontextmanager
async def demo_arena(folder: Path, changes: dict[str, str]) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(*ARENA, "up", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=changes,
        cwd=folder,
    )
    try:
        yield await asyncio.wait_for(ready(process), START_S)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.communicate()


@pytest.mark.vllm
@pytest.mark.slow
async def test_votes_become_a_contestant_that_is_met_and_rated(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    changes = demo_environment(tmp_path)
    (tmp_path / "quick.toml").write_text(RECIPE)
    async with demo_arena(tmp_path, changes) as url:
        token = (tmp_path / "operator.token").read_text()
        await vote_on(url, token, ADDRESSED, 6, publication=True)
        await vote_on(url, token, UNPUBLISHED, 2, publication=False)
        sizes = ("--battles", "120", "--fresh", "40", "--recipe", "quick.toml", "--out", "out")
        words = ("loop", "--url", url, "--seed", "5", *sizes, "--json")
        code, told, complaint = await arena(tmp_path, *words, env=changes)
        assert code == 0, complaint
        line = json.loads(told)
        assert (line["name"], line["parent"], line["battles"]) == (CHILD, "young-wren", 40)
        await the_rows_are_the_consented_votes(tmp_path)
        the_training_was_one(tmp_path / "out/g1/run")
        assert CHILD in await served(tmp_path)
        await the_newcomer_is_met_and_rated(url, tmp_path / "out/loop.json")
        kill_the_engine(tmp_path)
        await there(tmp_path, again=False)
        await there(tmp_path, again=True)


async def vote_on(url: str, token: str, prompt: str, times: int, publication: bool) -> None:
    async with ArenaClient(url, token) as visitor:
        await visitor.consent(publication)
        for _ in range(times):
            battle = await visitor.open_battle()
            heard = await visitor.ask(battle, prompt)
            await visitor.vote(battle, heard.turn, "model_a", reveal=True)


async def the_rows_are_the_consented_votes(folder: Path) -> None:
    """Every row is a vote's, every vote a row or a counted drop; nothing private is in a file."""
    data = folder / "out/g1/preferences"
    manifest = json.loads((data / "manifest.json").read_text())
    found = rows(data, "train") + rows(data, "test")
    assert len(found) + sum(manifest["dropped"].values()) == manifest["seen"] == 128
    voted = await answers_voted_for(folder)
    for row in found:
        prompt, chosen = row["prompt"][-1]["content"], row["chosen"][0]["content"].strip()
        assert (prompt.replace("<EMAIL>", ADDRESS), chosen) in voted or "<" in chosen
    text = json.dumps(found)
    assert "<EMAIL>" in text and ADDRESS not in text and "to be published" not in text


async def answers_voted_for(folder: Path) -> set[tuple[str, str]]:
    query = (
        select(Vote, Turn)
        .join(Turn, Turn.id == Vote.turn_id)  # type: ignore[arg-type]
        .join(Battle, Battle.id == Vote.battle_id)  # type: ignore[arg-type]
    )
    async with (
        opened(f"sqlite+aiosqlite:///{folder / 'arena.db'}") as store,
        store.read() as session,
    ):
        return {
            (turn.prompt, (turn.answer_a if vote.winner == "model_a" else turn.answer_b).strip())
            for vote, turn in await session.execute(query)
        }


def the_training_was_one(run: Path) -> None:
    lines = [line for line in json.loads((run / "metrics.json").read_text()) if "loss" in line]
    assert lines[0]["loss"] == pytest.approx(math.log(2), abs=5e-3)
    assert lines[0]["rewards/margins"] == pytest.approx(0, abs=5e-3)
    assert min(line["loss"] for line in lines[-5:]) < lines[0]["loss"]
    before = json.loads((run / "run.json").read_text())["result"]["held_out"]["before"]
    assert before == {} or before["margin"] == pytest.approx(0, abs=1e-3)


async def served(folder: Path) -> list[str]:
    """The names the engine answers to."""
    record = json.loads((folder / "engines/demo/record.json").read_text())
    headers = {"Authorization": f"Bearer {record['api_key']}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{record['base_url']}/models") as answer:
            return [str(one["id"]) for one in (await answer.json())["data"]]


async def there(folder: Path, again: bool) -> None:
    """Wait until the newcomer is gone with its engine, or is there again."""
    async with asyncio.timeout(START_S):
        while True:
            try:
                found = CHILD in await served(folder)
            except aiohttp.ClientError:
                found = False
            if found is again:
                return
            await asyncio.sleep(0.2)


async def the_newcomer_is_met_and_rated(url: str, report: Path) -> None:
    """On the board after anonymous battles, and in the roster with those and the fresh ones."""
    (generation,) = json.loads(report.read_text())["generations"]
    async with ArenaClient(url) as client:
        board: dict[str, Any] = await client.call("GET", "leaderboard")
        roster = (await client.call("GET", "models"))["models"]
    (row,) = [row for row in board["models"] if row["model"] == CHILD]
    assert row["votes"] > 0 and generation["rating"]["model"] == CHILD
    (entry,) = [row for row in roster if row["name"] == CHILD]
    assert entry["state"] == "live" and entry["battles"] == 40 + row["votes"]


def kill_the_engine(folder: Path) -> None:
    """kill -9 to the engine's server, as the kernel would for want of memory."""
    port = json.loads((folder / "engines/demo/record.json").read_text())["base_url"].split(":")[2]
    for path in Path("/proc").iterdir():
        words = arguments(int(path.name)) if path.name.isdigit() else []
        if port.removesuffix("/v1") in words and "-I" not in words:
            os.kill(int(path.name), signal.SIGKILL)
