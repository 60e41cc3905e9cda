"""The launcher of engines: up, back after a crash, gone without a trace; vLLM is stood in for."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from serving.engine import Engine
from serving.errors import EngineDied, EngineError, EngineMissing
from serving.pulse import Pulse
from serving.vllm import VLLM
from tests.test_serving_leash import wait_until_gone

ROOT = Path(__file__).parent.parent
QUICK = Pulse(every=0.1, patience=0.3, misses=2)

# An arena that starts one engine and is then killed outright.
OWNER = """
import asyncio, sys
from tests.test_serving_vllm import stand_in_in
from serving.vllm import VLLM
from pathlib import Path

async def main():
    await VLLM.start(stand_in_in(Path(sys.argv[1])))
    print("up", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Engine:
    """An engine whose interpreter runs the stand-in whatever it is told to run."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.stand_in_engine "$@"\n')
    python.chmod(0o755)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    an_adapter(tmp_path / "one")
    return stand_in_in(tmp_path)


def stand_in_in(folder: Path) -> Engine:
    return Engine(
        name="demo",
        model=str(folder / "base"),
        python=folder / "python",
        log=folder / "logs" / "engine.log",
        adapters={"one": folder / "one"},
        adapters_home=folder / "adapters",
        device="cpu",
        environment={"PYTHONPATH": str(ROOT), "STAND_IN_PIDS": str(folder / "pids")},
    )


def an_adapter(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    return folder


def written(engine: Engine) -> bool:
    return Path(engine.environment["STAND_IN_PIDS"]).exists()


def pids(engine: Engine) -> list[int]:
    written = Path(engine.environment["STAND_IN_PIDS"]).read_text()
    return [int(pid) for pid in written.split()]


async def until_up_again(running: VLLM, restarts: int) -> None:
    async with asyncio.timeout(20):
        while running.restarts < restarts:
            await asyncio.sleep(0.02)


async def test_an_engine_comes_up_tells_of_it_and_leaves_nothing(stand_in: Engine) -> None:
    said: list[str] = []
    running = await VLLM.start(stand_in, said.append)
    try:
        assert await running.served() == ["demo", "one"]
        assert "up after" in said[-1]
    finally:
        await running.stop()
    wait_until_gone(pids(stand_in), 3)
    assert not await running.healthy()


async def test_stopping_twice_does_no_harm(stand_in: Engine) -> None:
    running = await VLLM.start(stand_in)
    await running.stop()
    await running.stop()


async def test_after_a_crash_it_is_back_at_the_same_address(stand_in: Engine) -> None:
    running = await VLLM.start(stand_in)
    try:
        before, url = pids(stand_in), running.base_url
        os.kill(before[0], signal.SIGKILL)
        await until_up_again(running, 1)
        assert (running.base_url, await running.served()) == (url, ["demo", "one"])
        wait_until_gone(before, 3)
        assert running.up.is_set()
    finally:
        await running.stop()
    wait_until_gone(pids(stand_in), 3)


async def test_an_adapter_whose_folder_is_gone_does_not_keep_the_engine_down(
    stand_in: Engine, tmp_path: Path
) -> None:
    running = await VLLM.start(stand_in)
    try:
        (tmp_path / "one").rename(tmp_path / "elsewhere")
        os.kill(pids(stand_in)[0], signal.SIGKILL)
        await until_up_again(running, 1)
        assert await running.served() == ["demo"]
    finally:
        await running.stop()


async def test_what_was_loaded_meanwhile_is_loaded_again_and_what_was_unloaded_is_not(
    stand_in: Engine, tmp_path: Path
) -> None:
    running = await VLLM.start(stand_in)
    try:
        await running.load("two", an_adapter(tmp_path / "two"))
        await running.load("three", an_adapter(tmp_path / "three"))
        await running.unload("three")
        an_adapter(tmp_path / "adapters" / "four")  # as `arena models load` puts it in
        os.kill(pids(stand_in)[0], signal.SIGKILL)
        await until_up_again(running, 1)
        assert sorted(await running.served()) == ["demo", "four", "one", "two"]
    finally:
        await running.stop()


@pytest.mark.parametrize("how", ["stopped", "mute"])
async def test_an_engine_that_lives_but_hangs_is_ended_and_started_again(
    stand_in: Engine, how: str, tmp_path: Path
) -> None:
    running = await VLLM.start(stand_in, pulse=QUICK)
    try:
        before = pids(stand_in)
        if how == "stopped":
            os.kill(before[0], signal.SIGSTOP)
        else:
            (tmp_path / "pids.mute").touch()
        async with asyncio.timeout(10):
            while running.up.is_set():
                await asyncio.sleep(0.02)
        (tmp_path / "pids.mute").unlink(missing_ok=True)
        await until_up_again(running, 1)
        wait_until_gone(before, 3)
        assert pids(stand_in) != before and await running.healthy()
    finally:
        await running.stop()


async def test_an_engine_that_is_well_is_left_alone(stand_in: Engine) -> None:
    running = await VLLM.start(stand_in, pulse=QUICK)
    try:
        before = pids(stand_in)
        await asyncio.sleep(10 * QUICK.every)
        assert (running.restarts, pids(stand_in)) == (0, before)
    finally:
        await running.stop()


def test_when_the_arena_is_killed_outright_its_engine_is_ended(
    stand_in: Engine, tmp_path: Path
) -> None:
    line = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        owner.kill()
        wait_until_gone(pids(stand_in))


async def test_a_start_that_is_cancelled_leaves_nothing(stand_in: Engine) -> None:
    task = asyncio.create_task(VLLM.start(stand_in))
    async with asyncio.timeout(10):
        while not written(stand_in):
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await (await task).stop()
    wait_until_gone(pids(stand_in), 3)


async def test_an_engine_that_stops_at_once_tells_its_last_words(stand_in: Engine) -> None:
    stand_in.python.write_text(
        "#!/bin/sh\necho 'loading'\necho 'No module named vllm' >&2\nexit 3\n"
    )
    with pytest.raises(EngineDied) as caught:
        await VLLM.start(stand_in)
    told = str(caught.value)
    assert "stopped with code 3" in told
    assert "No module named vllm" in told
    assert "run `make up`" in told


async def test_an_engine_that_is_never_healthy_is_given_up_and_ended(stand_in: Engine) -> None:
    pid = stand_in.log.parent.parent / "pid"
    stand_in.python.write_text(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 300\n")
    with pytest.raises(EngineDied, match="not healthy after 1 s"):
        await VLLM.start(stand_in, start_timeout=1)
    wait_until_gone([int(pid.read_text())], 3)


async def test_a_taken_port_is_said_before_anything_starts(stand_in: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        fixed: dict[str, Any] = {name: getattr(stand_in, name) for name in stand_in.__slots__}
        with pytest.raises(EngineError, match=f"port {port} is taken"):
            await VLLM.start(Engine(**fixed | {"port": port}))


async def test_an_adapter_that_is_none_is_not_sent_to_the_engine(
    stand_in: Engine, tmp_path: Path
) -> None:
    running = await VLLM.start(stand_in)
    try:
        with pytest.raises(EngineMissing, match="holds no adapter"):
            await running.load("two", tmp_path / "two")
        assert "two" not in running.adapters
    finally:
        await running.stop()
