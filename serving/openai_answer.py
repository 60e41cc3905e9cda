"""The answer at the OpenAI-compatible door, in one piece or as a stream of chunks.

One task reads the contestant and writes to the caller, so that a caller who reads slowly holds the
contestant back; beside it another waits for the caller to leave, which cuts the contestant off.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.chat import Delta, End, Usage
from serving.errors import GatewayError
from serving.openai_errors import from_gateway

log = logging.getLogger(__name__)

Parts = AsyncGenerator[Delta | End, None]

STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class Envelope:
    """What stands around the text of every chunk of one answer: written once, at its beginning."""

    def __init__(self, model: str, with_usage: bool) -> None:
        self.head = {"id": f"chatcmpl-{uuid4().hex}", "created": int(time.time()), "model": model}
        self.with_usage = with_usage
        before, after = self.chunk({"content": "\n"}).split(orjson.dumps("\n"))
        self.before, self.after = before, after

    def delta(self, text: str) -> bytes:
        return self.before + orjson.dumps(text) + self.after

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self.event([choice], None)

    def event(self, choices: list[dict[str, Any]], usage: Usage | None) -> bytes:
        body = {**self.head, "object": "chat.completion.chunk", "choices": choices}
        if self.with_usage:
            body["usage"] = counts(usage) if usage else None
        return b"data: " + orjson.dumps(body) + b"\n\n"

    def last(self, end: End) -> bytes:
        usage = self.event([], end.usage) if self.with_usage else b""
        return self.chunk({}, end.finish_reason) + usage + b"data: [DONE]\n\n"

    def whole(self, text: str, end: End) -> bytes:
        said = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": end.finish_reason}
        body = {**self.head, "object": "chat.completion", "choices": [choice]}
        return orjson.dumps(body | {"usage": counts(end.usage)})


def counts(usage: Usage) -> dict[str, int]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
    }


@dataclass(slots=True)
class Writer:
    """Writes one answer; `begun` once the caller has been told 200."""

    parts: Parts
    envelope: Envelope
    begun: bool = False

    async def whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        texts: list[str] = []
        async for part in self.parts:
            if isinstance(part, End):
                body = self.envelope.whole("".join(texts), part)
                await Response(body, media_type="application/json")(scope, receive, send)
            else:
                texts.append(part.text)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing is said before the first part is there: until then an error has its status."""
        async for part in self.parts:
            if isinstance(part, Delta):
                piece, more = self.envelope.delta(part.text), True
            else:
                piece, more = self.envelope.last(part), False
            if not self.begun:
                piece = await self.begin(send) + piece
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def begin(self, send: Send) -> bytes:
        """The head of the response, and the chunk that says who speaks."""
        self.begun = True
        await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
        return self.envelope.chunk({"role": "assistant", "content": ""})


class ChatAnswer(Response):
    """Cut off when the caller leaves, or when it has not taken the answer after `seconds`."""

    def __init__(self, parts: Parts, envelope: Envelope, streamed: bool, seconds: float) -> None:
        super().__init__()
        self.writer = Writer(parts, envelope)
        self.streamed = streamed
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.create_task(self.answer(scope, receive, send), name="chat answer")
        leaving = asyncio.create_task(left(receive), name="caller of a chat answer")
        try:
            await asyncio.wait(
                {answering, leaving}, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            answering.cancel()
            leaving.cancel()
            done, _ = await asyncio.gather(answering, leaving, return_exceptions=True)
        if isinstance(done, Exception):
            raise done

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        write = self.writer.stream if self.streamed else self.writer.whole
        async with aclosing(self.writer.parts):
            try:
                await write(scope, receive, send)
            except GatewayError as error:
                log.info("a chat answer failed: %s", error)
                told = from_gateway(error)
                if self.writer.begun:
                    piece = b"data: " + told.body() + b"\n\n"
                    await send({"type": "http.response.body", "body": piece})
                else:
                    await told.response()(scope, receive, send)


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
