"""The web server under the site: it takes its port first, and leaves the signals to us."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from arena.errors import Misconfigured


class QuietServer(uvicorn.Server):
    """A server that leaves the signals to us, so that engines are stopped before we go."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on this address, taken before anything slow is begun.

    Raises:
        Misconfigured: the address is taken, or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise Misconfigured(
            f"cannot listen on {host}:{port} ({reason}); choose another with --port"
        ) from error
    try:
        yield listener
    finally:
        listener.close()
