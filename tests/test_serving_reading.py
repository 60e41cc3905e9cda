"""What all readers of events share: objects, texts, counts, told errors."""

import pytest

from serving.chat import Message, Usage
from serving.errors import GatewayError, Malformed, UpstreamBroke, UpstreamRefused
from serving.reading import NOTHING, Reading, counted, estimate, parsed, part, said, told_error


def test_null_characters_are_taken_out() -> None:
    assert said({"text": "a\x00b"}, "text") == Reading("ab", True)
    assert said({"text": "\x00"}, "text") == NOTHING


@pytest.mark.parametrize("within", [{}, {"text": None}, {"text": ""}])
def test_no_text_is_no_sign_of_life(within: dict[str, str]) -> None:
    assert said(within, "text") == NOTHING


@pytest.mark.parametrize("text", [5, 0, False, [], {}, ["a"]])
def test_a_text_that_is_none_is_malformed(text: object) -> None:
    with pytest.raises(Malformed, match="`text` is not a string"):
        said({"text": text}, "text")


@pytest.mark.parametrize("data", [b"{", b"", b"null", b"[]", b'"text"', b'{"a":' * 2000])
def test_what_is_no_object_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parsed(data)


def test_a_part_is_an_object_or_missing() -> None:
    assert part({"a": {"b": 1}}, "a") == {"b": 1}
    assert part({"a": None}, "a") == {}
    with pytest.raises(Malformed, match="`a` is not an object"):
        part({"a": []}, "a")


@pytest.mark.parametrize("count", [-1, True, "5", None, 2**40, 1.5])
def test_implausible_counts_are_none(count: object) -> None:
    assert counted(3, count) is None
    assert counted(count, 3) is None
    assert counted(3, 5) == Usage(3, 5, "upstream")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("overloaded_error", UpstreamRefused),
        ("rate_limit_exceeded", UpstreamRefused),
        ("server_error", UpstreamBroke),
        (None, UpstreamBroke),
        ([], UpstreamBroke),
    ],
)
def test_a_told_error_has_the_status_it_would_have_had(
    kind: object, error: type[GatewayError]
) -> None:
    assert type(told_error(kind, b"{}")) is error


def test_an_estimate_says_that_it_is_one() -> None:
    assert estimate((Message("user", "12345"),), 8) == Usage(2, 2, "estimate")
