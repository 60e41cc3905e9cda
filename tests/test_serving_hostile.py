"""Upstreams that do not even speak HTTP well: whatever the bytes, a typed error or an end, soon."""

import gzip
import tracemalloc
from dataclasses import replace

import pytest

from serving.chat import Message
from serving.errors import TimedOut, UpstreamRefused
from serving.gateway import open_gateway
from serving.patience import Patience
from tests.echo_fixture import LOOPBACK, ask
from tests.raw_upstream import (
    CHUNKED,
    DONE,
    FINISH,
    GOOD,
    HEAD,
    KEY,
    SHORT,
    Ending,
    RawUpstream,
    told,
)

MEGABYTE = 1_000_000
# What one stream may hold, and what the sockets' buffers take besides.
HELD = 8 * MEGABYTE
BUFFERED = 16 * MEGABYTE
STATUS = b"HTTP/1.1 200 OK\r\n"
THINKING = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}\n\n'
TOOL_CALL = b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0}]}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


RAW = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Type: text/ev",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP of the year 1991": b"<h1>It works!</h1>" + GOOD + FINISH,
    "a strange status": b"HTTP/1.1 999 Odd\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    "continue without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "a redirect to itself": b"HTTP/1.1 307 T\r\nLocation: /v1/chat/completions\r\n\r\n",
    "a refusal without a word": b"HTTP/1.1 500 No\r\n\r\n",
    "a refusal that looks like an answer": HEAD.replace(b"200 OK", b"503 No")
    + b"\r\n"
    + GOOD
    + FINISH,
    "a redirect that looks like an answer": HEAD.replace(b"200 OK", b"302 No")
    + b"Location: /v1\r\n\r\n"
    + GOOD
    + FINISH,
    "a wait beyond all dates": b"HTTP/1.1 429 T\r\nRetry-After: 1 Jan 2024 00:00:00 +"
    + b"9" * 40
    + b"\r\n\r\n",
    "a head of a megabyte": HEAD + b"X-A: b\r\n" * 130_000 + b"\r\n" + GOOD + FINISH,
    "ten thousand headers": HEAD + b"X-A: b\r\n" * 10_000 + b"\r\n" + GOOD + FINISH,
    "two hundred headers": HEAD + b"X-A: b\r\n" * 200 + b"\r\n" + GOOD + FINISH,
    "a header of ten kilobytes": HEAD + b"X-A: " + b"b" * 10_000 + b"\r\n\r\n" + GOOD + FINISH,
    "a header's name of a megabyte": HEAD + b"X" * MEGABYTE + b": b\r\n\r\n" + GOOD + FINISH,
    "a status of ten kilobytes": b"HTTP/1.1 200 " + b"O" * 10_000 + HEAD[15:] + b"\r\n" + GOOD,
    "a header with a null": HEAD + b"X-A: \x00\r\n\r\n" + GOOD + FINISH,
    "a folded header": HEAD + b"X-A: b\r\n c\r\n" * 200 + b"\r\n" + GOOD + FINISH,
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\nhello",
    "a length and chunks": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length too large": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n" + GOOD,
    "a length too short": HEAD + b"Content-Length: 60\r\n\r\n" + GOOD + FINISH,
    "a length of nothing": HEAD + b"Content-Length: 0\r\n\r\n" + GOOD + FINISH,
    "a bad chunk size": CHUNKED + b"zz\r\n" + GOOD,
    "a chunk size without end": CHUNKED + b"0" * 100_000,
    "a chunk cut short": CHUNKED + b"ffff\r\n" + GOOD,
    "no end of the chunks": CHUNKED + chunk(GOOD),
    "a null in the chunks": CHUNKED + chunk(GOOD) + b"\x00" + chunk(FINISH),
    "an unknown encoding": HEAD + b"Content-Encoding: br\r\n\r\n" + GOOD + FINISH,
    "a gzip that was not asked for": HEAD
    + b"Content-Encoding: gzip\r\n\r\n"
    + gzip.compress(GOOD + FINISH),
    "a gzip that is not said": HEAD + b"\r\n" + gzip.compress(GOOD + FINISH),
    "a gzip of the transfer": HEAD
    + b"Transfer-Encoding: gzip, chunked\r\n\r\n"
    + chunk(gzip.compress(b"a" * 10 * MEGABYTE))
    + chunk(b""),
    "an unknown charset": HEAD.replace(b"stream\r", b"stream; charset=klingon\r") + b"\r\n" + GOOD,
    "no content type": STATUS + b"\r\n" + GOOD + FINISH,
    "JSON": STATUS + b"Content-Type: application/json\r\n\r\n" + GOOD + FINISH,
    "plain text": STATUS + b"Content-Type: text/plain\r\n\r\n" + GOOD + FINISH,
    "a content type of nonsense": STATUS + b"Content-Type: \xff;;=\r\n\r\n" + GOOD + FINISH,
    "zeros": b"\x00" * 10_000,
    "zeros for events": HEAD + b"\r\n" + b"\x00" * 10_000,
    "only tool calls": HEAD + b"\r\n" + TOOL_CALL * 3 + DONE,
    "only reasoning": HEAD + b"\r\n" + THINKING * 3 + DONE,
    "only usage": HEAD + b"\r\n" + USAGE + DONE,
    "no final event": HEAD + b"\r\n" + GOOD,
    "only the end": HEAD + b"\r\n" + DONE,
    "garbage first": HEAD + b"\r\n" + b"data: \xff\xff\n\n" + GOOD + FINISH,
    "deep JSON": HEAD + b"\r\ndata: " + b'{"choices":' + b"[" * 50_000 + b"\n\n",
    "deep JSON that ends": HEAD + b"\r\ndata: " + b"[" * 2_000 + b"]" * 2_000 + b"\n\n",
    "not a number": HEAD + b'\r\ndata: {"choices":[{"index":NaN,"delta":{"content":"hi"}}]}\n\n',
    "a number beyond all": HEAD
    + b'\r\ndata: {"created":1'
    + b"0" * 400
    + b',"choices":[]}\n\n'
    + GOOD
    + FINISH,
    "half a surrogate pair": HEAD
    + b'\r\ndata: {"choices":[{"delta":{"content":"\\ud800"}}]}\n\n'
    + FINISH,
}
# Odd, and yet an answer.
ANSWERS = {
    "duplicated keys": b'data: {"choices":[],"choices":[{"delta":{"content":"hi"}}]}\n\n' + FINISH,
    "huge numbers": b'data: {"created":1'
    + b"0" * 300
    + b',"choices":[{"delta":{"content":"hi"}}],"usage":{"prompt_tokens":1e308,'
    + b'"completion_tokens":-9}}\n\n'
    + FINISH,
    "nulls": GOOD.replace(b"hi", b"h\\u0000i") + FINISH,
    "reasoning first": THINKING + GOOD + FINISH,
    "tool calls besides": TOOL_CALL + GOOD + TOOL_CALL + FINISH,
    "usage first": USAGE + GOOD + FINISH,
    "empty choices": b'data: {"choices":[]}\n\n' * 3 + GOOD + FINISH,
    "another choice": GOOD.replace(b":0", b":1") + GOOD + FINISH,
    "comments and other fields": b": x\nevent: y\nid: \x00\nretry: z\n\n" + GOOD + b":\n" + FINISH,
    "carriage returns": (GOOD + FINISH).replace(b"\n", b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD + FINISH,
}
# Said once and then repeated for as long as somebody listens.
FLOODS = {
    "a status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (HEAD, b"X-A: b\r\n"),
    "a header": (HEAD + b"X-A: ", b"b"),
    "a header's name": (HEAD, b"X"),
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "a refusal": (b"HTTP/1.1 500 No\r\n\r\n", b"a"),
    "a line": (HEAD + b"\r\ndata: ", b"a"),
    "a line after text": (HEAD + b"\r\n" + GOOD + b"data: ", b"a"),
    "an event": (HEAD + b"\r\n", b"data: a\n"),
    "empty lines of data": (HEAD + b"\r\n", b"data\n"),
    "comments": (HEAD + b"\r\n", b": a\n"),
    "blank lines": (HEAD + b"\r\n", b"\n"),
    "empty choices": (HEAD + b"\r\n", b'data: {"choices":[]}\n\n'),
    "reasoning": (HEAD + b"\r\n", THINKING),
    "tool calls": (HEAD + b"\r\n", TOOL_CALL),
    "usage after the finish": (HEAD + b"\r\n" + GOOD + FINISH, USAGE),
    "text after the finish": (HEAD + b"\r\n" + GOOD + FINISH, GOOD),
    "a line after the finish": (HEAD + b"\r\n" + GOOD + FINISH, b"a"),
    "a chunk's size": (CHUNKED, b"0"),
    "a chunk's extension": (CHUNKED + b"1;", b"a"),
    "chunks' extensions": (CHUNKED, b"1;" + b"a" * 4000 + b"\r\n:\r\n"),
    "chunks of a byte": (CHUNKED, b"1\r\n:\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"X-A: b\r\n"),
    "a trailer": (CHUNKED + b"0\r\nX-A: ", b"b"),
    "trailers after the finish": (CHUNKED + chunk(GOOD + FINISH) + b"0\r\n", b"X-A: b\r\n"),
}


def body(stream: bytes, ending: Ending = "close") -> RawUpstream:
    return RawUpstream([HEAD + b"\r\n" + stream], ending=ending)


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
async def test_bad_http_is_a_typed_error(raw: bytes) -> None:
    assert (await told(RawUpstream([raw]))).error


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW.keys())
async def test_what_is_logged_of_it_is_short_and_without_our_key(raw: bytes) -> None:
    logged = str((await told(RawUpstream([raw]))).error)
    assert KEY not in logged and len(logged) < 10_000


@pytest.mark.parametrize("ending", ["reset", "stay"])
@pytest.mark.parametrize(
    "name",
    ["nothing", "half a head", "a refusal without a word", "a chunk cut short", "no final event"],
)
async def test_bad_http_and_then_a_cut_or_silence_is_a_typed_error(
    name: str, ending: Ending
) -> None:
    assert (await told(RawUpstream([RAW[name]], ending=ending))).error


@pytest.mark.parametrize("stream", ANSWERS.values(), ids=ANSWERS.keys())
async def test_an_odd_answer_is_an_answer(stream: bytes) -> None:
    assert str(await told(body(stream))) == "text: hi"


@pytest.mark.parametrize("end", [b"", DONE, b"data: [DONE]", b"\n", b": bye"])
async def test_a_stream_that_ends_with_the_connection_is_good(end: bytes) -> None:
    assert str(await told(body(GOOD + FINISH + end))) == "text: hi"


@pytest.mark.parametrize("garbage", [b"data: {oops\n\n", b"\xff\n\n", b"data: 5\n\n", b"a" * 9000])
async def test_garbage_after_the_finish_harms_no_answer(garbage: bytes) -> None:
    upstream = RawUpstream([HEAD + b"\r\n" + GOOD + FINISH, garbage], pause=0.02)
    assert str(await told(upstream)) == "text: hi"


@pytest.mark.parametrize("ending", ["close", "reset", "stay"])
async def test_a_cut_after_the_finish_harms_no_answer(ending: Ending) -> None:
    upstream = RawUpstream([HEAD + b"\r\n" + GOOD + FINISH], pause=0.02, ending=ending)
    assert str(await told(upstream)) == "text: hi"


async def test_an_answer_in_drops_is_an_answer() -> None:
    stream = HEAD + b"\r\n" + GOOD + FINISH
    drops = [stream[place : place + 3] for place in range(0, len(stream), 3)]
    patience = replace(SHORT, first_token=2.0, total=2.0)
    assert str(await told(RawUpstream(drops), patience)) == "text: hi"


LONG = Patience(connect=9, first_token=9, idle=9, total=9, tail=9)
DEADLINES = {
    "first-token": ([HEAD + b"\r\n"], replace(LONG, first_token=0.2)),
    "idle": ([HEAD + b"\r\n" + GOOD], replace(LONG, idle=0.2)),
    "total": ([HEAD + b"\r\n", *[GOOD] * 500], replace(LONG, total=0.4)),
}


@pytest.mark.parametrize("phase", DEADLINES)
async def test_each_deadline_holds_by_itself(phase: str) -> None:
    pieces, patience = DEADLINES[phase]
    seen = await told(RawUpstream(pieces, pause=0.02, ending="stay"), patience)
    assert isinstance(seen.error, TimedOut) and seen.error.phase == phase


async def test_the_whole_ends_one_who_says_nothing_though_the_first_token_may_take_longer() -> None:
    seen = await told(RawUpstream([], ending="stay"), replace(LONG, total=0.3))
    assert isinstance(seen.error, TimedOut)


async def test_a_refusal_is_told_though_its_words_never_come() -> None:
    seen = await told(RawUpstream([b"HTTP/1.1 500 No\r\n\r\n"], ending="stay"), LONG)
    assert isinstance(seen.error, UpstreamRefused) and seen.error.status == 500


async def test_a_connection_is_used_again_where_all_of_the_body_came_and_only_there() -> None:
    whole = CHUNKED + chunk(GOOD + FINISH + DONE) + chunk(b"")
    rest = CHUNKED + chunk(GOOD + FINISH + DONE) + b"400\r\n: more"
    assert await connections(RawUpstream([whole], ending="again")) == 1
    assert await connections(RawUpstream([rest], ending="again")) == 3


async def connections(upstream: RawUpstream) -> int:
    """How many it took for three answers, one after the other."""
    async with upstream.running() as target, open_gateway(LOOPBACK, SHORT) as gateway:
        for _ in range(3):
            text, _ = await ask(gateway, target, [Message("user", "hi")])
            assert text == "hi"
    return len(upstream.gone)


async def test_what_follows_the_finish_is_not_waited_for_long() -> None:
    slow = RawUpstream([HEAD + b"\r\n" + GOOD + FINISH], ending="stay")
    assert str(await told(slow, replace(LONG, tail=0.1))) == "text: hi"


async def test_drops_without_an_end_time_out() -> None:
    drops = RawUpstream([HEAD + b"\r\ndata: ", *[b"a"] * 1000], pause=0.01)
    assert str(await told(drops)) == "TimedOut"


@pytest.mark.parametrize(("first", "again"), FLOODS.values(), ids=FLOODS.keys())
async def test_a_flood_ends_soon_and_fills_no_memory(first: bytes, again: bytes) -> None:
    flood = RawUpstream([first], again=again * (65536 // len(again)))
    tracemalloc.start()
    try:
        seen = await told(flood)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen.error or seen.text == "hi"
    assert held < HELD


@pytest.mark.parametrize("name", ["a line", "an event", "comments", "empty choices", "reasoning"])
async def test_no_more_of_a_body_is_taken_than_the_bound(name: str) -> None:
    first, again = FLOODS[name]
    flood = RawUpstream([first], again=again * (65536 // len(again)))
    assert str(await told(flood)) == "Malformed"
    assert flood.sent < BUFFERED


async def test_an_answer_of_a_hundred_megabytes_is_cut_at_the_bound() -> None:
    said = GOOD.replace(b"hi", b"hi" * 10_000)
    seen = await told(
        RawUpstream([HEAD + b"\r\n", *[said] * 5_000]), replace(SHORT, answer_chars=50_000)
    )
    assert seen.end and (len(seen.text), seen.end.finish_reason) == (50_000, "length")


async def test_a_line_of_a_hundred_megabytes_is_malformed() -> None:
    long = RawUpstream([HEAD + b"\r\ndata: ", *[b"a" * MEGABYTE] * 100, b"\n\n"])
    patience = replace(SHORT, stream_bytes=200 * MEGABYTE)
    assert str(await told(long, patience)) == "Malformed"
    assert long.sent < BUFFERED
