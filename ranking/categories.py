"""Which votes carry a tag: category_tag as text, as a list, or nested as the public datasets do."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ranking.graph import Mask


def in_category(column: pa.Array | pa.ChunkedArray, tag: str) -> Mask:
    """The rows whose tags hold `tag`.

    A struct (arena-human-preference) holds it where a true-or-false field of that name, at any
    depth, is true; a list where it is an element; text where it is the text itself, or where the
    text is JSON of one of these. A row without tags holds none.
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_struct(array.type):
        return _in_struct(array, tag)
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        return _in_list(array, tag)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return _in_text(array, tag)
    return np.zeros(len(array), bool)


def _in_struct(array: pa.StructArray, tag: str) -> Mask:
    held = np.zeros(len(array), bool)
    for place, field in enumerate(array.type):
        child = pc.struct_field(array, [place])
        if pa.types.is_boolean(field.type):
            if field.name == tag:
                held |= child.fill_null(False).to_numpy(zero_copy_only=False)
        elif field.name == tag or pa.types.is_struct(field.type):
            held |= in_category(child, tag)
    return held


def _in_list(array: pa.ListArray, tag: str) -> Mask:
    held = np.zeros(len(array), bool)
    elements = array.flatten()
    if pa.types.is_string(elements.type) or pa.types.is_large_string(elements.type):
        same = pc.equal(elements, tag).fill_null(False)
        held[array.value_parent_indices().filter(same).to_numpy()] = True
    return held


def _in_text(array: pa.StringArray, tag: str) -> Mask:
    encoded = array.dictionary_encode()
    said = [text is not None and _says(text, tag) for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(len(said)).to_numpy(zero_copy_only=False)
    held: Mask = np.array([*said, False])[codes]
    return held


def _says(text: str, tag: str) -> bool:
    if text == tag or not text.startswith(("{", "[")):
        return text == tag
    try:
        return _holds(json.loads(text), tag)
    except json.JSONDecodeError:
        return False


def _holds(tags: Any, tag: str) -> bool:
    if isinstance(tags, dict):
        return any(
            (key == tag and value is True) or _holds(value, tag) for key, value in tags.items()
        )
    return isinstance(tags, list) and tag in tags
