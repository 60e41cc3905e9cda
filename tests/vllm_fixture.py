"""One real vLLM with the demo's contestants, shared by every test of a run that needs one."""

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from arena.demo.manifest import read_manifest
from serving.engine import Engine
from serving.vllm import VLLM

T = TypeVar("T")
PYTHON = Path(__file__).parent.parent / ".venv-vllm" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """A healthy engine on an event loop of its own thread, so that tests on any loop may use it."""

    running: VLLM
    loop: asyncio.AbstractEventLoop
    names: tuple[str, ...]

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one of the engine's coroutines on its own loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=300)

    def an_adapter(self) -> Path:
        return next(iter(self.running.engine.adapters.values()))

    def processes(self) -> list[int]:
        """The engine's own processes, its API server first."""
        port = str(self.running.port)
        found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        servers = [pid for pid in found if port in arguments(pid) and "-I" not in arguments(pid)]
        group = os.getpgid(servers[0])
        return servers + [pid for pid in found if pid not in servers and in_group(pid, group)]


def arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def in_group(pid: int, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return False


def engine_python() -> str:
    """The interpreter of vLLM's environment; without one the test skips, or fails if it must."""
    if not PYTHON.exists():
        why = "no .venv-vllm: the tests of a real vLLM did not run (make one with `make up`)"
        if os.environ.get("ARENA_REQUIRE_VLLM") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return str(PYTHON)


def demo_engine(log: Path) -> Engine:
    """The engine of the demo's contestants, as `arena up` would start it."""
    manifest = read_manifest()
    return Engine(
        name="demo",
        model=str(manifest.path(manifest.base)),
        served_name=manifest.base.name,
        python=PYTHON,
        log=log,
        adapters={adapter.name: manifest.path(adapter) for adapter in manifest.adapters},
    )


@pytest.fixture(scope="session")
def vllm_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    """Started once, on first use; skips with a loud line where vLLM's environment is missing."""
    engine_python()
    engine = demo_engine(tmp_path_factory.mktemp("engine") / "engine.log")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="engine", daemon=True)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(VLLM.start(engine), loop).result(timeout=600)
    try:
        yield RunningEngine(running, loop, (engine.served_name or engine.name, *engine.adapters))
    finally:
        asyncio.run_coroutine_threadsafe(running.stop(), loop).result(timeout=60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()
