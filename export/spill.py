"""Sorts more rows than memory holds: into buckets on disk by key, then bucket by bucket."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

MOST_PENDING = 8_000_000


class Spill:
    """Keys are hexadecimal and spread evenly, so 256 buckets by their first two digits do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._pending: defaultdict[str, list[bytes]] = defaultdict(list)
        self._bytes = 0

    def beside(self, name: str) -> "Spill":
        """An empty one in a folder of this name next to this one's."""
        return Spill(self._folder.with_name(name))

    def add(self, key: str, value: Any) -> None:
        """Keep a value that JSON can hold; nothing unredacted may come here."""
        line = orjson.dumps((key, value))
        self._pending[key[:2]].append(line)
        self._bytes += len(line)
        if self._bytes > MOST_PENDING:
            self._flush()

    def buckets(self) -> Iterator[list[tuple[str, Any]]]:
        """Everything added, ordered by key, as lists that each begin where the last one ended."""
        self._flush()
        for path in sorted(self._folder.iterdir()):
            found = [orjson.loads(line) for line in path.read_bytes().split(b"\n") if line]
            yield sorted(((key, value) for key, value in found), key=lambda pair: pair[0])

    def _flush(self) -> None:
        for bucket, lines in self._pending.items():
            with (self._folder / bucket).open("ab") as file:
                file.write(b"\n".join((*lines, b"")))
        self._pending.clear()
        self._bytes = 0
