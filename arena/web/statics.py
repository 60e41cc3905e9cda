"""Our scripts, style and icon under /static, read once, with an ETag each."""

import hashlib
from collections.abc import Awaitable, Callable
from importlib.resources import files

from fastapi import FastAPI, Request, Response

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOLDER = files("arena.web") / "static"


def add_statics(app: FastAPI) -> None:
    """One route for each file, so that Gradio keeps its own files under the same path."""
    for file in FOLDER.iterdir():
        kind = TYPES.get(f".{file.name.rpartition('.')[2]}")
        if kind:
            path = f"/static/{file.name}"
            app.get(path, include_in_schema=False)(_answer(file.read_bytes(), kind))


def _answer(content: bytes, kind: str) -> Callable[[Request], Awaitable[Response]]:
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}

    async def static(request: Request) -> Response:
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return static
