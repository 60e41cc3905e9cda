"""Describes a release for machines: manifest.json, and calls for the card and croissant.json."""

from pathlib import Path
from typing import Any

import orjson

from arena import __version__
from export.card import card
from export.croissant import croissant
from export.detectors import DETECTORS
from export.schema import SCHEMA_VERSION, Row, columns
from export.summary import Summary


def describe(summary: Summary, row: Row, folder: Path) -> None:
    """Write the three descriptions beside the data."""
    (folder / "README.md").write_text(card(summary, row), encoding="utf-8")
    for name, content in (
        ("manifest.json", manifest(summary, row)),
        ("croissant.json", croissant(summary, row)),
    ):
        (folder / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def manifest(summary: Summary, row: Row) -> dict[str, Any]:
    """What is in the folder and how it came to be; no clock in it, so the same again is equal."""
    return {
        "schema_version": SCHEMA_VERSION,
        "code_version": __version__,
        **summary.counts(),
        "options": summary.options.to_dict(),
        "columns": {name: str(column.type) for name, column in columns(row).items()},
        "detectors": [
            {"name": detector.name, "version": detector.version, "kind": detector.kind.value}
            for detector in DETECTORS
        ],
    }
