"""The categories of a file's votes, and of the database, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ranking.by_category import rate_all
from ranking.counts import Cells
from ranking.errors import OptionError, RankingError, ReadingError
from ranking.graph import Mask
from ranking.heat import HeatMap
from ranking.rating import rate
from ranking.reading import CATEGORY, _read, _told_plainly, read_votes
from ranking.tag_columns import all_tags, flags

FLAGGED: Final = ("is_", "criteria_")  # columns of Parquet that are true or false, and are tags


def read_tags(path: Path) -> dict[str, Mask]:
    """Every tag of a file's votes with the votes that carry it: of category_tag, and of flags.

    Raises ReadingError for a file that has none.
    """
    with _told_plainly(path):
        flagged = _flagged(path)
        table = _read(path, ["winner"], (CATEGORY, *flagged))
        found = flags({name: table[name] for name in flagged})
        if CATEGORY in table.column_names:
            found |= all_tags(table[CATEGORY])
        if not found:
            raise ReadingError(path, f"no vote has a category (column {CATEGORY})")
        return found


def every_category(path: Path | None, asked: Mapping[str, Any], options: Any) -> HeatMap:
    """The boards of all categories of a file, or of the database; `options` are those of `rate`."""
    if path is not None:
        return HeatMap.of(rate_all(read_votes(path, **asked), read_tags(path), **options))
    if any(asked.values()):
        raise OptionError("--category all needs a file of votes for what is more than counting")
    return HeatMap.of({name: rate(cells, **options) for name, cells in _of_the_database().items()})


def _of_the_database() -> dict[str, Cells]:
    """What the entry point `categories` of the group `arena.votes` gives."""
    found = tuple(entry_points(group="arena.votes", name="categories"))
    if not found:
        raise RankingError("no database of votes is installed; name a file of votes")
    counted: dict[str, Cells] = found[0].load()()
    return counted


def _flagged(path: Path) -> list[str]:
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return []
    schema = pq.read_schema(path)
    return [f.name for f in schema if f.name.startswith(FLAGGED) and pa.types.is_boolean(f.type)]
