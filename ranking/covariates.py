"""What besides the models may have moved a vote: style and named columns of a file of votes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ranking.errors import VotesError
from ranking.style import FEATURES, count, differences
from ranking.votes import Floats, Indices

METADATA: Final = "conv_metadata"
TALKS: Final = ("conversation_a", "conversation_b")
# As arena-human-preference spells them; the last three hold a count for each kind.
COUNTED: Final = dict(
    zip(
        FEATURES,
        ("sum_assistant_{}_tokens", "header_count_{}", "list_count_{}", "bold_count_{}"),
        strict=True,
    )
)
Rows = NDArray[np.float32]


def columns_of(style: bool, covariates: Sequence[str]) -> tuple[str, ...]:
    """The columns that may hold what was asked for."""
    named = (column for name in covariates for column in (name, f"{name}_a", f"{name}_b"))
    return (*((METADATA, *TALKS) if style else ()), *named)


def needed(schema: pa.Schema, style: bool, covariates: Sequence[str]) -> list[str]:
    """The columns to read of a file with this schema: texts only where counts are lacking."""
    present = [name for name in columns_of(style, covariates) if name in schema.names]
    fields = [field.format(side) for field in COUNTED.values() for side in "ab"]
    if style and METADATA in present and _has(schema.field(METADATA).type, *fields):
        present = [name for name in present if name not in TALKS]
    return present


def differences_of(
    table: pa.Table | pa.RecordBatch, style: bool, covariates: Sequence[str]
) -> Rows:
    """Votes x features: the four of style first, then the named ones in their order."""
    parts = [_style(table)] if style else []
    parts += [_named(table, name)[:, None] for name in covariates]
    return np.concatenate(parts, axis=1)


def _style(table: Any) -> Rows:
    """From conv_metadata what it holds for every vote, the rest from the answers themselves."""
    sides = [_from_metadata(table, side) for side in "ab"]
    lacking = [name for name in FEATURES if any(name not in counts for counts in sides)]
    if lacking:
        if any(name not in table.schema.names for name in TALKS):
            raise VotesError(
                f"no {', '.join(lacking)} for style control: {METADATA} does not hold it for every "
                f"vote, and there is no {' and '.join(TALKS)} to count it in"
            )
        for counts, talk in zip(sides, TALKS, strict=True):
            counted = _from_texts(_nested(table, talk), talk)
            counts |= {name: counted[:, FEATURES.index(name)] for name in lacking}
    a, b = (np.column_stack([counts[name] for name in FEATURES]) for counts in sides)
    return differences(a, b)


def _from_metadata(table: Any, side: str) -> dict[str, NDArray[Any]]:
    """The counts it holds for every vote."""
    if METADATA not in table.schema.names:
        return {}
    held = _nested(table, METADATA)
    found = {name: _added(held, field.format(side)) for name, field in COUNTED.items()}
    return {name: values for name, values in found.items() if values is not None}


def _added(held: Any, name: str) -> Floats | None:
    """A number, or the sum of a struct of numbers; None unless every row has one."""
    if not _has(held.type, name):
        return None
    child = pc.struct_field(held, name)
    parts = child.flatten() if pa.types.is_struct(child.type) else [child]
    kinds = [part.type for part in parts]
    if not parts or not all(pa.types.is_integer(k) or pa.types.is_floating(k) for k in kinds):
        return None
    if child.null_count or held.null_count:
        return None
    values = [part.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False) for part in parts]
    total: Floats = np.sum(values, axis=0)
    return total


def _from_texts(talks: Any, name: str) -> Indices:
    """Rows x FEATURES over the assistant's messages of each row."""
    if not _is_list(talks.type) or not _has(talks.type.value_type, "role", "content"):
        raise VotesError(f"{name} does not hold messages with role and content")
    texts, row = _answers(talks)
    counted = count(texts)
    summed = [np.bincount(row, counted[:, place], len(talks)) for place in range(len(FEATURES))]
    return np.column_stack(summed).astype(np.int64)


def _answers(talks: Any) -> tuple[Any, Indices]:
    """What the assistant said, and in which row; content is text or a list of parts with text."""
    said, row = talks.flatten(), pc.list_parent_indices(talks).to_numpy()
    told = pc.equal(pc.struct_field(said, "role"), "assistant").fill_null(False)
    said, row = said.filter(told), row[told.to_numpy(zero_copy_only=False)]
    content = pc.struct_field(said, "content")
    if _is_list(content.type):
        row = row[pc.list_parent_indices(content).to_numpy()]
        content = pc.struct_field(content.flatten(), "text")
    return content, row


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _has(kind: pa.DataType, *fields: str) -> bool:
    return pa.types.is_struct(kind) and all(kind.get_field_index(name) >= 0 for name in fields)


def _named(table: Any, name: str) -> Rows:
    """A column of differences, or the normalised difference of the columns NAME_a and NAME_b."""
    if name in table.schema.names:
        return _numbers(table, name).astype(np.float32)
    sides = [f"{name}_a", f"{name}_b"]
    if any(side not in table.schema.names for side in sides):
        raise VotesError(f"no column {name}, nor {' and '.join(sides)}")
    a, b = (_numbers(table, side) for side in sides)
    for side, values in zip(sides, (a, b), strict=True):
        if (values < 0).any():
            raise VotesError(
                f"{side} holds {values[values < 0][0]:g}: amounts are 0 or more; "
                f"give differences of other numbers as {name}"
            )
    return np.where(np.isnan(a + b), np.float32("nan"), differences(a, b))


def _numbers(table: Any, name: str) -> Floats:
    column = _whole(table.column(name)).cast(pa.float64()).fill_null(float("nan"))
    values: Floats = column.to_numpy(zero_copy_only=False)
    return values


def _nested(table: Any, name: str) -> Any:
    """A column as Arrow's nested values; JSON text is read first."""
    column = _whole(table.column(name))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            return pa.array(
                [None if text is None else json.loads(text) for text in column.to_pylist()]
            )
        except json.JSONDecodeError as error:
            raise VotesError(f"{name} does not hold JSON ({error})") from error
    return column


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
