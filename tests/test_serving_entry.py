"""What may be said of a model: the bounds of every field, and a change as a merge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.audit import differences
from serving.changes import Changes, addresses, merge, merged
from serving.contents import told_of
from serving.entry import Entry, Protocol
from serving.protocols import PROTOCOLS
from tests.registry_fixture import entry

JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x" * 97},
        {"name": "a b"},
        {"name": "../a"},
        {"name": "a/b/c"},
        {"name": "-a"},
        {"alias": "Newcomer"},
        {"base_url": "https:/"},
        {"base_url": "https://a.example/" + "x" * 512},
        {"base_url": "https://a.example/\n"},
        {"upstream_model": ""},
        {"upstream_model": "x" * 257},
        {"upstream_model": "m\r\nX: y"},
        {"api_key": ""},
        {"api_key": "k\r\nX: y"},
        {"api_key": "sch\u00fcssel"},
        {"api_key": "a key"},
        {"api_key": "k" * 2049},
        {"organization": "x" * 129},
        {"license": "a\x7f"},
        {"contact": "x" * 257},
        {"secret_field": 1},
        {"params": {"temperature": 2.1}},
        {"params": {"temperature": -0.1}},
        {"params": {"temperature": float("nan")}},
        {"params": {"top_p": 0}},
        {"params": {"top_p": 1.1}},
        {"params": {"max_tokens": 0}},
        {"params": {"max_tokens": 131_073}},
        {"params": {"stop": ["a", "b", "c", "d", "e"]}},
        {"params": {"stop": ["x" * 65]}},
        {"params": {"stop": [""]}},
        {"params": {"seed": -1}},
        {"params": {"seed": 2**31}},
        {"context_length": 0},
        {"context_length": 100_000_001},
        {"modalities": []},
        {"modalities": ["sound"]},
        {"system_prompt": ""},
        {"system_prompt": "a\x00b"},
        {"system_prompt": "x" * 8001},
        {"price": {"prompt": -1}},
        {"price": {"prompt": 1_000_001}},
        {"price": {"prompt": float("inf")}},
        {"price": {"answer": 1}},
        {"limits": {"concurrent": 0}},
        {"limits": {"concurrent": 10_001}},
        {"limits": {"requests_per_minute": 0}},
        {"limits": {"requests_per_minute": 1_000_001}},
        {"limits": {"tokens_per_minute": 0}},
        {"limits": {"tokens_per_minute": 10**9 + 1}},
        {"limits": {"tokens_per_day": 0}},
        {"limits": {"tokens_per_day": 10**13}},
        {"timeouts": {"connect": 31}},
        {"timeouts": {"first_token": 601}},
        {"timeouts": {"idle": 301}},
        {"timeouts": {"total": 1801}},
        {"timeouts": {"total": 0}},
        {"timeouts": {"idle": float("nan")}},
        {"timeouts": {"answer_chars": 99}},
        {"timeouts": {"answer_chars": 1_000_001}},
        {"contact": "a\nb"},
        {"protocol": "grpc"},
        {"weight": 0},
        {"weight": 1001},
        {"capacity": 0},
        {"capacity": 10_001},
        {"endpoints": [{}]},
        {"endpoints": [{"base_url": "https://a.example", "name": "x"}]},
        {"endpoints": [{"base_url": "https://a.example"}] * 17},
        {"name": "org/pause"},
    ],
)
def test_a_field_out_of_its_bounds_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        entry(**fields)


def test_modalities_are_said_once_and_in_order() -> None:
    assert entry(modalities=["image", "text"]).modalities == ("text", "image")
    assert entry(modalities=["text", "text"]).modalities == ("text",)


def test_the_protocols_that_are_taken_are_those_that_are_spoken() -> None:
    assert set(Protocol.__args__) == set(PROTOCOLS)  # type: ignore[attr-defined]


def test_no_key_is_shown_when_an_entry_is_printed() -> None:
    ends = [{"base_url": "https://a.example", "api_key": "sesame"}]
    assert "sesame" not in repr(entry(api_key="sesame", endpoints=ends))


# RFC 7396


@pytest.mark.parametrize(
    ("old", "patch", "new"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_does_what_the_examples_of_its_standard_say(
    old: dict[str, Any], patch: dict[str, Any], new: dict[str, Any]
) -> None:
    assert merge(old, patch) == new


@given(OBJECT, OBJECT)
def test_a_merge_made_twice_is_made_once_and_changes_nothing_it_was_given(
    old: dict[str, Any], patch: dict[str, Any]
) -> None:
    before = repr((old, patch))
    once = merge(old, patch)
    assert merge(once, patch) == once
    assert repr((old, patch)) == before


def test_an_empty_change_is_the_same_entry() -> None:
    whole = entry(api_key="k", endpoints=[{"base_url": "https://a.example", "api_key": "l"}])
    assert merged(whole, Changes()) == whole.whole()


@pytest.mark.parametrize("field", sorted(Entry.model_fields.keys() - {"name"}))
def test_every_field_but_the_name_can_be_changed(field: str) -> None:
    assert field in Changes.model_fields


def test_only_what_is_verified_of_an_endpoint_is_an_address() -> None:
    plain = addresses(entry())
    assert addresses(entry(weight=2, license="MIT")) == plain
    for change in ({"capacity": 2}, {"api_key": "k"}, {"protocol": "responses"}):
        assert addresses(entry(**change)) != plain


def test_differences_name_what_changed_and_never_a_secret() -> None:
    ends = [{"base_url": "https://a.example", "api_key": "sesame-1"}]
    other = [{"base_url": "https://a.example", "api_key": "sesame-2"}]
    told = differences(
        told_of(entry(api_key="sesame-3", endpoints=ends)),
        told_of(entry(license="MIT", endpoints=other)),
    )
    assert told == {"api_key": "cleared", "license": [None, "MIT"], "endpoints": "changed"}
