"""Errors in the shape OpenAI clients know: {"error": {"message", "type", "param", "code"}}."""

import math

import orjson
from starlette.responses import Response

from serving.errors import Busy, GatewayError, NoRoute, TimedOut, TooLong, UpstreamRefused

INVALID, UPSTREAM, LIMIT = "invalid_request_error", "upstream_error", "rate_limit_error"
CROWDED = frozenset({429, 503, 529})
# What to wait where nobody has said how long.
SOON_S = 1.0


class ApiError(Exception):
    """Answer with this status; the message may be shown to the caller."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = INVALID,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.told = {"message": message, "type": kind, "param": param, "code": code}
        self.retry_after = retry_after

    def body(self) -> bytes:
        return orjson.dumps({"error": self.told})

    def response(self) -> Response:
        headers = {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.retry_after is not None:
            headers["Retry-After"] = str(math.ceil(self.retry_after))
        return Response(self.body(), self.status, headers, "application/json")


def from_gateway(error: GatewayError) -> ApiError:
    """The gateway's titles name no model's address and may be told; its messages may not."""
    title = error.title
    if isinstance(error, TooLong):
        return ApiError(400, title, param="messages", code="context_length_exceeded")
    if isinstance(error, Busy) or (isinstance(error, UpstreamRefused) and error.status in CROWDED):
        wait = SOON_S if error.retry_after is None else error.retry_after
        return ApiError(429, title, LIMIT, code="rate_limit_exceeded", retry_after=wait)
    if error.fault == "caller":
        return ApiError(400, title, param="messages")
    if isinstance(error, NoRoute):
        return ApiError(503, title, UPSTREAM, code="no_endpoint")
    if isinstance(error, TimedOut):
        return ApiError(504, title, UPSTREAM, code="upstream_timeout")
    return ApiError(502, title, UPSTREAM, code="upstream_failed")
