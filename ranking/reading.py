"""Votes from files: Parquet, CSV or JSON lines, only the columns a rating needs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from ranking.categories import in_category
from ranking.covariates import Rows, columns_of, differences_of, needed
from ranking.errors import OptionError, ReadingError, VotesError
from ranking.style import FEATURES
from ranking.times import seconds
from ranking.votes import PIECE, Votes

REQUIRED: Final = ("model_a", "model_b", "winner")
NUMBERS: Final = ("weight", "pair_probability")
CATEGORY: Final = "category_tag"
TIME: Final = "timestamp"
KNOWN: Final = (*REQUIRED, *NUMBERS, "judge")  # columns whose type is known beforehand
BLOCK: Final = 1 << 24  # bytes; a line longer than a block cannot be read
BATCH: Final = 1 << 15  # votes whose answers are held at once
BUFFER: Final = 1 << 16  # bytes
PARQUET: Final = ".parquet"


def read_votes(
    path: Path,
    *,
    voters: bool = False,
    probabilities: bool = False,
    times: bool = False,
    category: str | None = None,
    style: bool = False,
    covariates: Sequence[str] = (),
) -> Votes:
    """Votes of a file, told apart by its ending (.parquet, .csv, .jsonl; text may be .gz).

    `voters`, `probabilities` and `times` ask for the columns judge, pair_probability and
    timestamp; `category` keeps the votes whose category_tag holds that tag. `style` asks for the
    four features of style, from conv_metadata or the conversations; each of `covariates` for a
    column of that name, or the two that end in _a and _b. Raises ReadingError for a file that
    cannot give what was asked for, VotesError for a row that means nothing, OptionError for a
    covariate named twice.
    """
    features = (*(FEATURES if style else ()), *covariates)
    if len(set(features)) < len(features):
        raise OptionError(f"a covariate is named twice: {', '.join(features)}")
    asked = [
        *(["judge"] if voters else []),
        *(["pair_probability"] if probabilities else []),
        *([TIME] if times else []),
        *([CATEGORY] if category is not None else []),
    ]
    with _told_plainly(path):
        table = _read(path, [*REQUIRED, *asked], ("weight",))
        if not table.num_rows:
            raise ReadingError(path, "holds no votes")
        votes = _votes(path, table)
        kept = None if category is None else in_category(table[CATEGORY], category)
        if kept is not None and not kept.any():
            raise ReadingError(path, f"no vote has the category {category!r}")
        del table
        if features:
            read = _covariates(path, len(votes), style, covariates)
            votes = replace(votes, features=features, covariates=read)
        return votes if kept is None else votes.only(kept)


def _covariates(path: Path, rows: int, style: bool, names: Sequence[str]) -> Rows:
    """Rows x features, read and reduced some votes at a time: texts are never held together."""
    read = np.empty((rows, len(FEATURES) * style + len(names)), np.float32)
    asked = [(style, names)]
    if path.suffix.lower() == PARQUET:  # where a column can be read by itself
        asked = [(True, ())] * style + [(False, (name,)) for name in names]
    place = 0
    for styled, named in asked:
        done, width = 0, len(FEATURES) * styled + len(named)
        for batch in _batches(path, styled, named):
            part = differences_of(batch, styled, named)
            read[done : done + len(part), place : place + width] = part
            done += len(part)
        place += width
    return read


def _batches(path: Path, style: bool, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if path.suffix.lower() != PARQUET:
        yield from _read(path, ["winner"], columns_of(style, names)).to_batches(BATCH)
        return
    with pq.ParquetFile(path, buffer_size=BUFFER) as file:
        present = needed(file.schema_arrow, style, names)
        for group in range(file.num_row_groups):  # asked for together, all are held to the end
            yield from file.iter_batches(BATCH, row_groups=[group], columns=present)


@dataclass(frozen=True)
class StoredText:
    """A text column of a Parquet file, its words as stored, some votes at a time."""

    path: Path
    name: str
    rows: int

    def __len__(self) -> int:
        return self.rows

    def iterchunks(self) -> Iterator[pa.Array]:
        """Its values in order."""
        with pq.ParquetFile(self.path, read_dictionary=[self.name]) as file:
            for batch in file.iter_batches(PIECE, columns=[self.name]):
                yield batch.column(0)


def _votes(path: Path, table: pa.Table) -> Votes:
    def optional(name: str) -> Any:
        return table[name] if name in table.column_names else None

    model_a, model_b, winner = (
        table[name] if name in table.column_names else StoredText(path, name, table.num_rows)
        for name in REQUIRED
    )
    return Votes.from_strings(
        model_a,
        model_b,
        winner,
        weight=_numbers(optional("weight")),
        voter=optional("judge"),
        probability=_numbers(optional("pair_probability")),
        time=None if optional(TIME) is None else seconds(table[TIME]),
    )


def _numbers(column: Any) -> Any:
    """Floats, with NaN for what is absent, so that the row is refused by its number."""
    if column is None or pa.types.is_null(column.type):
        return None if column is None else [float("nan")] * len(column)
    return column.cast(pa.float64()).to_numpy()


@contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    """Turn what a file can do wrong into one line that names it."""
    try:
        yield
    except FileNotFoundError as error:
        raise ReadingError(path, "there is no such file") from error
    except IsADirectoryError as error:
        raise ReadingError(path, "is a folder; name a file of votes") from error
    except VotesError as error:
        raise ReadingError(path, str(error)) from error
    except (
        OSError,
        UnicodeDecodeError,
        pa.ArrowException,
        csv.Error,
        json.JSONDecodeError,
    ) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ReadingError(path, f"cannot be read ({reason})") from error


def _read(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pa.Table:
    """A table of these columns, and of the optional ones that are there."""
    if path.is_dir():
        raise IsADirectoryError(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = (
        suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else "".join(suffixes[-1:])
    )
    if kind not in READERS:
        raise ReadingError(path, f"ends in none of {', '.join(READERS)}")
    if not path.stat().st_size:
        raise ReadingError(path, "is empty")
    return READERS[kind](path, columns, optional)


def _present(
    path: Path, found: Sequence[str], columns: Sequence[str], optional: Sequence[str]
) -> list[str]:
    """The columns to read: all that are asked for, and of the optional ones those found."""
    missing = [name for name in columns if name not in found]
    if missing:
        raise ReadingError(
            path, f"has no column {' or '.join(missing)}; it has {', '.join(found) or 'none'}"
        )
    return [*columns, *(name for name in optional if name in found)]


def _parquet(path: Path, columns: Sequence[str], optional: Sequence[str]) -> pa.Table:
    """All but who met and who won, which `StoredText` gives: their words need not all be held."""
    schema = pq.read_schema(path)
    present = _present(path, schema.names, columns, optional)
    text = [name for name in present if schema.field(name).type in (pa.string(), pa.large_string())]
    with pq.ParquetFile(path, read_dictionary=text) as file:  # as stored: no string is built
        return file.read([name for name in present if name not in REQUIRED])


def _csv(path: Path, columns: Sequence[str], optional: Sequence[str]) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        header = next(csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline="")), [])
    present = _present(path, header, columns, optional)
    typed = [name for name in present if name in (*KNOWN, CATEGORY)]
    return pyarrow.csv.read_csv(
        pa.input_stream(path, compression="detect"),
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=present,
            column_types={n: pa.float64() if n in NUMBERS else pa.string() for n in typed},
        ),
    )


def _jsonl(path: Path, columns: Sequence[str], optional: Sequence[str]) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        first = json.loads(next(io.TextIOWrapper(stream, "utf-8-sig"), "{}"))
    if not isinstance(first, dict):
        raise ReadingError(path, "does not hold one object a line")
    asked = (*columns, *optional)
    flat = [name for name in asked if name in KNOWN]
    table = pyarrow.json.read_json(
        pa.input_stream(path, compression="detect"),
        read_options=pyarrow.json.ReadOptions(block_size=BLOCK),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(
                [(name, pa.float64() if name in NUMBERS else pa.string()) for name in flat]
            ),
            newlines_in_values=False,
            unexpected_field_behavior="infer" if len(flat) < len(asked) else "ignore",
        ),
    )
    held = [n for n in table.column_names if table[n].null_count < len(table)]
    found = [*first, *(name for name in held if name not in first)]
    return table.select(_present(path, found, columns, optional))


READERS: Final = {
    PARQUET: _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
}
