"""A real Redis for the tests that share minutes between processes, where one is installed."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

pytest.importorskip("redis", reason="the Redis client is not installed: `pip install redis`")


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """A server of its own behind a socket in this folder; gives its address for `limits`."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("no redis-server is on the path")
    place = folder / "redis"
    line = [program, "--port", "0", "--unixsocket", str(place), "--save", "", "--dir", str(folder)]
    line += ["--pidfile", str(folder / "redis.pid")]
    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(place)
            yield f"async+redis+unix://{place}"
        finally:
            server.kill()


def wait_for(place: Path) -> None:
    for _ in range(200):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
            return caller.connect(str(place))
        time.sleep(0.05)
    raise TimeoutError("redis-server did not start")
