"""Which country a request comes from, where the operator has a way to know."""

import ipaddress
from pathlib import Path

import maxminddb
from fastapi import Request

from arena.errors import Misconfigured


class Places:
    """A trusted proxy's header first, then a MaxMind file; the address itself is never kept."""

    def __init__(self, header: str, database: Path | None) -> None:
        self._header = header
        try:
            self._reader = maxminddb.open_database(database) if database else None
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            raise Misconfigured(f"country_database {database}: {error}") from error

    def country(self, request: Request) -> str | None:
        """ISO 3166 code of the country, or `None` where nobody can say."""
        named = request.headers.get(self._header, "") if self._header else ""
        if len(named) == 2 and named.isascii() and named.isalpha():
            return named.upper()
        if self._reader is None or request.client is None:
            return None
        try:
            found = self._reader.get(ipaddress.ip_address(request.client.host))
        except ValueError:
            return None
        country = found.get("country") if isinstance(found, dict) else None
        code = country.get("iso_code") if isinstance(country, dict) else None
        return code if isinstance(code, str) else None
