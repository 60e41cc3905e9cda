"""Anthropic messages: the system apart, a limit that must be said, events that name their type.

As documented under platform.claude.com/docs (messages/create, streaming, handling-stop-reasons):
`max_tokens` is required; a stream is message_start, then for each block content_block_start,
content_block_delta and content_block_stop, then message_delta with the stop reason, message_stop;
`ping` and `error` may come at any place, and so may events of new types. The prompt's tokens are in
message_start, those from and into a cache beside them; the counts of message_delta are cumulative.
"""

import re
from dataclasses import dataclass
from typing import Any

from serving.chat import FinishReason, Message, Params, Usage
from serving.errors import Malformed
from serving.protocols.protocol import Protocol
from serving.protocols.wording import parted, written
from serving.reading import (
    ALIVE,
    NOTHING,
    Read,
    Reading,
    counted,
    is_count,
    parsed,
    part,
    said,
    told_error,
)
from serving.target import Route

VERSION = "2023-06-01"
# What an answer may have where neither the caller nor the provider says it.
MAX_TOKENS = 4096
HOTTEST = 1.0
# These take `temperature` or `top_p`, and not both; Claude models after them refuse either (400).
SAMPLED = re.compile(
    r"claude-(instant|v?[1-3](?!\d)|(opus|sonnet|haiku)-4(?![-.]([7-9]|\d\d)(?!\d)))"
)
PROMPT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
FINISHES: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
THINKING = frozenset({"thinking", "redacted_thinking", "thinking_delta", "signature_delta"})


def versioned(key: str | None) -> dict[str, str]:
    return {"anthropic-version": VERSION} | ({"x-api-key": key} if key else {})


def body(route: Route, messages: tuple[Message, ...], params: Params) -> bytes:
    """There is no seed in this protocol: it is not sent."""
    system, others = parted(messages)
    return written(
        {
            "model": route.upstream_model,
            "system": system,
            "messages": others,
            "max_tokens": params.max_tokens or MAX_TOKENS,
            "stop_sequences": list(params.stop) or None,
            "stream": True,
            **sampling(route.upstream_model, params),
        }
    )


def sampling(model: str, params: Params) -> dict[str, float | None]:
    """Temperature goes to 1 here, not to 2."""
    heat = None if params.temperature is None else min(params.temperature, HOTTEST)
    if "claude" not in model:
        return {"temperature": heat, "top_p": params.top_p}
    if not SAMPLED.search(model):
        return {}
    return {"temperature": heat, "top_p": params.top_p if heat is None else None}


@dataclass(slots=True)
class Reader:
    """Reads one stream; the prompt's count comes in another event than the answer's."""

    prompt: int | None = None

    def read(self, data: bytes) -> Reading:
        """Raises Malformed for what is no event, UpstreamBroke or -Refused for a told error."""
        event = parsed(data)
        kind = event.get("type")
        if kind == "content_block_delta":
            return read_delta(part(event, "delta"))
        if kind == "content_block_start":
            return read_block(part(event, "content_block"))
        if kind == "message_start":
            self.prompt = prompt_tokens(part(part(event, "message"), "usage"))
        elif kind == "message_delta":
            finish = read_finish(part(event, "delta").get("stop_reason"))
            return Reading(finish=finish, usage=self.usage(part(event, "usage")))
        elif kind == "message_stop":
            return Reading(done=True)
        elif kind == "error":
            raise told_error(part(event, "error").get("type"), data)
        elif not isinstance(kind, str):
            raise Malformed(f"an event has no type: {data[:120]!r}")
        return NOTHING

    def usage(self, counts: dict[str, Any]) -> Usage | None:
        prompt = prompt_tokens(counts)
        return counted(self.prompt if prompt is None else prompt, counts.get("output_tokens"))


def prompt_tokens(counts: dict[str, Any]) -> int | None:
    """All that was read, from a cache or not."""
    if not is_count(counts.get("input_tokens")):
        return None
    return sum(count for name in PROMPT if is_count(count := counts.get(name)))


def read_delta(delta: dict[str, Any]) -> Reading:
    """Tool calls, citations and what is yet to be invented are passed over."""
    kind = delta.get("type")
    if kind == "text_delta":
        return said(delta, "text")
    return ALIVE if isinstance(kind, str) and kind in THINKING else NOTHING


def read_block(block: dict[str, Any]) -> Reading:
    kind = block.get("type")
    if kind == "text":
        return said(block, "text")
    return ALIVE if isinstance(kind, str) and kind in THINKING else NOTHING


def read_finish(reason: object) -> FinishReason | None:
    """Any reason but the known ones is the model's own stop: `end_turn`, `stop_sequence` ..."""
    if reason is None:
        return None
    if not isinstance(reason, str):
        raise Malformed("`stop_reason` is not a string")
    return FINISHES.get(reason, "stop")


def reader(params: Params) -> Read:
    return Reader().read


# The list is given in pages of 20, unless more are asked for.
ANTHROPIC = Protocol("messages", "models?limit=1000", versioned, body, reader)
