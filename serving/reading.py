"""What one event of an upstream's stream says, whatever the protocol it came in."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

import orjson

from serving.chat import FinishReason, Message, Usage
from serving.errors import GatewayError, Malformed, UpstreamBroke, UpstreamRefused

# Errors told in the stream that would have been a status, had they been known before it began.
TOLD = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
}


class Reading(NamedTuple):
    """One event read; `alive` says that the model produced something, shown or not (reasoning)."""

    text: str = ""
    alive: bool = False
    finish: FinishReason | None = None
    usage: Usage | None = None
    done: bool = False


Read = Callable[[bytes], Reading]

NOTHING = Reading()
ALIVE = Reading(alive=True)


def parsed(data: bytes) -> dict[str, Any]:
    """The object that an event's data is; raises Malformed for anything else."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"an event is not JSON ({error}): {data[:120]!r}") from error
    if not isinstance(found, dict):
        raise Malformed(f"an event is not an object: {data[:120]!r}")
    return found


def part(within: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under this name, empty where there is none."""
    found = within.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Malformed(f"`{name}` is not an object")
    return found


def said(within: dict[str, Any], name: str) -> Reading:
    """Text to show, without NUL characters: no database holds them."""
    text = within.get(name)
    if not text and (text is None or text == ""):
        return NOTHING
    if not isinstance(text, str):
        raise Malformed(f"`{name}` is not a string")
    if "\x00" in text:
        text = text.replace("\x00", "")
    return Reading(text, bool(text))


def told_error(kind: object, data: bytes) -> GatewayError:
    """The error to raise for one that the upstream told of in its stream."""
    status = TOLD.get(kind) if isinstance(kind, str) else None
    if status is not None:
        return UpstreamRefused(status, f"told in the stream: {data[:300]!r}")
    return UpstreamBroke(f"the upstream told an error: {data[:300]!r}")


def counted(prompt: object, completion: object) -> Usage | None:
    """The upstream's counts where they are whole and plausible, else nothing."""
    if not is_count(prompt) or not is_count(completion):
        return None
    return Usage(prompt, completion, "upstream")


def is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def estimate(messages: tuple[Message, ...], characters: int) -> Usage:
    """Four characters a token: rough, and marked as an estimate wherever it goes."""
    asked = sum(len(message.content) for message in messages)
    return Usage(-(-asked // 4), -(-characters // 4), "estimate")
