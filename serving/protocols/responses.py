"""OpenAI responses: input items, instructions apart, nothing stored, events that name their type.

As documented under developers.openai.com/api/reference (responses, streaming events): text comes in
response.output_text.delta, and the stream ends with response.completed, .incomplete or .failed,
which carry the whole response with its usage; there is no [DONE]. The protocol knows neither stop
sequences nor a seed: the first are obeyed here, the second is not sent.
"""

from typing import Any

from serving.chat import FinishReason, Message, Params
from serving.errors import Malformed
from serving.protocols.protocol import Protocol, bearer
from serving.protocols.stopping import Stopping
from serving.protocols.wording import parted, written
from serving.reading import ALIVE, NOTHING, Read, Reading, counted, parsed, part, said, told_error
from serving.target import Route

SHOWN = frozenset({"response.output_text.delta", "response.refusal.delta"})
REASONING = frozenset({"response.reasoning_text.delta", "response.reasoning_summary_text.delta"})
FINISHES: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
}


def body(route: Route, messages: tuple[Message, ...], params: Params) -> bytes:
    instructions, others = parted(messages)
    return written(
        {
            "model": route.upstream_model,
            "instructions": instructions,
            "input": others,
            "max_output_tokens": params.max_tokens,
            "temperature": params.temperature,
            "top_p": params.top_p,
            "stream": True,
            "store": False,
        }
    )


def reader(params: Params) -> Read:
    return Stopping(read_event, params.stop).read if params.stop else read_event


def read_event(data: bytes) -> Reading:
    """Raises Malformed for what is no event, UpstreamBroke or -Refused for a told error."""
    event = parsed(data)
    kind = event.get("type")
    if not isinstance(kind, str):
        raise Malformed(f"an event has no type: {data[:120]!r}")
    if kind in SHOWN:
        return said(event, "delta")
    if kind in REASONING:
        return ALIVE
    if kind in ("response.completed", "response.incomplete"):
        return read_end(part(event, "response"))
    if kind == "response.failed":
        raise told_error(part(part(event, "response"), "error").get("code"), data)
    if kind == "error":
        raise told_error(event.get("code") or part(event, "error").get("code"), data)
    return NOTHING


def read_end(response: dict[str, Any]) -> Reading:
    """Whole, or cut: any reason but the known ones is the model's own stop."""
    reason = part(response, "incomplete_details").get("reason")
    if reason is not None and not isinstance(reason, str):
        raise Malformed("`incomplete_details.reason` is not a string")
    usage = part(response, "usage")
    counts = counted(usage.get("input_tokens"), usage.get("output_tokens"))
    return Reading(finish=FINISHES.get(reason or "", "stop"), usage=counts, done=True)


RESPONSES = Protocol("responses", "models", bearer, body, reader)
