"""The first half on real parts: `arena up`, real contestants on a real vLLM, votes, ratings."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from arena.client import ArenaClient
from arena.demo import EXAMPLES
from tests.process_fixture import ARENA, arena, environment
from tests.vllm_fixture import engine_python

START_S = 240


def demo_environment(folder: Path) -> dict[str, str]:
    return {
        **environment(folder),
        "ARENA_DEMO": "true",
        "ARENA_ENGINE_PYTHON": str(engine_python()),
    }


async def ready(process: asyncio.subprocess.Process) -> str:
    """The address, once it is said; fails with all that was said instead."""
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(line.decode())
        if line.startswith(b"Arena ready at "):
            return line.decode().split()[-1]
    raise AssertionError("".join(said))


@pytest.mark.vllm
@pytest.mark.slow
async def test_a_newcomer_has_battles_with_real_contestants(tmp_path: Path) -> None:
    changes = demo_environment(tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(*ARENA, "up", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=changes,
        cwd=tmp_path,
    )
    try:
        url = await asyncio.wait_for(ready(process), START_S)
        await one_battle(url)
        code, told, complaint = await arena(
            tmp_path, "simulate", "--url", url, "--battles", "40", "--json", env=changes
        )
        assert code == 0, complaint
        report = json.loads(told)
        assert (report["played"], report["failed"]) == (40, 0)
        await the_board_moves(url, tmp_path, changes)
        record = json.loads((tmp_path / "engines/demo/record.json").read_text())
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        port = int(record["base_url"].split(":")[-1].split("/")[0])
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", port)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def one_battle(url: str) -> None:
    """A person's battle: two answers of two contestants, a vote, the names."""
    async with ArenaClient(url) as visitor:
        await visitor.consent(publication=True)
        names = {row["name"] for row in (await visitor.call("GET", "models"))["models"]}
        assert len(names) >= 4
        battle = await visitor.open_battle()
        heard = await visitor.ask(battle, EXAMPLES[0])
        assert heard.state == "done" and heard.text["a"].strip() and heard.text["b"].strip()
        cast = await visitor.vote(battle, heard.turn, "model_a", reveal=True)
        assert set(cast["reveal"].values()) < names


async def the_board_moves(url: str, folder: Path, changes: dict[str, str]) -> None:
    """The page's board and `arena rate` on the database say the same of all 41 battles."""
    async with ArenaClient(url) as visitor, asyncio.timeout(20):
        while (board := await visitor.call("GET", "leaderboard"))["votes"] != 41:
            await asyncio.sleep(0.5)
    code, told, complaint = await arena(folder, "rate", "--json", env=changes)
    assert code == 0, complaint
    rated = json.loads(told)
    shown = [{key: row[key] for key in rated["models"][0]} for row in board["models"]]
    assert rated["votes"] == 41 and rated["models"] == shown
