"""The columns: typed the same whatever the rows are, and every one of them described."""

from pathlib import Path

import pyarrow as pa
import pytest

from export import BattleRow, PreferenceRow
from export.reasons import MEANINGS, Reason
from export.schema import Row, columns, schema

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "export.md").read_text()


@pytest.mark.parametrize("row", [BattleRow, PreferenceRow])
def test_every_column_is_described_in_the_documents(row: Row) -> None:
    for name, column in columns(row).items():
        assert f"| `{name}` | {column.says} |" in PAGE


def test_every_drop_reason_is_in_the_documents_in_order() -> None:
    lines = [f"| `{reason}` | {MEANINGS[reason]} |" for reason in Reason]
    assert "\n".join(lines) in PAGE


@pytest.mark.parametrize("row", [BattleRow, PreferenceRow])
def test_no_column_is_of_an_unknown_type(row: Row) -> None:
    made = schema(row)
    assert made.names == list(row.__annotations__)
    assert not any(pa.types.is_null(field.type) for field in made)


def test_the_first_columns_are_those_of_arena_human_preference() -> None:
    assert list(columns(BattleRow))[:4] == ["id", "model_a", "model_b", "winner"]
    assert list(columns(PreferenceRow))[:3] == ["prompt", "chosen", "rejected"]
