"""Processes under test: started in a folder of their own, awaited, and stopped again."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.gateway.processes import tree
from benchmarks.gateway.sides import OURS, SIDES, Place, Side, environment, module
from benchmarks.gateway.wire import CHAT

READY_S = 90.0
STOP_S = 5.0


class NotReady(Exception):
    """A side did not come up; the message has the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Running:
    """A side that answers."""

    side: Side
    roots: tuple[int, ...]

    def pids(self) -> list[int]:
        return [pid for root in self.roots for pid in tree(root)]


def free_ports(number: int) -> tuple[int, ...]:
    """Ports free a moment ago; all are held until the last is found, so they differ."""
    with ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return tuple(one.getsockname()[1] for one in found)


@contextmanager
def process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[int]:
    """One process in a session of its own, which is killed whole."""
    with log.open("wb") as out:
        started = subprocess.Popen(
            command,
            cwd=log.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield started.pid
        finally:
            stop(started)


def stop(started: subprocess.Popen[bytes]) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(started.pid, sent)
            started.wait(STOP_S)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            break
    started.wait(STOP_S)


@contextmanager
def running(name: str, upstream: int, folder: Path) -> Iterator[Running]:
    """The side, once it has streamed a short answer; raises NotReady."""
    home = folder / name
    home.mkdir()
    place = Place(upstream, free_ports(3), home)
    side = SIDES[name](place)
    with ExitStack() as stack:
        logs = [home / f"{number}.log" for number in range(len(side.commands))]
        around = environment(side)
        roots = [
            stack.enter_context(process(command, log, around))
            for command, log in zip(side.commands, logs, strict=True)
        ]
        if side.tell:
            port, path, body = side.tell
            await_answer(port, path, {}, body, logs)
        if side.port:
            await_side(side, logs)
        yield Running(side, tuple(roots))


def await_side(side: Side, logs: list[Path]) -> None:
    """Until it streams a short answer, or for a site, until it is ready."""
    if "body" not in side.asked:
        await_answer(side.port, "/readyz", {}, None, logs)
        return
    body = side.asked["body"] | {"model": "full", "max_tokens": 5}
    await_answer(side.port, CHAT, side.asked["headers"], body, logs)


def await_answer(
    port: int, path: str, headers: dict[str, str], body: dict[str, Any] | None, logs: list[Path]
) -> None:
    """Ask until the answer is 200; without a body it is a GET."""
    url, why = f"http://127.0.0.1:{port}{path}", ""
    kinds = headers | {"Content-Type": "application/json"}
    request = urllib.request.Request(
        url, json.dumps(body).encode() if body is not None else None, kinds
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    due = time.monotonic() + READY_S
    while time.monotonic() < due:
        try:
            with opener.open(request, timeout=10) as answer:
                answer.read()
                return
        except OSError as error:
            why = repr(error)
            time.sleep(0.3)
    told = "\n".join(log.read_text(errors="replace")[-1500:] for log in logs)
    raise NotReady(f"{url}: {why}\n{told}")


@contextmanager
def upstream(folder: Path) -> Iterator[int]:
    """The port of an upstream in a process of its own."""
    (port,) = free_ports(1)
    home = folder / "upstream"
    home.mkdir()
    command = module("upstream", port)
    with process(command, home / "0.log", dict(os.environ) | OURS):
        await_answer(port, "/", {}, {}, [home / "0.log"])
        yield port
