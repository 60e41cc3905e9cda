"""Errors as problem details (RFC 9457): one exception to raise, and the handlers that write it."""

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Problem(HTTPException):
    """Answer with this status; `title` says what kind of thing it is, `detail` what to do."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail or title, headers)
        self.status = status
        self.title = title


def install_problem_handlers(app: FastAPI) -> None:
    """Problem, HTTPException (no such path, wrong method) and refused input, all in one form."""
    app.add_exception_handler(HTTPException, answer_http)
    app.add_exception_handler(RequestValidationError, answer_invalid)


def problem_response(
    status: int,
    title: str,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """The response itself, for middleware that cannot raise."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail and detail != title:
        body["detail"] = detail
    return Response(orjson.dumps(body | more), status, headers, MEDIA_TYPE)


async def answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = error.title if isinstance(error, Problem) else phrase(error.status_code)
    if error.status_code in (204, 304):
        return Response(status_code=error.status_code, headers=error.headers)
    return problem_response(error.status_code, title, str(error.detail), error.headers)


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Says which field and why; what was sent is not sent back, for it may be a secret."""
    assert isinstance(error, RequestValidationError)
    found = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]) or "body", "why": fault["msg"]}
        for fault in error.errors()
    ]
    detail = "; ".join(f"{fault['field']}: {fault['why']}" for fault in found[:5])
    return problem_response(422, "The request is not understood", detail[:1000], errors=found[:20])


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
