"""One event of a stream: what it says, or why it is none."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.chat import Message, Usage
from serving.errors import Malformed, UpstreamBroke
from serving.reading import Reading, estimate, read_event


def chunk(**choice: Any) -> bytes:
    return orjson.dumps({"choices": [{"index": 0, **choice}]})


def test_a_delta_has_its_text() -> None:
    assert read_event(chunk(delta={"content": "hé"})) == Reading(text="hé", alive=True)


def test_the_opening_chunk_with_the_role_is_no_sign_of_life() -> None:
    assert read_event(chunk(delta={"role": "assistant", "content": ""})) == Reading()


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_a_sign_of_life_and_not_shown(name: str) -> None:
    assert read_event(chunk(delta={name: "hm"})) == Reading(text="", alive=True)


def test_null_characters_are_taken_out() -> None:
    assert read_event(chunk(delta={"content": "a\x00b"})).text == "ab"


@pytest.mark.parametrize(
    ("told", "understood"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("eos", "stop")],
)
def test_a_finish_reason_is_one_of_three(told: str, understood: str) -> None:
    assert read_event(chunk(delta={}, finish_reason=told)).finish == understood


def test_only_the_first_choice_is_read() -> None:
    other = {"index": 1, "delta": {"content": "no"}}
    assert read_event(orjson.dumps({"choices": [other]})) == Reading()


def test_usage_comes_with_or_without_a_choice() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    found = read_event(orjson.dumps({"choices": [], "usage": usage}))
    assert found == Reading(usage=Usage(3, 5, "upstream"))


@pytest.mark.parametrize("count", [-1, True, "5", None, 2**40, 1.5])
def test_implausible_usage_is_no_usage(count: object) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": count}
    assert read_event(orjson.dumps({"choices": [], "usage": usage})).usage is None


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"choices": {}}',
        b'{"choices": [1]}',
        b'{"choices": [{"delta": "text"}]}',
        b'{"choices": [{"delta": {"content": 5}}]}',
        b'{"choices": [{"delta": {}, "finish_reason": 5}]}',
        b'{"choices": [{"delta": {"content": "\\ud800"}}]}',
        b'{"a":' * 2000,
    ],
)
def test_what_is_not_a_chunk_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_event(data)


def test_an_error_told_in_the_stream_breaks_it() -> None:
    with pytest.raises(UpstreamBroke, match="out of memory"):
        read_event(b'{"error": {"message": "out of memory"}}')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
names = st.sampled_from(["content", "reasoning", "role", "index", "delta", "finish_reason"])


@given(
    st.fixed_dictionaries({"choices": st.lists(st.dictionaries(names, json_values)) | json_values})
)
def test_any_json_is_read_or_refused_in_our_words(payload: dict[str, Any]) -> None:
    with suppress(Malformed):
        assert isinstance(read_event(orjson.dumps(payload)), Reading)


def test_an_estimate_says_that_it_is_one() -> None:
    assert estimate((Message("user", "12345"),), 8) == Usage(2, 2, "estimate")
