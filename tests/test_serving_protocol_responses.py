"""OpenAI responses: what is sent, what each event says, and stops, which it has none of."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.chat import Params, Usage
from serving.errors import GatewayError, Malformed, UpstreamBroke, UpstreamRefused
from serving.protocols.stopping import Stopping
from serving.reading import ALIVE, NOTHING, Read, Reading
from tests.protocol_fixture import FULL, read, reader, sent


def test_responses_are_sent_items_and_instructions_and_are_not_stored() -> None:
    assert sent("responses", FULL) == {
        "model": "m",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": "Hi"}],
        "max_output_tokens": 7,
        "temperature": 1.5,
        "top_p": 0.9,
        "stream": True,
        "store": False,
    }


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("response.output_text.delta", Reading("hé", True)),
        ("response.refusal.delta", Reading("hé", True)),
        ("response.reasoning_text.delta", ALIVE),
        ("response.reasoning_summary_text.delta", ALIVE),
        ("response.output_text.done", NOTHING),
        ("response.created", NOTHING),
        ("response.yet_to_come", NOTHING),
    ],
)
def test_of_the_deltas_of_responses_text_and_refusal_are_shown(kind: str, found: Reading) -> None:
    assert read("responses", type=kind, delta="hé", text="hé") == found


@pytest.mark.parametrize(
    ("details", "finish"),
    [
        (None, "stop"),
        ({"reason": "max_output_tokens"}, "length"),
        ({"reason": "content_filter"}, "content_filter"),
    ],
)
def test_the_end_of_a_response_has_finish_and_usage(details: object, finish: str) -> None:
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    response = {"incomplete_details": details, "usage": usage}
    kind = "response.incomplete" if details else "response.completed"
    found = read("responses", type=kind, response=response)
    assert (found.finish, found.usage, found.done) == (finish, Usage(3, 5, "upstream"), True)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"type": "error", "code": "rate_limit_exceeded", "message": ""}, UpstreamRefused),
        ({"type": "error", "code": "server_error"}, UpstreamBroke),
        ({"type": "response.failed", "response": {"error": {"code": "x"}}}, UpstreamBroke),
        ({"type": "response.failed"}, UpstreamBroke),
    ],
)
def test_a_failed_response_is_an_error(event: dict[str, Any], error: type[GatewayError]) -> None:
    with pytest.raises(error):
        read("responses", **event)


def pieces(*texts: str) -> Read:
    """A reader of these pieces and then of the finish, whatever bytes it is given."""
    readings = [*(Reading(text, True) for text in texts), Reading(finish="length", done=True)]
    return lambda data: readings.pop(0)


def heard(texts: tuple[str, ...], *stops: str) -> tuple[str, str | None]:
    reading, told = Stopping(pieces(*texts), stops), ""
    while True:
        found = reading.read(b"")
        told += found.text
        if found.finish:
            return told, found.finish


@pytest.mark.parametrize(
    ("texts", "stops", "told"),
    [
        (("one END two",), ("END",), ("one ", "stop")),
        (("one E", "N", "D two"), ("END",), ("one ", "stop")),
        (("one E", "N", "Q"), ("END",), ("one ENQ", "length")),
        (("ends in EN",), ("END",), ("ends in EN", "length")),
        (("a", "b", "c"), ("zz", "bc"), ("a", "stop")),
        (("aab",), ("ab",), ("a", "stop")),
    ],
)
def test_a_stop_is_obeyed_where_the_protocol_has_none(
    texts: tuple[str, ...], stops: tuple[str, ...], told: tuple[str, str]
) -> None:
    assert heard(texts, *stops) == told


@given(st.text("ab", max_size=12), st.lists(st.text("ab", min_size=1, max_size=3), min_size=1))
def test_where_the_pieces_are_cut_does_not_matter_to_a_stop(text: str, stops: list[str]) -> None:
    assert heard(tuple(text), *stops) == heard((text,), *stops)


def test_only_a_call_with_stops_is_read_for_them() -> None:
    data = orjson.dumps({"type": "response.output_text.delta", "delta": "a END b"})
    assert reader("responses")(data).text == "a END b"
    found = reader("responses", Params(stop=("END",)))(data)
    assert (found.text, found.finish, found.done) == ("a ", "stop", True)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.incomplete", "response": {"incomplete_details": {"reason": 5}}},
        {"type": "response.incomplete", "response": {"incomplete_details": {"reason": ["x"]}}},
        {"type": "response.completed", "response": "whole"},
        {"type": ["response.completed"]},
        {},
    ],
)
def test_what_is_no_event_of_responses_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read("responses", **event)
