"""The record as open data: what was consented to, cleaned, counted and described.

The public names are loaded when first asked for. Redaction itself is `export.redact`, a module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from export.errors import ExportError, LineError
    from export.findings import Detector, Finding, Kind
    from export.redact import Redacted

_HOMES = {
    "Detector": "findings",
    "ExportError": "errors",
    "Finding": "findings",
    "Kind": "findings",
    "LineError": "errors",
    "Redacted": "redact",
}

__all__ = ["Detector", "ExportError", "Finding", "Kind", "LineError", "Redacted"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'export' has no attribute {name!r}")
    return getattr(import_module(f"export.{_HOMES[name]}"), name)
