"""A model server for tests and benchmarks that repeats the prompt, as well or as badly as told.

It speaks the OpenAI chat protocol on a real port, counts the streams it holds and those cut by the
other side (`GET /echo/stats`), and is a test's stand-in for a model server: it is no contestant.

    python -m serving.echo --port 8001 --model fast --first-token 0.1 --tokens-per-s 100
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from aiohttp import web

from serving.echo_answer import Answer
from serving.manner import Manner


@dataclass(slots=True)
class Stats:
    """What the server has seen: requests in all, streams open now, streams cut by the caller."""

    requests: int = 0
    open: int = 0
    finished: int = 0
    cancelled: int = 0


@dataclass(slots=True)
class EchoServer:
    """The handlers and their counters; `manners` may be changed while it runs."""

    manners: dict[str, Manner]
    stats: Stats = field(default_factory=Stats)
    seen: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""
    places: Counter[str] = field(default_factory=Counter)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/health", self.health),
                web.get("/echo/stats", self.show_stats),
                web.get("/v1/models", self.list_models),
                web.post("/v1/chat/completions", self.complete),
            ]
        )
        return app

    async def health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def show_stats(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self.stats))

    async def list_models(self, request: web.Request) -> web.Response:
        models = [
            {"id": name, "object": "model"}
            for name, manner in self.manners.items()
            if "not-listed" not in manner.faults
        ]
        return web.json_response({"object": "list", "data": models})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.stats.requests += 1
        asked = await request.json()
        self.seen.append(asked)
        manner = self.manners.get(asked.get("model", ""))
        if manner is None:
            return refusal(404, f"the model {asked.get('model')!r} does not exist")
        manner = replace(manner, **asked.get("x_manner", {}))
        if manner.api_key and request.headers.get("Authorization") != f"Bearer {manner.api_key}":
            return refusal(401, "a key is needed")
        if manner.status != 200:
            headers = {"Retry-After": manner.retry_after} if manner.retry_after else {}
            return refusal(manner.status, f"told to answer {manner.status}", headers)
        answer = Answer.of(asked, manner)
        why = answer.not_taken(asked)
        if why:
            return refusal(400, why)
        if manner.at_once is not None and self.places[answer.model] >= manner.at_once:
            return refusal(429, "too many streams", {"Retry-After": manner.retry_after or "0.2"})
        if not asked.get("stream"):
            return web.json_response(answer.whole())
        return await self.counted(request, answer)

    async def counted(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        """Stream, and note whether it came to its end or the caller went away."""
        self.stats.open += 1
        self.places[answer.model] += 1
        kept = "keeps-place" in answer.manner.faults
        try:
            response = await answer.stream(request)
            self.stats.finished += 1
            kept = False
            return response
        except (asyncio.CancelledError, ConnectionResetError):
            self.stats.cancelled += 1
            raise
        finally:
            self.stats.open -= 1
            self.places[answer.model] -= not kept


def refusal(status: int, why: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"error": {"message": why, "code": status}}
    return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def echo(
    manners: Mapping[str, Manner] | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[EchoServer]:
    """A running echo server; `server.url` is its base URL, with the `/v1`."""
    server = EchoServer(dict(manners or {"echo": Manner()}))
    runner = web.AppRunner(
        server.app(), handler_cancellation=True, access_log=None, shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    try:
        await site.start()
        server.url = f"http://{host}:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


async def serve(host: str, port: int, manners: Mapping[str, Manner]) -> None:
    async with echo(manners, host, port) as server:
        print(f"echo of {', '.join(manners)} at {server.url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="An echo server that speaks the chat protocol.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", action="append", help="a name to serve; may be repeated")
    parser.add_argument("--first-token", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--tokens-per-s", type=float, default=0.0)
    parser.add_argument("--tokens", type=int, help="length of each answer; the prompt's without it")
    args = parser.parse_args()
    manner = Manner(args.first_token, args.tokens_per_s, args.tokens)
    try:
        asyncio.run(serve(args.host, args.port, dict.fromkeys(args.model or ["echo"], manner)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
