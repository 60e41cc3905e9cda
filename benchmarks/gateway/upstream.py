"""The model server all sides stand before: raw asyncio, its answers made before it is asked.

The model asked for is the pace: `paced` sends 50 chunks a second and stream, `full` as fast as they
are taken; `max_tokens`, or "in N words" in the prompt, is the length. No two chunks are alike, and
each has one mark to be counted by. It speaks the OpenAI chat protocol and the one FastChat's
workers speak.

    python -m benchmarks.gateway.upstream 8001
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import uvloop

MARK = "~"
MODELS = ("paced", "full")
CHUNKS_PER_S = 50
LONGEST = 2000
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n"
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
SHAPE = {"id": "chatcmpl-5d0f8e1c2b7a4936", "object": "chat.completion.chunk", "created": 1}
# One answer to every other question: what routers and FastChat's controller ask of a worker.
FACTS: dict[str, Any] = {
    "object": "list",
    "data": [{"id": name, "object": "model", "owned_by": "bench"} for name in MODELS],
    "model_names": MODELS,
    "speed": 1,
    "queue_length": 0,
    "context_length": 1_000_000,
    "count": 10,
    "conv": {
        "name": "bench",
        "system_template": "{system_message}",
        "system_message": "",
        "roles": ["USER", "ASSISTANT"],
        "messages": [],
        "offset": 0,
        "sep_style": 1,
        "sep": "\n",
        "sep2": None,
        "stop_str": None,
        "stop_token_ids": None,
    },
}
NUMBER = re.compile(r"(\d+) words")
Frames = Callable[[str, int], list[bytes]]


def word(place: int) -> str:
    return f" w{place}{MARK}"


def wanted(asked: dict[str, Any]) -> int:
    """How many chunks: as asked for, or as the prompt of a battle says."""
    length = asked.get("max_tokens") or asked.get("max_new_tokens")
    if length is None:
        said = NUMBER.search(asked["messages"][-1]["content"])
        length = int(said[1]) if said else LONGEST
    return max(2, min(length, LONGEST))


def framed(data: bytes) -> bytes:
    """As one chunk of HTTP's chunked encoding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(model: str, **rest: Any) -> bytes:
    return framed(b"data: " + json.dumps(SHAPE | {"model": model} | rest).encode() + b"\n\n")


def choice(delta: dict[str, str], finish: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]


@cache
def chat_words(model: str) -> list[bytes]:
    return [event(model, choices=choice({"content": word(place)})) for place in range(LONGEST)]


def chat(model: str, length: int) -> list[bytes]:
    """What goes on the wire, one entry a write."""
    first = HEAD.format("text/event-stream").encode()
    first += event(model, choices=choice({"role": "assistant", "content": ""}))
    words = chat_words(model)[:length]
    usage = {"prompt_tokens": 10, "completion_tokens": length, "total_tokens": length + 10}
    last = event(model, choices=choice({}, "stop")) + event(model, choices=[], usage=usage)
    return [first + words[0], *words[1:-1], words[-1] + last + framed(b"data: [DONE]\n\n")]


@cache
def worker_words() -> list[bytes]:
    """FastChat's workers send the whole text so far with every chunk."""
    texts, said = [], ""
    for place in range(LONGEST):
        said += word(place)
        usage = {"prompt_tokens": 10, "completion_tokens": place + 1, "total_tokens": place + 11}
        told = {"text": said, "error_code": 0, "usage": usage, "finish_reason": None}
        texts.append(framed(json.dumps(told).encode() + b"\0"))
    return texts


def worker(model: str, length: int) -> list[bytes]:
    words = worker_words()[:length]
    text = "".join(map(word, range(length)))
    last = {"text": text, "error_code": 0, "usage": {}, "finish_reason": "stop"}
    ended = framed(json.dumps(last).encode() + b"\0")
    return [HEAD.format("text/plain").encode() + words[0], *words[1:-1], words[-1] + ended]


STREAMS: dict[bytes, Frames] = {b"/v1/chat/completions": chat, b"/worker_generate_stream": worker}


class Connection(asyncio.Protocol):
    """One caller: request after request, each answered at its pace."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.held = b""
        self.next: asyncio.Handle | None = None
        self.writable = True
        self.hurried = False
        self.frames: list[bytes] = []
        self.place = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.next:
            self.next.cancel()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self.hurried and self.place < len(self.frames):
            self.next = self.loop.call_soon(self.hurry)

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, rest = self.held.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        size = int(length[1]) if length else 0
        if found and len(rest) >= size:
            self.held = rest[size:]
            self.answer(head.split(b" ", 2)[1], rest[:size])

    def answer(self, path: bytes, body: bytes) -> None:
        frames = STREAMS.get(path)
        if frames is None:
            told = json.dumps(FACTS).encode()
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            )
            self.transport.write(head % len(told) + told)
            return
        asked = json.loads(body)
        self.frames = [*frames(asked["model"], wanted(asked)), framed(b"")]
        self.place, self.began = 0, self.loop.time()
        self.hurried = asked["model"] == "full"
        (self.hurry if self.hurried else self.step)()

    def step(self) -> None:
        """One chunk, and the next when it is due; the very last goes with the one before."""
        self.say()
        if self.place == len(self.frames) - 1:
            self.say()
        else:
            self.next = self.loop.call_at(self.began + self.place / CHUNKS_PER_S, self.step)

    def hurry(self) -> None:
        """A write for each chunk, as long as the other side takes them."""
        self.say()
        if self.writable and self.place < len(self.frames):
            self.next = self.loop.call_soon(self.hurry)

    def say(self) -> None:
        self.transport.write(self.frames[self.place])
        self.place += 1


async def serve(port: int) -> None:
    for model in MODELS:
        chat_words(model)
    worker_words()
    server = await asyncio.get_running_loop().create_server(
        Connection, "127.0.0.1", port, backlog=4096
    )
    print(f"upstream at {port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
