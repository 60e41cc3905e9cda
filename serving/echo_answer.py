"""What the echo server says to one request, and how it sends it: in time, in pieces, or badly."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from serving.garbage import GARBAGE, reset
from serving.manner import Manner, echo_text, spoilt, until_stop

SSE = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one request, and how."""

    model: str
    words: list[str]
    thought: int
    said: int
    finish: str
    prompt_tokens: int
    manner: Manner
    with_usage: bool

    @classmethod
    def of(cls, asked: Mapping[str, Any], manner: Manner) -> "Answer":
        messages = asked["messages"]
        words = echo_text(messages[-1]["content"], manner.tokens)
        if "ignores-stop" not in manner.faults:
            stops = asked.get("stop") or []
            words = until_stop(words, [stops] if isinstance(stops, str) else stops)
        if "forgetful" in manner.faults and len(messages) > 2:
            words = []
        whole = manner.thinks + len(words)
        limit = asked.get("max_tokens") or whole
        finish = "length" if limit < whole else "stop"
        if "ignores-length" not in manner.faults:
            words = words[: max(0, limit - manner.thinks)]
        thought = min(manner.thinks, limit)
        heard = sum(len(message["content"].split()) for message in messages)
        usage = bool((asked.get("stream_options") or {}).get("include_usage")) and manner.usage
        sent = spoilt(words, manner.faults)
        said = thought + len(words)
        return cls(asked["model"], sent, thought, said, finish, heard, manner, usage)

    def not_taken(self, asked: Mapping[str, Any]) -> str | None:
        """Why this request is refused, if it is."""
        if "one-turn" in self.manner.faults and len(asked["messages"]) > 2:
            return "a conversation has one message of the caller's"
        if "own-heat" in self.manner.faults and asked.get("temperature") is not None:
            return "the temperature is not to be changed"
        asked_for = self.prompt_tokens + (asked.get("max_tokens") or 0)
        if self.manner.context and asked_for > self.manner.context:
            return f"the context has {self.manner.context} tokens"
        return None

    def usage(self) -> dict[str, int]:
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.said,
            "total_tokens": self.prompt_tokens + self.said,
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

    async def stream(self, request: web.Request) -> web.StreamResponse:
        if self.manner.garbage:
            return await GARBAGE[self.manner.garbage](request)
        response = web.StreamResponse(headers=SSE)
        await response.prepare(request)
        held = bytearray()
        async with aclosing(self.events(request)) as events:
            async for data in events:
                if "held-back" in self.manner.faults:
                    held += data
                else:
                    await self.send(response, data)
        await response.write(bytes(held) + b"data: [DONE]\n\n")
        return response

    async def send(self, response: web.StreamResponse, data: bytes) -> None:
        """One event, as one packet or, where it travels raw, as two."""
        if not self.manner.raw:
            return await response.write(data)
        for piece in packets(data):
            await response.write(piece)
            await asyncio.sleep(0.001)

    async def events(self, request: web.Request) -> AsyncGenerator[bytes]:
        """Role, words, finish reason and usage, each in its time."""
        manner, started = self.manner, time.monotonic()
        await asyncio.sleep(manner.first_token_s)
        yield self.chunk({"role": "assistant", "content": ""})
        for _ in range(self.thought):
            yield self.chunk({"reasoning_content": "Hm. "})
        for place, word in enumerate(self.words):
            if place == manner.stall_after:
                await asyncio.Event().wait()
            if place == manner.break_after:
                await reset(request)
            if place and manner.tokens_per_s:
                due = started + manner.first_token_s + place / manner.tokens_per_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            yield self.chunk({"content": word})
        yield self.chunk({}, self.finish)
        if self.with_usage:
            yield self.event({"choices": [], "usage": self.usage()})

    def chunk(self, delta: Mapping[str, str], finish: str | None = None) -> bytes:
        return self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def event(self, payload: Mapping[str, Any]) -> bytes:
        shape = {"id": "echo", "object": "chat.completion.chunk", "created": 0, "model": self.model}
        text = json.dumps(shape | dict(payload), ensure_ascii=not self.manner.raw)
        return b"data: " + text.encode() + b"\n\n"


def packets(data: bytes) -> list[bytes]:
    """The bytes in two, cut inside a character where there is one of several bytes."""
    cut = next((place for place, byte in enumerate(data) if byte & 0xC0 == 0x80), len(data) // 2)
    return [data[:cut], data[cut:]]
