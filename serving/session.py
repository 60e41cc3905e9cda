"""The HTTP sessions through which the gateway dials: what they refuse, verify and never follow.

A guarded session asks its policy twice: with the URL before every request, on a pooled connection
too, and with the addresses when a name is resolved. aiohttp connects to exactly what the resolver
gave it, and keeps that for ten seconds at most; so nothing is dialled that was not checked.
"""

from socket import AF_INET, AddressFamily
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import ClientRequest, ClientSession, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from serving.dial import DialPolicy
from serving.patience import Patience

if TYPE_CHECKING:
    from aiohttp import ClientTimeout
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

# Shorter than what servers keep: a request must not go out on a connection that is being closed.
KEEPALIVE_S = 3.0
HEAD_LINE_BYTES = 8190
HEAD_LINES = 128


class GuardedResolver(AbstractResolver):
    """Resolves as the system does, and gives nothing the policy forbids."""

    def __init__(self, policy: DialPolicy, names: AbstractResolver | None = None) -> None:
        self.policy = policy
        self.names = names or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AF_INET
    ) -> list[ResolveResult]:
        found = await self.names.resolve(host, port, family)
        self.policy.check_resolved(host, port, (result["host"] for result in found))
        return found

    async def close(self) -> None:
        await self.names.close()


class GuardedConnector(TCPConnector):
    """Lets no request out whose URL the policy forbids: a resolver never sees an address."""

    def __init__(self, policy: DialPolicy, names: AbstractResolver | None = None) -> None:
        resolver = GuardedResolver(policy, names)
        super().__init__(limit=0, resolver=resolver, keepalive_timeout=KEEPALIVE_S)
        self.policy = policy

    async def connect(
        self, req: ClientRequest, traces: "list[Trace]", timeout: "ClientTimeout"
    ) -> "Connection":
        self.policy.check(req.url)
        return await super().connect(req, traces, timeout)


def open_session(
    patience: Patience, policy: DialPolicy | None = None, names: AbstractResolver | None = None
) -> ClientSession:
    """A session guarded by the policy; without one it is the operator's, who may dial anything.

    No limit on connections, no cookies, no proxy of the environment, no body unpacked; the lines of
    an upstream's head are bounded in length and in number. Certificates are verified.
    """
    connector = (
        TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S)
        if policy is None
        else GuardedConnector(policy, names)
    )
    return ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, connect=patience.connect),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=HEAD_LINE_BYTES,
        max_field_size=HEAD_LINE_BYTES,
        max_headers=HEAD_LINES,
    )
