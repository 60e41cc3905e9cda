"""A listening server that nothing may reach, and a name service that says what it is told."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

from aiohttp.abc import AbstractResolver, ResolveResult

EVERYWHERE = ("0.0.0.0", "::")


@dataclass(slots=True)
class Trap:
    """Counts the connections made to it, keeps what was said, and hangs up."""

    port: int = 0
    reached: int = 0
    heard: bytes = b""
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached += 1
        self.heard += await reader.read(65536)
        writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def trap(
    *hosts: str, port: int = 0, context: SSLContext | None = None
) -> AsyncIterator[Trap]:
    """Listens at these addresses, all on one port; without any, at every one this machine has."""
    caught = Trap()
    servers: list[asyncio.Server] = []
    for sock in bound(hosts or EVERYWHERE, port):
        servers.append(await asyncio.start_server(caught.take, sock=sock, ssl=context))
        caught.port = sock.getsockname()[1]
    try:
        yield caught
    finally:
        for server in servers:
            server.close()


def bound(hosts: Sequence[str], port: int) -> Iterator[socket.socket]:
    """A machine without IPv6 has no such address to be reached at."""
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            sock = socket.create_server((host, port), family=family)
        except OSError:
            if family == socket.AF_INET:
                raise
            continue
        port = sock.getsockname()[1]
        yield sock


@dataclass(slots=True)
class Names(AbstractResolver):
    """Resolves by table; where a name has several answers, one after the other, then the last."""

    table: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    otherwise: Sequence[str] = ("127.0.0.1",)
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answers = self.table.get(host, [self.otherwise])
        found = answers[min(self.asked.count(host), len(answers) - 1)]
        self.asked.append(host)
        return [result(host, address, port) for address in found]

    async def close(self) -> None:
        return None


def result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
