"""Addresses of machines: IPv4, IPv6, MAC. Addresses that name nobody's machine are left alone."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address

# What stands in every text that holds an address: found fast, and seldom there.
DOTTED = re.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
PAIRED = re.compile(r"[:\-][0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-]|\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")

OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = re.compile(
    rf"(?<![\w.])(?<![0-9]-){OCTET}(?:\.{OCTET}){{3}}(?![\w]|\.[\w]|-[0-9A-Za-z])", re.ASCII
)
VERSIONED = re.compile(
    r"(?:\b(?:versions?|ver|release|revision|rev|build|firmware|upgraded?|updated?|downgraded?"
    r"|sections?|sect|chapter|clause|rule|figure|table|oid|driver|patch|sdk|assembly\w*|fileversion"
    r"|versión|versão|versione|versie|wersj\w|версии?я?|версію?|abschnitt|kapitel|chapitre"
    r"|secção)\b[^\n.,;]{0,16}|版本|版本号|バージョン|버전|§|[\w\]]\s?[=~<>!]=\s?|[A-Za-z]/"
    r"|\b(?:versions?|from|von|de)\s[0-9][\w.]{4,16}\s(?:to|and|or|bis|auf|und|et|y|à|a)\s)"
    r"[\"'`:=\s]{0,4}\Z",
    re.IGNORECASE,
)

IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]{2,40}+(?:\.[0-9]{1,3}){0,3}(?![\w:])",
    re.ASCII,
)
# Global unicast, unique local, link-local, multicast, NAT64: what is given out, after RFC 4291.
GIVEN = re.compile(r"[23][0-9a-f]{3}:|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|ff[0-9a-f]{2}:|64:ff9b:")

MAC = re.compile(
    r"(?<![\w:\-.])(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![\w]|[:\-.][0-9A-Fa-f])",
    re.ASCII,
)
LETTERED = re.compile(r"[A-Fa-f]")
RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "4.2.2.2"})


def ipv4(text: str) -> Iterator[tuple[int, int]]:
    """IPv4 addresses; loopback, masks, broadcast, multicast and public resolvers stay."""
    for match in IPV4.finditer(text) if DOTTED.search(text) else ():
        if _impersonal(match[0]):
            continue
        if not VERSIONED.search(text, max(0, match.start() - 48), match.start()):
            yield match.span()


def _impersonal(dotted: str) -> bool:
    address = IPv4Address(dotted)
    return (
        address.is_loopback
        or address.is_multicast
        or dotted.startswith(("0.", "255."))
        or dotted in RESOLVERS
    )


def ipv6(text: str) -> Iterator[tuple[int, int]]:
    """IPv6 addresses out of the ranges that are given out; `std::abs` and `12:30:45` are none."""
    for match in IPV6.finditer(text) if COLONS.search(text) else ():
        written = match[0].rstrip(":") if not match[0].endswith("::") else match[0]
        if _is_ipv6(written):
            yield match.start(), match.start() + len(written)


def _is_ipv6(written: str) -> bool:
    try:
        address = IPv6Address(written)
    except AddressValueError:
        return False
    if address.ipv4_mapped is not None:
        return not _impersonal(str(address.ipv4_mapped))
    if written.count(":") == 7 and "::" not in written:
        return LETTERED.search(written) is not None and max(map(len, written.split(":"))) > 2
    sliced = "::" in written and written.count(":") == 2 and not LETTERED.search(written)
    return bool(GIVEN.match(written.lower())) and not sliced


def macs(text: str) -> Iterator[tuple[int, int]]:
    """MAC addresses in the three usual spellings; a longer chain is a fingerprint, not a MAC."""
    for match in MAC.finditer(text) if PAIRED.search(text) else ():
        plain = match[0].lower()
        if set(plain) & set("-.") and not LETTERED.search(plain):
            continue
        if len(set(plain.replace("-", ":").split(":"))) > 1 or "." in plain:
            yield match.span()
