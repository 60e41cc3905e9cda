"""OpenAI chat completions: what vLLM and most model servers speak."""

from typing import Any

from serving.chat import FinishReason, Message, Params
from serving.errors import Malformed
from serving.protocols.protocol import Protocol, bearer
from serving.protocols.wording import listed, written
from serving.reading import ALIVE, NOTHING, Read, Reading, counted, parsed, said, told_error
from serving.target import Route

DONE = b"[DONE]"
FINISHES: dict[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


def body(route: Route, messages: tuple[Message, ...], params: Params) -> bytes:
    return written(
        {
            "model": route.upstream_model,
            "messages": listed(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": params.temperature,
            "top_p": params.top_p,
            "max_tokens": params.max_tokens,
            "stop": list(params.stop) or None,
            "seed": params.seed,
        }
    )


def reader(params: Params) -> Read:
    return read_event


def read_event(data: bytes) -> Reading:
    """Raises Malformed for what is not a chat completion chunk, UpstreamBroke for a told error."""
    if data == DONE or data.strip() == DONE:
        return Reading(done=True)
    chunk = parsed(data)
    if chunk.get("error") or chunk.get("object") == "error":
        raise told(chunk.get("error"), data)
    choice = first_choice(chunk.get("choices"))
    reading = NOTHING if choice is None else read_choice(choice)
    usage = chunk.get("usage")
    if not isinstance(usage, dict):
        return reading
    counts = counted(usage.get("prompt_tokens"), usage.get("completion_tokens"))
    return reading._replace(usage=counts)


def told(error: object, data: bytes) -> Exception:
    kind = error.get("code") or error.get("type") if isinstance(error, dict) else None
    return told_error(kind, data)


def first_choice(choices: object) -> dict[str, Any] | None:
    """The choice with index 0; a chunk may carry none, as the one with the usage does."""
    if choices is None:
        return None
    if not isinstance(choices, list):
        raise Malformed("`choices` is not a list")
    first = None
    for choice in choices:
        if not isinstance(choice, dict):
            raise Malformed("`choices` is not a list of objects")
        if first is None and choice.get("index", 0) == 0:
            first = choice
    return first


def read_choice(choice: dict[str, Any]) -> Reading:
    reading = read_delta(choice.get("delta"))
    reason = choice.get("finish_reason")
    return reading if reason is None else reading._replace(finish=read_finish(reason))


def read_delta(delta: object) -> Reading:
    """Text or a refusal is shown; reasoning is a sign of life alone."""
    if delta is None:
        return NOTHING
    if not isinstance(delta, dict):
        raise Malformed("`delta` is not an object")
    shown = said(delta, "content")
    if shown.alive:
        return shown
    if delta.get("reasoning_content") or delta.get("reasoning"):
        return ALIVE
    return said(delta, "refusal")


def read_finish(reason: object) -> FinishReason:
    """Any reason but the known ones is the model's own stop: `stop`, `eos`, `tool_calls` ..."""
    if not isinstance(reason, str):
        raise Malformed("`finish_reason` is not a string")
    return FINISHES.get(reason, "stop")


OPENAI = Protocol("chat/completions", "models", bearer, body, reader)
