"""A running vLLM: started, watched, started again after a crash, and stopped without a trace."""

import asyncio
import contextlib
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import aiohttp

from serving.engine import (
    Engine,
    adapter_path,
    check,
    command,
    cores_of_this_process,
    environment,
    put_in_meanwhile,
)
from serving.engine_log import last_lines, remedy_for, rotate
from serving.errors import EngineDied, EngineError
from serving.pulse import Pulse, Signs
from serving.target import Route

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

LEASH = Path(__file__).with_name("leash.py")
GRACE_S = 10.0
POLL_S = 0.5
TELL_EVERY_S = 5.0
FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 60.0


class VLLM:
    """One engine's process. `start` it, read `base_url` and `api_key`, `stop` it."""

    def __init__(
        self, engine: Engine, start_timeout: float = 600.0, pulse: Pulse | None = None
    ) -> None:
        self.engine = engine
        self.api_key = engine.api_key
        self.adapters = dict(engine.adapters)
        self.port = free_port(engine.port)
        self.restarts = 0
        self.up = asyncio.Event()
        self._start_timeout = start_timeout
        self._process: asyncio.subprocess.Process | None = None
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120))
        self._watch: asyncio.Task[None] | None = None
        self._pulse = pulse or Pulse()
        root = self.base_url.removesuffix("/v1")
        self._signs = Signs(self._http, root, self.api_key, engine.served_name or engine.name)

    @classmethod
    async def start(
        cls,
        engine: Engine,
        progress: Progress | None = None,
        start_timeout: float = 600.0,
        pulse: Pulse | None = None,
    ) -> Self:
        """A healthy engine with its adapters; a failed start raises and leaves nothing behind."""
        check(engine)
        running = cls(engine, start_timeout, pulse)
        try:
            await running._launch(progress or log.info)
        except BaseException:  # a cancelled start, too, leaves no process behind
            await running.stop()
            raise
        running._watch = asyncio.create_task(running._keep_up(), name=f"engine {engine.name}")
        return running

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def address(self) -> str:
        """As the operator's dial list writes it."""
        return f"127.0.0.1:{self.port}"

    def route(self, served_name: str) -> Route:
        """Where the gateway finds the base or one of the adapters."""
        return Route(self.base_url, served_name, self.api_key)

    async def load(self, name: str, folder: Path) -> None:
        """Add an adapter, or read it anew; it is there again after every restart."""
        body: dict[str, object] = {"lora_name": name, "lora_path": adapter_path(name, folder)}
        if name in self.adapters:
            body["load_inplace"] = True
        await self._ask("load_lora_adapter", body)
        self.adapters[name] = folder

    async def unload(self, name: str) -> None:
        await self._ask("unload_lora_adapter", {"lora_name": name})
        self.adapters.pop(name, None)

    async def served(self) -> list[str]:
        """The names it answers to: the base and every adapter."""
        async with self._http.get(f"{self.base_url}/models", headers=self._key()) as response:
            response.raise_for_status()
            return [str(model["id"]) for model in (await response.json())["data"]]

    async def stop(self) -> None:
        """End the process with all its children; twice does no harm."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None
        await self._end_process()
        await self._http.close()

    async def _launch(self, progress: Progress) -> None:
        """Start the process and wait until it is healthy."""
        adapters = {name: folder for name, folder in self.adapters.items() if folder.is_dir()}
        adapters |= put_in_meanwhile(self.engine)
        for name in self.adapters.keys() - adapters.keys():
            log.warning("adapter %s: its folder is gone, it is not loaded again", name)
        line = command(self.engine, self.port, adapters)
        env = environment(self.engine, os.environ, cores_of_this_process())
        self.engine.log.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(rotate, self.engine.log)
        with self.engine.log.open("ab") as written:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(LEASH), str(GRACE_S), *line),
                stdin=asyncio.subprocess.PIPE,
                stdout=written,
                stderr=written,
                env=env,
                start_new_session=True,
            )
        await self._wait_until_healthy(self._process, progress)
        self.up.set()

    async def _wait_until_healthy(
        self, process: asyncio.subprocess.Process, progress: Progress
    ) -> None:
        started = told = time.monotonic()
        while not await self.healthy():
            now = time.monotonic()
            if process.returncode is not None:
                raise self._died(f"stopped with code {process.returncode} before it was healthy")
            if now - started > self._start_timeout:
                raise self._died(f"was not healthy after {self._start_timeout:.0f} s")
            if now - told >= TELL_EVERY_S:
                told = now
                progress(f"engine {self.engine.name}: starting, {now - started:.0f} s")
            await asyncio.sleep(POLL_S)
        progress(f"engine {self.engine.name}: up after {time.monotonic() - started:.0f} s")

    async def healthy(self) -> bool:
        return not self._http.closed and await self._signs.healthy()

    async def _keep_up(self) -> None:
        """Start it again whenever it ends or hangs, ever more slowly while it keeps failing."""
        pause = FIRST_BACK_OFF_S
        while True:
            began = time.monotonic()
            why = await self._until_lost()
            self.up.clear()
            log.error("engine %s %s; starting it again", self.engine.name, why)
            await self._end_process()
            if time.monotonic() - began > LONGEST_BACK_OFF_S:
                pause = FIRST_BACK_OFF_S
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_BACK_OFF_S)
            try:
                await self._launch(log.info)
                self.restarts += 1
            except (EngineError, OSError) as error:
                log.error("engine %s did not come back: %s", self.engine.name, error)
                await self._end_process()

    async def _until_lost(self) -> str:
        """Wait until the process has ended or shows no more life; says which."""
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        hung = asyncio.create_task(self._until_hung())
        try:
            await asyncio.wait({ended, hung}, return_when=asyncio.FIRST_COMPLETED)
            return f"stopped with code {ended.result()}" if ended.done() else "hangs"
        finally:
            ended.cancel()
            hung.cancel()

    async def _until_hung(self) -> None:
        """Look at it and at the size of its log until it shows no sign of life any more."""
        missed = 0
        while missed < self._pulse.misses:
            await asyncio.sleep(self._pulse.every)
            with contextlib.suppress(OSError):  # a full disk is told elsewhere, and is no hang
                await asyncio.to_thread(rotate, self.engine.log)
            missed = 0 if await self._signs.seen(self._pulse) else missed + 1

    async def _end_process(self) -> None:
        """Let go of the leash and wait for it: it ends the engine's whole process group."""
        self.up.clear()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), GRACE_S + 10)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, path: str, body: dict[str, object]) -> None:
        """One of the engine's own calls, which the gateway never forwards."""
        name = self.engine.name
        if self._http.closed:
            raise EngineError(f"engine {name} is stopped")
        try:
            async with self._http.post(
                f"{self.base_url}/{path}", json=body, headers=self._key()
            ) as response:
                said = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise EngineError(f"engine {name} cannot be reached: is it up? ({error!r})") from error
        if response.status != 200:
            raise EngineError(f"engine {name} refused: {said[:300]}")

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}

    def _died(self, what: str) -> EngineDied:
        lines = last_lines(self.engine.log)
        remedy = remedy_for(lines)
        parts = [f"engine {self.engine.name} {what}{f': {remedy}' if remedy else ''}"]
        parts += [f"the end of {self.engine.log}:", *(f"  {line}" for line in lines)]
        return EngineDied("\n".join(parts))


def free_port(wanted: int = 0) -> int:
    """The wanted port, or any; raises EngineError where another program listens on it."""
    try:
        with socket.create_server(("127.0.0.1", wanted)) as listener:
            port: int = listener.getsockname()[1]
            return port
    except OSError as error:
        raise EngineError(f"port {wanted} is taken: give the engine another, or 0") from error
