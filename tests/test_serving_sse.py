"""Any cut of a stream gives the same events, and no stream fills the memory."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import Malformed
from serving.sse import SSEParser

LINES = st.sampled_from(
    [
        "data: {}",
        "data:{}",
        "data: naïve — 你好 🎉",
        "data",
        "data:",
        "data:  two spaces",
        ": a comment",
        "event: delta",
        "id: 7",
        "retry: 10",
        "nonsense",
        "",
        "",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces; pieces may be empty."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def events(pieces: list[bytes], **limits: int) -> list[bytes]:
    parser = SSEParser(**limits)
    return [event for piece in pieces for event in parser.feed(piece)]


def by_the_book(text: str) -> list[bytes]:
    """The rules of the standard, read over the whole text at once: our second implementation."""
    found: list[str] = []
    data: list[str] = []
    for line in (
        text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    ):
        name, _, value = line.partition(":")
        if not line:
            found += ["\n".join(data)] if data else []
            data = []
        elif name == "data":
            data.append(value.removeprefix(" "))
    return [event.encode() for event in found]


@given(st.lists(st.tuples(LINES, ENDS)), st.lists(st.integers(0, 10_000)), st.booleans())
def test_any_cut_of_a_stream_gives_the_events_of_the_standard(
    lines: list[tuple[str, str]], places: list[int], mark: bool
) -> None:
    text = "\ufeff" * mark + "".join(line + end for line, end in lines)
    assert events(cut(text.encode(), places)) == by_the_book(text)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400)))
def test_any_bytes_at_all_give_the_same_events_however_they_are_cut(
    stream: bytes, places: list[int]
) -> None:
    assert events(cut(stream, places)) == events([stream])


def test_lines_of_data_in_one_event_are_joined() -> None:
    assert events([b"data: a\ndata: b\n\n"]) == [b"a\nb"]


def test_a_carriage_return_ends_a_line_at_once() -> None:
    parser = SSEParser()
    assert parser.feed(b"data: a\r\r") == [b"a"]
    assert parser.feed(b"\ndata: b\r") == [] and parser.feed(b"") == []
    assert parser.feed(b"\n\r\n") == [b"b"]


def test_an_event_without_its_blank_line_is_not_an_event() -> None:
    assert events([b"data: a\n"]) == []


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_line_that_does_not_end_is_refused_before_it_fills_the_memory(size: int) -> None:
    pieces = [b"a" * size] * (5000 // size + 2)
    with pytest.raises(Malformed, match="longer than 4096"):
        events(pieces, line_limit=4096)


def test_a_line_too_long_is_refused_even_if_it_comes_whole() -> None:
    with pytest.raises(Malformed, match="line"):
        events([b"data: " + b"a" * 5000 + b"\n\n"], line_limit=4096)


@given(st.lists(st.binary(max_size=200)))
def test_no_stream_is_held_beyond_the_bounds(pieces: list[bytes]) -> None:
    parser = SSEParser(line_limit=50, event_limit=80)
    with suppress(Malformed):
        for piece in pieces:
            assert all(len(event) <= 80 for event in parser.feed(piece))
            assert len(parser._rest) <= 50 and sum(map(len, parser._data)) <= 80


def test_lines_that_are_no_data_are_bounded_too() -> None:
    with pytest.raises(Malformed, match="line"):
        events([b": " + b"a" * 5000 + b"\n\n"], line_limit=4096)


def test_empty_lines_of_data_count_for_the_event() -> None:
    with pytest.raises(Malformed, match="event"):
        events([b"data\n"] * 101, event_limit=100)


def test_an_event_of_too_many_lines_is_refused() -> None:
    with pytest.raises(Malformed, match="event"):
        events([b"data: aaaa\n"] * 100, event_limit=100)
