"""Three protocols: a table of them, and no event that can break us."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.chat import Params
from serving.errors import GatewayError, Malformed, Unreachable
from serving.protocols import PROTOCOLS, protocol_of
from serving.reading import Reading
from serving.target import Route
from tests.protocol_fixture import reader


def test_a_protocol_that_is_not_in_the_table_is_a_typed_error() -> None:
    with pytest.raises(Unreachable, match="'gopher' is not spoken"):
        protocol_of(Route("https://a", "m", protocol="gopher"))


@pytest.mark.parametrize("protocol", ["anthropic", "responses"])
@pytest.mark.parametrize("data", [b"{}", b'{"type": 5}', b'{"type": null}', b"[DONE]", b"[]"])
def test_an_event_without_a_type_is_malformed(protocol: str, data: bytes) -> None:
    with pytest.raises(Malformed):
        reader(protocol)(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KINDS = {
    "openai": ["chat.completion.chunk", "error"],
    "anthropic": [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "message_delta",
        "message_stop",
        "error",
        "text_delta",
        "text",
        "thinking_delta",
    ],
    "responses": [
        "response.output_text.delta",
        "response.refusal.delta",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "error",
    ],
}
NAMES = {
    "openai": ["choices", "index", "delta", "content", "reasoning", "refusal", "finish_reason"],
    "anthropic": ["message", "delta", "content_block", "text", "stop_reason", "input_tokens"],
    "responses": ["delta", "response", "incomplete_details", "reason", "input_tokens", "code"],
}


def events(protocol: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects made of the words of the protocol, with anything in any place."""
    kinds = st.sampled_from(KINDS[protocol])
    names = st.sampled_from([*NAMES[protocol], "usage", "error", "output_tokens"])
    typed = {"openai": "object"}.get(protocol, "type")
    inner = st.recursive(
        json_values,
        lambda deeper: (
            st.lists(deeper, max_size=2)
            | st.builds(
                lambda kind, rest: {"type": kind} | rest, kinds, st.dictionaries(names, deeper)
            )
        ),
        max_leaves=10,
    )
    return st.builds(
        lambda kind, rest: {typed: kind} | rest, kinds | json_values, st.dictionaries(names, inner)
    )


@given(st.data(), st.sampled_from(sorted(PROTOCOLS)))
def test_any_object_is_read_or_refused_in_our_words(data: st.DataObject, protocol: str) -> None:
    read = reader(protocol, Params(stop=("a",)))
    for event in data.draw(st.lists(events(protocol), max_size=4)):
        with suppress(GatewayError):
            found = read(orjson.dumps(event))
            assert isinstance(found, Reading)
            assert isinstance(found.text, str)
            assert found.usage is None or found.usage.completion >= 0


@given(st.binary(max_size=60), st.sampled_from(sorted(PROTOCOLS)))
def test_any_bytes_are_read_or_refused_in_our_words(data: bytes, protocol: str) -> None:
    with suppress(GatewayError):
        reader(protocol)(data)
