"""Writes rows as the data files of a dataset folder: shards of Parquet or JSONL, by split."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from export.options import Format

GROUP_ROWS = 1_000
SHARD_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class DataFile:
    """One data file as the manifest lists it; `path` is relative to the dataset folder."""

    path: str
    split: str
    rows: int
    bytes: int
    sha256: str


class Sink(Protocol):
    """An open data file."""

    def write_table(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


class Jsonl:
    """A file of JSON lines, written from the same tables as Parquet is."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file = path.open("wb")

    def write_table(self, table: pa.Table) -> None:
        """Append the table's rows."""
        for row in table.to_pylist():
            self._file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """End the file."""
        self._file.close()


def parquet(path: Path, schema: pa.Schema) -> Sink:
    """A Parquet file whose pages are cut by content: an appended release uploads little anew."""
    writer: Sink = pq.ParquetWriter(
        path, schema, compression="zstd", use_content_defined_chunking=True
    )
    return writer


SINKS: Mapping[Format, Callable[[Path, pa.Schema], Sink]] = {
    Format.PARQUET: parquet,
    Format.JSONL: Jsonl,
}


class Split:
    """The shards of one split while they are written; rows are held for one row group only."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema, format: Format) -> None:
        self._folder, self._name, self._schema, self._format = folder, name, schema, format
        self._held: list[Mapping[str, Any]] = []
        self._rows: list[int] = []
        self._sink: Sink | None = None

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return sum(self._rows) + len(self._held)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one row."""
        self._held.append(row)
        if len(self._held) == GROUP_ROWS:
            self._write()

    def close(self) -> list[DataFile]:
        """Write what is held and give the shards their names; none where there was no row."""
        self._write()
        self.abandon()
        shards = range(len(self._rows))
        return [self._named(number, self._folder.parent) for number in shards]

    def abandon(self) -> None:
        """Close what is open; its folder is going to be removed, or it is whole."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _write(self) -> None:
        if not self._held:
            return
        if self._sink is None or self._rows[-1] >= SHARD_ROWS:
            self.abandon()
            self._sink = SINKS[self._format](self._unnamed(len(self._rows)), self._schema)
            self._rows.append(0)
        self._sink.write_table(pa.Table.from_pylist(self._held, schema=self._schema))
        self._rows[-1] += len(self._held)
        self._held.clear()

    def _unnamed(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number:05}"

    def _named(self, number: int, root: Path) -> DataFile:
        whole = f"{self._name}-{number:05}-of-{len(self._rows):05}.{self._format}"
        path = self._unnamed(number).rename(self._folder / whole)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        place = path.relative_to(root).as_posix()
        return DataFile(place, self._name, self._rows[number], path.stat().st_size, digest)
