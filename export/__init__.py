"""The record as open data: what was consented to, cleaned, counted and described.

The public names are loaded when first asked for. Redaction itself is `export.redact`, a module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export.errors import ExportError, LineError, NothingLeft, Unusable
    from export.files import DataFile
    from export.findings import Detector, Finding, Kind
    from export.options import Format, Moderation, Options
    from export.reasons import Reason
    from export.redact import Redacted
    from export.release import battles, preferences
    from export.schema import BattleRow, PreferenceRow
    from export.summary import Source, Summary

_HOMES = {
    "BattleRow": "schema",
    "DataFile": "files",
    "Detector": "findings",
    "ExportError": "errors",
    "Finding": "findings",
    "Format": "options",
    "Kind": "findings",
    "LineError": "errors",
    "Moderation": "options",
    "NothingLeft": "errors",
    "Options": "options",
    "PreferenceRow": "schema",
    "Reason": "reasons",
    "Redacted": "redact",
    "Source": "summary",
    "Summary": "summary",
    "Unusable": "errors",
    "battles": "release",
    "preferences": "release",
}

__all__ = [
    "BattleRow",
    "DataFile",
    "Detector",
    "ExportError",
    "Finding",
    "Format",
    "Kind",
    "LineError",
    "Moderation",
    "NothingLeft",
    "Options",
    "PreferenceRow",
    "Reason",
    "Redacted",
    "Source",
    "Summary",
    "Unusable",
    "battles",
    "preferences",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'export' has no attribute {name!r}")
    return getattr(import_module(f"export.{_HOMES[name]}"), name)
