"""A model server for tests and benchmarks that repeats the prompt, as well or as badly as told.

It speaks the OpenAI chat protocol on a real port, counts the streams it holds and those cut by the
other side (`GET /echo/stats`), and is a test's stand-in for a model server: it is no contestant.

    python -m serving.echo --port 8001 --model fast --first-token 0.1 --tokens-per-s 100
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from aiohttp import web

from serving.garbage import GARBAGE, reset
from serving.manner import Manner, echo_text

SSE = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


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
        models = [{"id": name, "object": "model"} for name in self.manners]
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
        if not asked.get("stream"):
            return web.json_response(answer.whole())
        return await self.counted(request, answer)

    async def counted(self, request: web.Request, answer: "Answer") -> web.StreamResponse:
        """Stream, and note whether it came to its end or the caller went away."""
        self.stats.open += 1
        try:
            response = await answer.stream(request)
            self.stats.finished += 1
            return response
        except (asyncio.CancelledError, ConnectionResetError):
            self.stats.cancelled += 1
            raise
        finally:
            self.stats.open -= 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one request, and how."""

    model: str
    words: list[str]
    finish: str
    prompt_tokens: int
    manner: Manner
    with_usage: bool

    @classmethod
    def of(cls, asked: Mapping[str, Any], manner: Manner) -> "Answer":
        messages = asked["messages"]
        words = echo_text(messages[-1]["content"], manner.tokens)
        limit = asked.get("max_tokens") or len(words)
        finish = "length" if limit < len(words) else "stop"
        heard = sum(len(message["content"].split()) for message in messages)
        usage = bool((asked.get("stream_options") or {}).get("include_usage")) and manner.usage
        return cls(asked["model"], words[:limit], finish, heard, manner, usage)

    def usage(self) -> dict[str, int]:
        said = len(self.words)
        total = self.prompt_tokens + said
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": said,
            "total_tokens": total,
        }

    def whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(self.words)}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return {
            "id": "echo",
            "object": "chat.completion",
            "choices": [choice],
            "usage": self.usage(),
        }

    def chunk(self, delta: Mapping[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event({"model": self.model, "choices": [choice]})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if self.manner.garbage:
            return await GARBAGE[self.manner.garbage](request)
        response = web.StreamResponse(headers=SSE)
        await response.prepare(request)
        await self.say(request, response)
        await response.write(self.chunk({}, self.finish))
        if self.with_usage:
            await response.write(event({"model": self.model, "choices": [], "usage": self.usage()}))
        await response.write(b"data: [DONE]\n\n")
        return response

    async def say(self, request: web.Request, response: web.StreamResponse) -> None:
        manner, started = self.manner, time.monotonic()
        await asyncio.sleep(manner.first_token_s)
        await response.write(self.chunk({"role": "assistant", "content": ""}))
        for place, word in enumerate(self.words):
            if place == manner.stall_after:
                await asyncio.Event().wait()
            if place == manner.break_after:
                await reset(request)
            if place and manner.tokens_per_s:
                due = started + manner.first_token_s + place / manner.tokens_per_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await response.write(self.chunk({"content": word}))


def event(payload: Mapping[str, Any]) -> bytes:
    shape = {"id": "echo", "object": "chat.completion.chunk", "created": 0}
    return b"data: " + json.dumps(shape | dict(payload)).encode() + b"\n\n"


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
