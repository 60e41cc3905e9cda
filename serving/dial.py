"""What may be dialled: public addresses over https, and what the operator has put on the list.

A provider names the address that this server will call. The URL is checked when it is entered and
before each request, the addresses when its name is resolved; what is resolved is what is dialled
(serving/session.py). No redirect is followed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from yarl import URL

from serving.errors import AddressRefused
from serving.inward import Address, Network, inward_address, inward_name, inward_port

LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# A name whose last part is a number is an address to many readers: 127.1, 0x7f.0.0.1, 1.2.3.04.
NUMBER_LAST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
NAME_LIMIT = 253


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
        self.check(parsed(base_url))

    def check(self, url: URL) -> None:
        """The scheme, the host and the port of a URL as aiohttp is about to dial it."""
        host, port = plain(url.raw_host or ""), url.port or 0
        if (host, port) in self.hosts:
            return
        literal = literal_address(url.raw_host or "")
        if literal is not None:
            if self.lists(literal):
                return
            refuse(host, inward_address(literal))
        elif not self.networks:
            refuse(host, inward_name(host))
        if url.scheme != "https":
            raise AddressRefused(f"{host}: only https is dialled, unless the operator lists it")
        refuse(host, inward_port(port))

    def check_resolved(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Every address the name has now must be allowed, not only the first."""
        if (plain(host), port) in self.hosts:
            return
        for address in addresses:
            self.check_address(host, ip_address(address))

    def check_address(self, host: str, address: Address) -> None:
        if not self.lists(address):
            refuse(host, inward_address(address))

    def lists(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def refuse(host: str, why: str | None) -> None:
    if why is not None:
        raise AddressRefused(f"{host} is {why}, which is not dialled unless the operator lists it")


def parsed(base_url: str) -> URL:
    """The URL as aiohttp itself will read it, so that two readers cannot differ."""
    if not base_url.isprintable() or " " in base_url or "\\" in base_url:
        raise AddressRefused("a base URL has no spaces, no backslashes and no control characters")
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
    """The address written in the host's place, or None for a name; else AddressRefused."""
    if ":" not in host and not NUMBER_LAST.fullmatch(host):
        if len(host) > NAME_LIMIT or not NAME.fullmatch(host):
            raise AddressRefused(f"{host}: not the name of a host")
        return None
    try:
        return ip_address(host)
    except ValueError as error:
        raise AddressRefused(f"{host}: write an address in full") from error


def plain(host: str) -> str:
    return host.lower().removesuffix(".")


def listed_host(entry: str) -> tuple[str, int]:
    host, _, port = entry.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise AddressRefused(f"{entry!r} on the dial list is neither host:port nor a network")
    return plain(encoded(host)), int(port)


def encoded(host: str) -> str:
    """As a request writes it: `bücher.example` becomes `xn--bcher-kva.example`."""
    try:
        return URL.build(scheme="https", host=host).raw_host or host
    except ValueError as error:
        raise AddressRefused(f"{host!r} on the dial list is not a host: {error}") from error


def listed_network(entry: str) -> Network:
    try:
        return ip_network(entry.strip())
    except ValueError as error:
        raise AddressRefused(f"{entry!r} on the dial list is not a network: {error}") from error
