"""A view as it is sent: JSON or CSV, with the ETag of its bytes."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import orjson
from fastapi import Response

from serving.etags import unchanged

Format = Literal["json", "csv"]
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def answer(body: bytes, form: Format, if_none_match: str | None, age: str = "no-cache") -> Response:
    """The bytes, or 304 where the asker holds them."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": age}
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=TYPES[form], headers=headers)


def as_json(view: Mapping[str, Any]) -> bytes:
    """One JSON object."""
    return orjson.dumps(view)


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """A line of names, then one a row; what is not known is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value
