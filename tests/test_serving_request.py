"""The request as it goes out, and what a refusal's header says."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from serving.chat import Message, Params
from serving.request import RETRY_AFTER_LIMIT, address, authorised, request_body, retry_after
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


def test_the_body_holds_what_is_set_and_nothing_else() -> None:
    said = (Message("system", "Be brief."), Message("user", "Hi"))
    body = orjson.loads(request_body(Route("https://a", "m"), said, Params(temperature=0.0)))
    assert body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
    }


def test_only_a_route_with_a_key_sends_one() -> None:
    assert "Authorization" not in authorised(Route("https://a", "m"))
    assert authorised(Route("https://a", "m", "k"))["Authorization"] == "Bearer k"


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


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    found = retry_after(date)
    assert found is not None
    assert 55 < found <= 60
