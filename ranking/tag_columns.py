"""Every tag that a column of tags holds, each with the votes that carry it."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ranking.categories import in_category
from ranking.errors import VotesError
from ranking.graph import Mask

MOST: Final = 200  # categories: a column with more holds something else


def all_tags(column: pa.Array | pa.ChunkedArray) -> dict[str, Mask]:
    """The tags of `in_category`, in order of name, that at least one vote carries.

    Raises VotesError for a column with more than MOST of them.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    names = sorted(_names(array))
    if len(names) > MOST:
        raise VotesError(f"category_tag holds {len(names)} tags: more than {MOST} are not rated")
    found = {name: in_category(array, name) for name in names}
    return {name: mask for name, mask in found.items() if mask.any()}


def flags(columns: dict[str, pa.ChunkedArray]) -> dict[str, Mask]:
    """Columns that are true or false, as tags of their names; absent is false."""
    masks = {
        name: np.asarray(pc.fill_null(column, False).to_numpy(), bool)
        for name, column in columns.items()
    }
    return {name: mask for name, mask in masks.items() if mask.any()}


def _names(array: pa.Array) -> set[str]:
    kind = array.type
    if pa.types.is_struct(kind):
        fields = [(field.name, pc.struct_field(array, [n])) for n, field in enumerate(kind)]
        return {
            name
            for field, child in fields
            for name in ({field} if pa.types.is_boolean(child.type) else _names(child))
        }
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _names(array.flatten()) if len(array) else set()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        said = pc.unique(array).to_pylist()
        return {name for text in said if text for name in _said(text)}
    return set()


def _said(text: str) -> set[str]:
    """The tag that the text is, or those that it holds as JSON."""
    if not text.startswith(("{", "[")):
        return {text}
    try:
        return _true(json.loads(text))
    except json.JSONDecodeError:
        return {text}


def _true(tags: Any) -> set[str]:
    if isinstance(tags, dict):
        plain = {name for name, value in tags.items() if value is True}
        return plain.union(*(_true(value) for value in tags.values()))
    return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
