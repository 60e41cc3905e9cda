"""What one event of an upstream's stream says: text, a finish reason, usage, or an error."""

from dataclasses import dataclass
from typing import Any, TypeGuard

import orjson

from serving.chat import FinishReason, Message, Usage
from serving.errors import Malformed, UpstreamBroke

DONE = b"[DONE]"
FINISHES: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One event read; `alive` says that the model produced something, shown or not (reasoning)."""

    text: str = ""
    alive: bool = False
    finish: FinishReason | None = None
    usage: Usage | None = None
    done: bool = False


def read_event(data: bytes) -> Reading:
    """Raises Malformed for what is not a chat completion chunk, UpstreamBroke for a told error."""
    if data.strip() == DONE:
        return Reading(done=True)
    try:
        chunk = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"an event is not JSON ({error}): {data[:120]!r}") from error
    if not isinstance(chunk, dict):
        raise Malformed(f"an event is not an object: {data[:120]!r}")
    if chunk.get("error") or chunk.get("object") == "error":
        raise UpstreamBroke(f"the upstream told an error: {data[:300]!r}")
    choice = first_choice(chunk)
    usage = read_usage(chunk.get("usage"))
    if choice is None:
        return Reading(usage=usage)
    text, alive = read_delta(choice.get("delta"))
    return Reading(text, alive, read_finish(choice.get("finish_reason")), usage)


def first_choice(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """The choice with index 0; a chunk may carry none, as the one with the usage does."""
    choices = chunk.get("choices")
    if choices is None or choices == []:
        return None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise Malformed("`choices` is not a list of objects")
    return next((choice for choice in choices if choice.get("index", 0) == 0), None)


def read_delta(delta: object) -> tuple[str, bool]:
    """The text to show, without NUL characters (no database holds them), and the sign of life."""
    if delta is None:
        return "", False
    if not isinstance(delta, dict):
        raise Malformed("`delta` is not an object")
    text = delta.get("content")
    if text is not None and not isinstance(text, str):
        raise Malformed("`content` is not a string")
    thinking = delta.get("reasoning_content") or delta.get("reasoning")
    shown = text.replace("\x00", "") if text else ""
    return shown, bool(shown or thinking)


def read_finish(reason: object) -> FinishReason | None:
    """Any reason but the known two is the model's own stop: `stop`, `eos`, `tool_calls` ..."""
    if reason is None:
        return None
    if not isinstance(reason, str):
        raise Malformed("`finish_reason` is not a string")
    return FINISHES.get(reason, "stop")


def read_usage(usage: object) -> Usage | None:
    """The upstream's counts where they are whole and plausible, else nothing."""
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not is_count(prompt) or not is_count(completion):
        return None
    return Usage(prompt, completion, "upstream")


def is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def estimate(messages: tuple[Message, ...], characters: int) -> Usage:
    """Four characters a token: rough, and marked as an estimate wherever it goes."""
    asked = sum(len(message.content) for message in messages)
    return Usage(-(-asked // 4), -(-characters // 4), "estimate")
