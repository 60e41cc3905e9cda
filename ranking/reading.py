"""Votes from files: Parquet, CSV or JSON lines, only the columns a rating needs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from ranking.categories import in_category
from ranking.errors import ReadingError, VotesError
from ranking.votes import Votes

REQUIRED: Final = ("model_a", "model_b", "winner")
NUMBERS: Final = ("weight", "pair_probability")
CATEGORY: Final = "category_tag"
BLOCK: Final = 1 << 24  # bytes; a line longer than a block cannot be read


def read_votes(
    path: Path, *, voters: bool = False, probabilities: bool = False, category: str | None = None
) -> Votes:
    """Votes of a file, told apart by its ending (.parquet, .csv, .jsonl; text may be .gz).

    `voters` and `probabilities` ask for the columns judge and pair_probability; `category` keeps
    the votes whose category_tag holds that tag. Raises ReadingError for a file that cannot give
    what was asked for and VotesError for a row that means nothing.
    """
    wanted = [*REQUIRED, "weight"]
    asked = [
        *(["judge"] if voters else []),
        *(["pair_probability"] if probabilities else []),
        *([CATEGORY] if category is not None else []),
    ]
    with _told_plainly(path):
        table = _read(path, [*wanted, *asked])
        if not table.num_rows:
            raise ReadingError(path, "holds no votes")
        votes = _votes(table)
        if category is None:
            return votes
        kept = in_category(table[CATEGORY], category)
        if not kept.any():
            raise ReadingError(path, f"no vote has the category {category!r}")
        return votes.only(kept)


def _votes(table: pa.Table) -> Votes:
    def optional(name: str) -> Any:
        return table[name] if name in table.column_names else None

    return Votes.from_strings(
        table["model_a"],
        table["model_b"],
        table["winner"],
        weight=_numbers(optional("weight")),
        voter=optional("judge"),
        probability=_numbers(optional("pair_probability")),
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


def _read(path: Path, columns: Sequence[str]) -> pa.Table:
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
    return READERS[kind](path, columns)


def _present(path: Path, found: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The columns to read; `weight` alone may be absent."""
    missing = [name for name in columns if name not in found and name != "weight"]
    if missing:
        raise ReadingError(
            path, f"has no column {' or '.join(missing)}; it has {', '.join(found) or 'none'}"
        )
    return [name for name in columns if name in found]


def _parquet(path: Path, columns: Sequence[str]) -> pa.Table:
    schema = pq.read_schema(path)
    present = _present(path, schema.names, columns)
    text = [name for name in present if schema.field(name).type in (pa.string(), pa.large_string())]
    with pq.ParquetFile(path, read_dictionary=text) as file:  # as stored: no string is built
        return file.read(present)


def _csv(path: Path, columns: Sequence[str]) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        header = next(csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline="")), [])
    present = _present(path, header, columns)
    return pyarrow.csv.read_csv(
        pa.input_stream(path, compression="detect"),
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=present,
            column_types={n: pa.float64() if n in NUMBERS else pa.string() for n in present},
        ),
    )


def _jsonl(path: Path, columns: Sequence[str]) -> pa.Table:
    with pa.input_stream(path, compression="detect") as stream:
        first = json.loads(next(io.TextIOWrapper(stream, "utf-8-sig"), "{}"))
    if not isinstance(first, dict):
        raise ReadingError(path, "does not hold one object a line")
    flat = [name for name in columns if name != CATEGORY]
    table = pyarrow.json.read_json(
        pa.input_stream(path, compression="detect"),
        read_options=pyarrow.json.ReadOptions(block_size=BLOCK),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=pa.schema(
                [(name, pa.float64() if name in NUMBERS else pa.string()) for name in flat]
            ),
            newlines_in_values=False,
            unexpected_field_behavior="infer" if CATEGORY in columns else "ignore",
        ),
    )
    held = [n for n in table.column_names if table[n].null_count < len(table)]
    return table.select(_present(path, [*first, *(n for n in held if n not in first)], columns))


READERS: Final = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
}
