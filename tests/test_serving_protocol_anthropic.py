"""Anthropic messages: what is sent, and what each event says."""

import orjson
import pytest

from serving.chat import Params, Usage
from serving.errors import Malformed, UpstreamBroke, UpstreamRefused
from serving.protocols import PROTOCOLS
from serving.protocols.anthropic import MAX_TOKENS, sampling
from serving.reading import ALIVE, NOTHING, Reading
from tests.protocol_fixture import FULL, read, reader, sent


def test_anthropic_is_sent_the_system_apart_and_a_limit() -> None:
    assert sent("anthropic", Params()) == {
        "model": "m",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": MAX_TOKENS,
        "stream": True,
    }


def test_anthropic_has_its_own_words_and_bounds() -> None:
    body = sent("anthropic", FULL)
    assert (body["max_tokens"], body["stop_sequences"]) == (7, ["x"])
    assert (body["temperature"], body["top_p"]) == (1.0, 0.9)
    assert "seed" not in body


@pytest.mark.parametrize(
    "model",
    [
        "claude-2.1",
        "claude-3-5-sonnet-20241022",
        "claude-opus-4-20250514",
        "claude-sonnet-4-5-20250929",
        "anthropic/claude-opus-4.6",
    ],
)
def test_an_older_claude_takes_one_of_two_sampling_parameters(model: str) -> None:
    assert sampling(model, FULL) == {"temperature": 1.0, "top_p": None}
    assert sampling(model, Params(top_p=0.5)) == {"temperature": None, "top_p": 0.5}


@pytest.mark.parametrize(
    "model", ["claude-opus-4-7", "claude-opus-4.8", "claude-opus-4-10", "claude-sonnet-5", "claude"]
)
def test_a_newer_claude_takes_none(model: str) -> None:
    assert sampling(model, FULL) == {}


def test_anthropic_wants_its_version_and_its_own_header_for_the_key() -> None:
    headers = PROTOCOLS["anthropic"].key("k")
    assert headers == {"anthropic-version": "2023-06-01", "x-api-key": "k"}
    assert "x-api-key" not in PROTOCOLS["anthropic"].key(None)


def test_anthropics_usage_is_put_together_from_two_events() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 20, "output_tokens": 1}
    read = reader("anthropic")
    assert read(orjson.dumps({"type": "message_start", "message": {"usage": usage}})) == NOTHING
    delta = {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    found = read(orjson.dumps({"type": "message_delta", **delta}))
    assert found == Reading(finish="stop", usage=Usage(25, 9, "upstream"))
    assert read(b'{"type": "message_stop"}').done


def test_the_last_count_of_the_prompt_is_the_one_that_counts() -> None:
    usage = {"input_tokens": 12, "output_tokens": 9}
    assert read("anthropic", type="message_delta", usage=usage).usage == Usage(12, 9, "upstream")


@pytest.mark.parametrize(
    ("delta", "found"),
    [
        ({"type": "text_delta", "text": "hé"}, Reading("hé", True)),
        ({"type": "thinking_delta", "thinking": "hm"}, ALIVE),
        ({"type": "signature_delta", "signature": "x"}, ALIVE),
        ({"type": "input_json_delta", "partial_json": "{"}, NOTHING),
        ({"type": "citations_delta", "citation": {}}, NOTHING),
        ({"type": "yet_to_come"}, NOTHING),
    ],
)
def test_of_anthropics_deltas_only_text_is_shown(delta: dict[str, str], found: Reading) -> None:
    assert read("anthropic", type="content_block_delta", index=0, delta=delta) == found


def test_a_block_may_open_with_text_or_with_hidden_thought() -> None:
    def opened(**block: str) -> Reading:
        return read("anthropic", type="content_block_start", content_block=block)

    assert opened(type="text", text="") == NOTHING
    assert opened(type="text", text="a") == Reading("a", True)
    assert opened(type="redacted_thinking", data="x") == ALIVE
    assert opened(type="tool_use") == NOTHING


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        (None, None),
    ],
)
def test_anthropics_stop_reasons_are_ours(told: str | None, understood: str | None) -> None:
    found = read("anthropic", type="message_delta", delta={"stop_reason": told})
    assert found.finish == understood


@pytest.mark.parametrize("kind", ["ping", "content_block_stop", "yet_to_come"])
def test_other_events_of_anthropics_say_nothing(kind: str) -> None:
    assert read("anthropic", type=kind) == NOTHING


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message_delta", "delta": {"stop_reason": 5}},
        {"type": "message_delta", "delta": {"stop_reason": ["end_turn"]}},
        {"type": "message_delta", "delta": "end_turn"},
        {"type": None},
        {},
    ],
)
def test_what_is_no_event_of_anthropics_is_malformed(event: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        read("anthropic", **event)


@pytest.mark.parametrize("kind", [["text"], {"a": 1}, 5, None])
def test_a_delta_or_a_block_of_no_kind_says_nothing(kind: object) -> None:
    for name, within in (
        ("content_block_delta", "delta"),
        ("content_block_start", "content_block"),
    ):
        assert read("anthropic", type=name, **{within: {"type": kind, "text": "x"}}) == NOTHING


@pytest.mark.parametrize("count", ["5", [5], -1, True, 1e9])
def test_a_count_of_anthropics_that_is_none_is_left_out(count: object) -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": count, "output_tokens": 1}
    found = read("anthropic", type="message_delta", delta={}, usage=usage).usage
    assert found == Usage(5, 1, "upstream")
    usage = {"input_tokens": count, "output_tokens": 1}
    assert read("anthropic", type="message_delta", delta={}, usage=usage).usage is None


def test_an_overloaded_upstream_has_the_status_it_stands_for() -> None:
    with pytest.raises(UpstreamRefused) as caught:
        read("anthropic", type="error", error={"type": "overloaded_error", "message": "Overloaded"})
    assert (caught.value.status, caught.value.fault) == (529, "contestant")
    with pytest.raises(UpstreamBroke, match="api_error"):
        read("anthropic", type="error", error={"type": "api_error"})
