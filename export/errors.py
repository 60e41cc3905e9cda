"""What can go wrong between the record and a dataset.

ExportError
├── LineError      a line of JSONL cannot be read; names the line, never shows what is in it
├── Unusable       an option or the folder asked for cannot be used
└── NothingLeft    every vote was dropped; carries how many for which reason
"""

from collections.abc import Mapping


class ExportError(Exception):
    """Anything this room refuses, in one line that says what to do about it."""


class LineError(ExportError):
    """A line that is not {"id", "text"}. `line` counts from 1.

    The message quotes nothing of the line: it goes to logs, and nobody has redacted it.
    """

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        self.problem = problem
        super().__init__(f"line {line}: {problem}")


class Unusable(ExportError):
    """An option or a folder that a release cannot be made with."""


class NothingLeft(ExportError):
    """No row may leave. `dropped` counts the votes by reason; nothing was written."""

    def __init__(self, message: str, dropped: Mapping[str, int]) -> None:
        self.dropped = dict(dropped)
        super().__init__(message)
