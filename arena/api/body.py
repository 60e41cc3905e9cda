"""Refuses request bodies that grow too large, while they are read (pure ASGI)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import Problem


class BodyLimit:
    """Answers 413 when a body passes `most` bytes, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; count what a request's body brings."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                detail = f"a request may carry at most {self._most:,} bytes"
                raise Problem(413, "Too large", detail)
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)
