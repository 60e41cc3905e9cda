"""Which addresses, names and ports lead inside, and why: what a stranger may not have us dial."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Not private by Python's tables, yet they lead inside: tunnels, and the hosts' own agents.
INWARD: tuple[tuple[Network, str], ...] = (
    (ip_network("64:ff9b::/96"), "a translated address (NAT64)"),
    (ip_network("64:ff9b:1::/48"), "a translated address (NAT64)"),
    (ip_network("2002::/16"), "a tunnelled address (6to4)"),
    (ip_network("2001::/32"), "a tunnelled address (Teredo)"),
    (ip_network("::ffff:0:0/96"), "an IPv4 address written as IPv6"),
    (ip_network("::ffff:0:0:0/96"), "a translated address (SIIT)"),
    (ip_network("::/96"), "an embedded address"),
    (ip_network("fec0::/10"), "a site-local address"),
    (ip_network("3fff::/20"), "a documentation address"),
    (ip_network("5f00::/16"), "a segment routing address"),
    (ip_network("192.0.0.0/24"), "a private or reserved address"),
    (ip_network("192.88.99.0/24"), "a relay address (6to4)"),
    (ip_network("168.63.129.16/32"), "a metadata address"),
)

# Names that no public name server answers for.
INNER_NAMES = frozenset(
    {"arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain"}
    | {"localhost", "onion", "private", "test"}
)

# What else lives at ports where a model server may: none of these is one.
SERVICES: dict[str, frozenset[int]] = {
    "mail, chat and calls": frozenset({5060, 5061, 5222, 5269, *range(6660, 6670), 6697}),
    "proxies and tunnels": frozenset({1080, 1723, 3128}),
    "remote desks": frozenset({2222, 3389, *range(5900, 5910), 5985, 5986, 6000, 6001}),
    "files and directories": frozenset({2049, 3260, 3268, 3269}),
    "databases": frozenset(
        {1433, 1434, 1521, 3306, 5432, 5433, 5984, 6379, 6380, 7000, 7001, 7199, 7473, 7474, 7687}
        | {9042, 9160, 9200, 9300, 11211, 26379, 27017, 27018, 27019}
    ),
    "queues": frozenset({1883, 4222, 4369, 5671, 5672, 9092, 9093, 15672}),
    "clusters": frozenset({2181, 2375, 2376, 2377, 2379, 2380, 6443, 10250, 10255}),
}
HTTPS_PORT = 443
FIRST_FREE_PORT = 1024


def inward_address(address: Address) -> str | None:
    """Why this address is not public, or None if it is."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return "an address of one interface"
    for network, why in INWARD:
        if address in network:
            return why
    if address.is_loopback:
        return "a loopback address"
    if address.is_link_local:
        return "a link-local address"
    if address.is_multicast:
        return "a multicast address"
    return None if address.is_global else "a private or reserved address"


def inward_name(name: str) -> str | None:
    """Why this name, in small letters and without its last dot, is not a public one, or None."""
    last = name.rpartition(".")[2]
    return "a name of an inner network" if last == name or last in INNER_NAMES else None


def inward_port(port: int) -> str | None:
    """Why no model server is dialled at this port, or None."""
    if port != HTTPS_PORT and port < FIRST_FREE_PORT:
        return f"at port {port} (443, or {FIRST_FREE_PORT} and above, are a model server's)"
    kinds = (kind for kind, ports in SERVICES.items() if port in ports)
    return next((f"at port {port}, which is one of {kind}" for kind in kinds), None)
