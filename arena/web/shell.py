"""The outer page: Gradio's, without what our policy forbids and without other hosts' names."""

import html
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>.*?</script>\s*", re.DOTALL)
FORBIDDEN_TAG = re.compile(r'<(?:base|meta\s+(?:property="og:|name="twitter:))[^>]*>\s*')
TITLE = re.compile(r"<title>.*?</title>\s*", re.DOTALL)
DESCRIPTION = (
    "Two hidden models answer your question. You pick the better answer, then see who wrote it."
)
SHEETS = (
    *("frame", "pieces", "battle", "answer", "dock"),
    *("board", "contestants", "views", "plots", "heat"),
)
NOSCRIPT = (
    "<noscript><p>This page needs JavaScript. The leaderboard is also at "
    '<a href="/api/v1/leaderboard">/api/v1/leaderboard</a>, the list of contestants at '
    '<a href="/api/v1/models">/api/v1/models</a>.</p></noscript>'
)


def our_page(page: str, title: str) -> str:
    """Gradio's page made ours: it fetches its configuration itself when it finds none inline."""
    page = TITLE.sub("", FORBIDDEN_TAG.sub("", INLINE_SCRIPT.sub("", page)))
    links = "".join(f'<link rel="stylesheet" href="/static/{name}.css" />\n' for name in SHEETS)
    head = (
        f"<title>{html.escape(title)}</title>\n"
        f'<meta name="description" content="{DESCRIPTION}" />\n'
        '<link rel="icon" type="image/svg+xml" href="/static/icon.svg" />\n'
        f"{links}"
        '<script type="module" src="/static/arena.js"></script>\n'
    )
    page = page.replace("</head>", f"{head}</head>", 1)
    return page.replace("<gradio-app", f"{NOSCRIPT}<gradio-app", 1)


class Shell:
    """Rewrites the one HTML page at `/`; everything else passes through untouched."""

    def __init__(self, app: ASGIApp, title: str) -> None:
        self._app = app
        self._title = title

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body: list[bytes] = []

        async def rewritten(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.append(message.get("body", b""))
            if message.get("more_body"):
                return
            page = our_page(b"".join(body).decode(), self._title).encode()
            headers = MutableHeaders(scope=start)
            headers["Content-Length"] = str(len(page))
            headers["Cache-Control"] = "no-cache"
            await send(start)
            await send({"type": "http.response.body", "body": page})

        await self._app(bare(scope), receive, rewritten)


def bare(scope: Scope) -> Scope:
    """The request as Gradio should see it: its own `?page=` unknown, and nothing compressed."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "query_string": b"", "headers": headers}
