"""What may be dialled: public addresses over https, and what the operator has put on the list.

A provider names the address that this server will call, so the check stands at the dial: on the
address a name resolves to, and that same address is connected to. No redirect is followed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, AddressFamily

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from serving.errors import AddressRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Not private by Python's tables, yet they lead inside: tunnels, and the hosts' own agents.
INWARD: tuple[tuple[Network, str], ...] = (
    (ip_network("64:ff9b::/96"), "a translated address (NAT64)"),
    (ip_network("64:ff9b:1::/48"), "a translated address (NAT64)"),
    (ip_network("2002::/16"), "a tunnelled address (6to4)"),
    (ip_network("2001::/32"), "a tunnelled address (Teredo)"),
    (ip_network("::/96"), "an embedded address"),
    (ip_network("fec0::/10"), "a site-local address"),
    (ip_network("192.0.0.0/24"), "a private or reserved address"),
    (ip_network("192.88.99.0/24"), "a relay address (6to4)"),
    (ip_network("168.63.129.16/32"), "a metadata address"),
)


def refusal(address: Address) -> str | None:
    """Why this address is not public, or None if it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return "an IPv4 address written as IPv6"
        if address.scope_id is not None:
            return "an address of one interface"
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address"
    if address.is_multicast:
        return "a multicast address"
    for network, why in INWARD:
        if address in network:
            return why
    return None if address.is_global else "a private or reserved address"


@dataclass(frozen=True, slots=True)
class DialPolicy:
    """The operator's list: `hosts` are (name or address, port), `networks` hold for any port."""

    hosts: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, *entries: str) -> "DialPolicy":
        """From lines such as `127.0.0.1:8000`, `vllm:8000`, `[::1]:8000`, `10.0.0.0/8`."""
        networks = [entry for entry in entries if "/" in entry]
        hosts = [entry for entry in entries if "/" not in entry]
        return cls(frozenset(map(listed_host, hosts)), tuple(map(listed_network, networks)))

    def also(self, *entries: str) -> "DialPolicy":
        """The same list and these entries."""
        more = DialPolicy.of(*entries)
        return DialPolicy(self.hosts | more.hosts, self.networks + more.networks)

    def check_url(self, base_url: str) -> None:
        """Raises AddressRefused; a name is not resolved here but when it is dialled."""
        url = parsed(base_url)
        host, port = plain(url.host or ""), url.port or 0
        if (host, port) in self.hosts:
            return
        literal = literal_address(host)
        if literal is not None:
            self.check_address(host, literal)
        if url.scheme != "https" and not (literal and self.lists(literal)):
            raise AddressRefused(f"{host}: only https is dialled, unless the operator lists it")

    def check_resolved(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Every address the name has now must be allowed, not only the first."""
        if (plain(host), port) in self.hosts:
            return
        for address in addresses:
            self.check_address(host, ip_address(address))

    def check_address(self, host: str, address: Address) -> None:
        why = refusal(address)
        if why is None or self.lists(address):
            return
        raise AddressRefused(f"{host} is {why}, which is not dialled unless the operator lists it")

    def lists(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


class GuardedResolver(AbstractResolver):
    """Resolves as the system does, and gives nothing the policy forbids."""

    def __init__(self, policy: DialPolicy) -> None:
        self.policy = policy
        self.system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AF_INET
    ) -> list[ResolveResult]:
        found = await self.system.resolve(host, port, family)
        self.policy.check_resolved(host, port, (result["host"] for result in found))
        return found

    async def close(self) -> None:
        await self.system.close()


def parsed(base_url: str) -> URL:
    """The URL as aiohttp itself will read it, so that two readers cannot differ."""
    try:
        url = URL(base_url)
        complete = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except ValueError as error:
        raise AddressRefused(f"not a URL: {error}") from error
    if not complete:
        raise AddressRefused("a base URL begins with https:// and names a host")
    if url.user is not None or url.password is not None:
        raise AddressRefused("a base URL carries no name or password: use `api_key`")
    if url.query_string or url.fragment or "?" in base_url or "#" in base_url:
        raise AddressRefused("a base URL has no query and no fragment")
    return url


def literal_address(host: str) -> Address | None:
    """The address written in the host's place; aiohttp dials what looks like one unresolved."""
    if ":" not in host and not host.replace(".", "").isdigit():
        return None
    try:
        return ip_address(host)
    except ValueError as error:
        raise AddressRefused(f"{host}: write an address in full") from error


def plain(host: str) -> str:
    return host.lower().rstrip(".")


def listed_host(entry: str) -> tuple[str, int]:
    host, _, port = entry.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise AddressRefused(f"{entry!r} on the dial list is neither host:port nor a network")
    return plain(host), int(port)


def listed_network(entry: str) -> Network:
    try:
        return ip_network(entry.strip())
    except ValueError as error:
        raise AddressRefused(f"{entry!r} on the dial list is not a network: {error}") from error
