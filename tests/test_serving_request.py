"""The request as it goes out, and what a refusal's header says."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serving.chat import Message, Params
from serving.request import (
    RETRY_AFTER_LIMIT,
    address,
    authorised,
    listing_url,
    request_body,
    retry_after,
)
from serving.target import Route


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("https://a.example", "https://a.example/v1/models"),
        ("https://a.example/", "https://a.example/v1/models"),
        ("https://a.example/v1", "https://a.example/v1/models"),
        ("https://a.example/v1/", "https://a.example/v1/models"),
        ("https://a.example/api/v3", "https://a.example/api/v3/models"),
        ("http://[::1]:8000", "http://[::1]:8000/v1/models"),
    ],
)
def test_a_bare_host_is_given_v1_and_a_path_is_kept(base_url: str, url: str) -> None:
    assert address(base_url, "models") == url


@pytest.mark.parametrize(
    ("protocol", "url"),
    [
        ("openai", "https://a.example/v1/models"),
        ("anthropic", "https://a.example/v1/models?limit=1000"),
        ("responses", "https://a.example/v1/models"),
    ],
)
def test_the_listing_is_asked_for_as_the_protocol_has_it(protocol: str, url: str) -> None:
    assert listing_url(Route("https://a.example", "m", protocol=protocol)) == url


def test_the_body_is_the_protocols() -> None:
    said, params = (Message("user", "half \ud83c"),), Params(max_tokens=3)
    plain = orjson.loads(request_body(Route("https://a", "m"), said, params))
    assert plain["messages"] == [{"role": "user", "content": "half \ufffd"}]
    other = Route("https://a", "m", protocol="responses")
    assert orjson.loads(request_body(other, said, params))["max_output_tokens"] == 3


def test_only_a_route_with_a_key_sends_one() -> None:
    assert "Authorization" not in authorised(Route("https://a", "m"))
    assert authorised(Route("https://a", "m", "k"))["Authorization"] == "Bearer k"
    anthropic = authorised(Route("https://a", "m", "k", protocol="anthropic"))
    assert anthropic["x-api-key"] == "k"
    assert "Authorization" not in anthropic
    assert anthropic["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("1e99", RETRY_AFTER_LIMIT),
        ("inf", RETRY_AFTER_LIMIT),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_nothing(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


@given(st.text(max_size=40) | st.integers().map("Mon, 01 Jan 2024 00:00:00 +{}".format))
@example("Mon, 01 Jan 2024 00:00:00 +99999999999999999999999999999")
def test_any_retry_after_is_bounded_or_nothing(value: str) -> None:
    found = retry_after(value)
    assert found is None or 0 <= found <= RETRY_AFTER_LIMIT


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    found = retry_after(date)
    assert found is not None
    assert 55 < found <= 60
