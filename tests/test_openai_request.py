"""What is asked at the OpenAI-compatible door: what is read, what is refused and in which words."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.chat import Message, Params
from serving.errors import (
    Busy,
    GatewayError,
    Malformed,
    NoRoute,
    TimedOut,
    TooLong,
    UpstreamRefused,
)
from serving.openai_errors import ApiError, from_gateway
from serving.openai_request import NEUTRAL, Asked, read_request

LEAST: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def asked(**fields: Any) -> Asked:
    return read_request(orjson.dumps(LEAST | fields))


def refused(**fields: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        asked(**fields)
    assert caught.value.status == 400
    return caught.value


def test_the_least_that_can_be_asked() -> None:
    assert asked() == Asked("m", (Message("user", "hi"),), Params(), stream=False, usage=False)


def test_null_is_as_good_as_nothing() -> None:
    fields = dict.fromkeys(["temperature", "stop", "stream", "stream_options", "seed", *NEUTRAL])
    assert asked(**fields) == asked()


def test_what_changes_nothing_is_passed_over() -> None:
    harmless: dict[str, Any] = {name: values[0] for name, values in NEUTRAL.items() if values}
    assert asked(**harmless, user="u", metadata={"a": "b"}, store=False) == asked()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 2),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "required"),
        ("logprobs", True),
        ("top_logprobs", 5),
        ("response_format", {"type": "json_object"}),
        ("frequency_penalty", 0.5),
        ("logit_bias", {"50256": -100}),
        ("reasoning_effort", "high"),
        ("modalities", ["text", "audio"]),
        ("top_k", 5),
    ],
)
def test_what_would_change_the_answer_and_cannot_be_had_is_refused(name: str, value: Any) -> None:
    error = refused(**{name: value})
    assert (error.told["param"], error.told["code"]) == (name, "unsupported")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"model": ""}, "model"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user"}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content"),
    ],
)
def test_what_cannot_be_read_is_named(fields: dict[str, Any], param: str) -> None:
    assert refused(**fields).told["param"] == param


def test_an_image_is_refused_in_clear_words() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    said = [{"role": "user", "content": [{"type": "text", "text": "See:"}, image]}]
    assert "images, audio and files are not supported" in str(refused(messages=said))


def test_calls_of_tools_in_the_history_are_refused() -> None:
    said = [{"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}]
    assert refused(messages=said).told["param"] == "messages.0.tool_calls"


@pytest.mark.parametrize(("stop", "stops"), [("x", ("x",)), (["x", "y"], ("x", "y")), ([], ())])
def test_a_stop_is_one_or_some(stop: Any, stops: tuple[str, ...]) -> None:
    assert asked(stop=stop).params.stop == stops


@given(st.binary(max_size=40) | st.dictionaries(st.text(max_size=5), st.text()).map(orjson.dumps))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(ApiError):
        read_request(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["messages", "stop", "seed", "n", "stream"]), json_values))
def test_any_fields_are_read_or_refused(fields: dict[str, Any]) -> None:
    with suppress(ApiError):
        assert isinstance(asked(**fields), Asked)


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (Busy("m"), 429, "1"),
        (Busy("m", 6.2), 429, "7"),
        (UpstreamRefused(429, "m", 3.0), 429, "3"),
        (UpstreamRefused(529, "m"), 429, "1"),
        (UpstreamRefused(422, "m"), 400, None),
        (UpstreamRefused(401, "m"), 502, None),
        (TooLong("m"), 400, None),
        (NoRoute("m"), 503, None),
        (TimedOut("idle", "m"), 504, None),
        (Malformed("m"), 502, None),
    ],
)
def test_each_of_the_gateways_errors_has_its_status(
    error: GatewayError, status: int, wait: str | None
) -> None:
    response = from_gateway(error).response()
    assert (response.status_code, response.headers.get("Retry-After")) == (status, wait)
    assert orjson.loads(response.body)["error"]["message"] == error.title
