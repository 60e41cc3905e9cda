"""Runs inside vLLM's own environment: its API server, with the key asked for on every path.

vLLM's own check covers the paths under /v1 and a few more; `/adapters`, which loads adapters too,
`/invocations` and others stand open beside it. Here everything but /health wants the key. Standard
library only: nothing of the arena is installed in that environment.
"""

import hashlib
import hmac
import os
import runpy
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from types import ModuleType
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_PATHS = frozenset({"/health"})
DOOR = "agon_engine_door"


def digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


class KeyEverywhere:
    """ASGI middleware: 401 for whoever does not send the engine's key."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.expected = digest(f"Bearer {os.environ['VLLM_API_KEY']}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS or self.knows(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"error":"Unauthorized"}'})
        else:
            await send({"type": "websocket.close", "code": 1008})

    def knows(self, scope: Scope) -> bool:
        sent = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(digest(sent), self.expected)


def main() -> None:
    door = ModuleType(DOOR)
    door.KeyEverywhere = KeyEverywhere  # type: ignore[attr-defined]
    sys.modules[DOOR] = door
    sys.argv += ["--middleware", f"{DOOR}.KeyEverywhere"]
    runpy.run_module("vllm.entrypoints.openai.api_server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
