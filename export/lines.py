"""JSON lines in and out of redaction, one at a time: {"id", "text"} gains its findings."""

from collections.abc import Iterable, Iterator

import orjson

from export.errors import LineError
from export.redact import redact

MARK = b"\xef\xbb\xbf"


def redact_lines(lines: Iterable[bytes]) -> Iterator[bytes | LineError]:
    """A redacted line, or what is wrong with it, for each line that is not blank, in order.

    Fields beside `id` and `text` are left out: nobody has looked for personal data in them.
    """
    for number, line in enumerate(lines, start=1):
        if number == 1:
            line = line.removeprefix(MARK)
        if line.strip():
            try:
                yield redact_line(line, number)
            except LineError as error:
                yield error


def redact_line(line: bytes, number: int) -> bytes:
    """The line as {"id", "text", "findings"} with a line feed; LineError if it is not one."""
    name, text = _read(line, number)
    redacted = redact(text)
    findings = [
        {"kind": finding.kind.value, "start": finding.start, "end": finding.end}
        for finding in redacted.findings
    ]
    row = {"id": name, "text": redacted.text, "findings": findings}
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


def _read(line: bytes, number: int) -> tuple[str | int, str]:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        # Its own message may quote the line.
        raise LineError(number, f"not JSON in UTF-8 (near column {error.colno})") from None
    if not isinstance(row, dict):
        raise LineError(number, 'not a JSON object; each line is {"id": ..., "text": "..."}')
    name, text = row.get("id"), row.get("text")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise LineError(number, '"id" is missing or neither a string nor a whole number')
    if not isinstance(text, str):
        raise LineError(number, '"text" is missing or not a string')
    return name, text
