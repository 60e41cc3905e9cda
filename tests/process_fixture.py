"""The `arena` command as a process of its own, as a person would run it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

ARENA = (sys.executable, "-m", "arena")
START_S = 60


def heeding_interrupts() -> None:
    """For a child: what is started in the background of a script ignores Ctrl-C, as it would."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables of a small arena of its own in `folder`, without the demo."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARENA_")}
    return {
        **kept,
        "ARENA_DATA_DIR": str(folder),
        "ARENA_DEMO": "false",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        **more,
    }


async def arena(
    folder: Path, *words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run one command to its end: its exit code, what it said, what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *ARENA,
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(folder, **(env or {})),
        cwd=folder,
    )
    out, err = await process.communicate(stdin)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def serving(
    folder: Path, *allowed: str, command: str = "serve", **more: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """A running `arena serve`: its address and its process; killed if it still runs at the end."""
    hosts = "[" + ",".join(f'"{host}"' for host in allowed) + "]"
    process = await asyncio.create_subprocess_exec(
        *(*ARENA, command, "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(folder, ARENA_ALLOW_HOSTS=hosts, **more),
        cwd=folder,
    )
    try:
        yield await asyncio.wait_for(_address(process), START_S), process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(line.decode())
        if line.startswith(b"Arena ready at "):
            return line.decode().split()[-1]
    raise AssertionError("the arena did not start:\n" + "".join(said))
