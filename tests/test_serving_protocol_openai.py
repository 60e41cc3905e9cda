"""OpenAI chat completions: what is sent, and what each event says."""

from typing import Any

import orjson
import pytest

from serving.chat import Params, Usage
from serving.errors import Malformed, UpstreamBroke, UpstreamRefused
from serving.protocols.openai import read_event
from serving.reading import NOTHING, Reading
from tests.protocol_fixture import sent


def chunk(**choice: Any) -> bytes:
    return orjson.dumps({"choices": [{"index": 0, **choice}]})


def test_openai_is_sent_what_is_set_and_nothing_else() -> None:
    assert sent("openai", Params(temperature=0.0)) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
    }


def test_a_delta_has_its_text() -> None:
    assert read_event(chunk(delta={"content": "hé"})) == Reading(text="hé", alive=True)


def test_the_opening_chunk_with_the_role_is_no_sign_of_life() -> None:
    assert read_event(chunk(delta={"role": "assistant", "content": ""})) == NOTHING


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_a_sign_of_life_and_not_shown(name: str) -> None:
    assert read_event(chunk(delta={name: "hm"})) == Reading(text="", alive=True)


def test_a_refusal_is_what_the_model_says() -> None:
    assert read_event(chunk(delta={"content": None, "refusal": "No."})) == Reading("No.", True)


def test_calls_of_tools_are_passed_over() -> None:
    assert read_event(chunk(delta={"tool_calls": [{"index": 0}]})) == NOTHING


@pytest.mark.parametrize(
    ("told", "understood"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("eos", "stop")],
)
def test_a_finish_reason_is_one_of_three(told: str, understood: str) -> None:
    assert read_event(chunk(delta={}, finish_reason=told)).finish == understood


def test_only_the_first_choice_is_read() -> None:
    other = {"index": 1, "delta": {"content": "no"}}
    assert read_event(orjson.dumps({"choices": [other]})) == NOTHING


def test_usage_comes_with_or_without_a_choice() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    found = read_event(orjson.dumps({"choices": [], "usage": usage}))
    assert found == Reading(usage=Usage(3, 5, "upstream"))
    last = read_event(orjson.dumps({"choices": [{"finish_reason": "stop"}], "usage": usage}))
    assert (last.finish, last.usage) == ("stop", Usage(3, 5, "upstream"))


@pytest.mark.parametrize("usage", [5, "many", [1, 2], True])
def test_usage_that_is_none_is_passed_over(usage: object) -> None:
    assert read_event(orjson.dumps({"choices": [], "usage": usage})) == NOTHING


@pytest.mark.parametrize("data", [b"[DONE]", b" [DONE] "])
def test_done_ends_the_stream(data: bytes) -> None:
    assert read_event(data) == Reading(done=True)


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices": {}}',
        b'{"choices": [1]}',
        b'{"choices": [{"index": 0}, 1]}',
        b'{"choices": [{"delta": "text"}]}',
        b'{"choices": [{"delta": {"content": 5}}]}',
        b'{"choices": [{"delta": {}, "finish_reason": 5}]}',
        b'{"choices": [{"delta": {"content": "\\ud800"}}]}',
    ],
)
def test_what_is_not_a_chunk_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_event(data)


def test_an_error_told_in_the_stream_breaks_it() -> None:
    with pytest.raises(UpstreamBroke, match="out of memory"):
        read_event(b'{"error": {"message": "out of memory"}}')
    with pytest.raises(UpstreamRefused, match="429"):
        read_event(b'{"error": {"code": "rate_limit_exceeded"}}')
