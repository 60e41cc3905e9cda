"""Upstreams made by chance: whatever they send, however they end, an answer or our error."""

from dataclasses import replace
from itertools import pairwise

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.chat import Params
from serving.errors import GatewayError
from serving.protocols import PROTOCOLS
from serving.reading import Reading
from serving.sse import SSEParser
from tests.raw_upstream import CHUNKED, DONE, FINISH, GOOD, HEAD, SHORT, Ending, RawUpstream, told

EXAMPLES = settings(max_examples=60, suppress_health_check=list(HealthCheck))
ENDINGS = st.sampled_from(["close", "reset", "close", "reset", "close", "stay"])
HEADS = st.sampled_from(
    [HEAD + b"\r\n", CHUNKED, HEAD, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n", b""]
) | st.binary(max_size=40)
STREAMED = st.sampled_from(
    [GOOD, FINISH, DONE, b"data: ", b"\n", b"\r\n", b"\r", b": x\n", b"{}", b"\x00", b"\xff\xfe"]
)
EVENTS = st.sampled_from(
    [b"data: {}\n\n", b'data: {"error":{}}\n\n', b'data: {"choices":[{"delta":null}]}\n\n']
)
FRAMES = st.sampled_from(
    [b"0\r\n\r\n", b"5\r\nhello\r\n", b"fffffff\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
FIELDS = st.sampled_from(
    [b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n"]
)
PIECES = STREAMED | EVENTS | FRAMES | FIELDS | st.binary(max_size=30)
OF_OPENAI = ["choices", "delta", "content", "index", "finish_reason", "usage", "error", "code"]
OF_OTHERS = ["type", "message", "response", "text", "item", "output", "stop_reason", "status"]
COUNTS = ["prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"]
NAMES = st.sampled_from(OF_OPENAI) | st.sampled_from(OF_OTHERS) | st.sampled_from(COUNTS)
ANTHROPIC = ["message_start", "content_block_delta", "message_delta", "message_stop", "error"]
RESPONSES = ["response.output_text.delta", "response.completed", "response.incomplete"]
TYPES = st.sampled_from(ANTHROPIC) | st.sampled_from(RESPONSES) | st.just("")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@EXAMPLES
@given(HEADS, st.lists(PIECES, max_size=12), ENDINGS)
async def test_any_upstream_ends_in_an_answer_or_in_a_typed_error(
    head: bytes, pieces: list[bytes], ending: Ending
) -> None:
    seen = await told(RawUpstream([head, *pieces], ending=ending))
    assert (seen.end is None) != (seen.error is None)


@EXAMPLES
@given(st.lists(st.text(max_size=20), max_size=6), st.lists(st.integers(0, 2000), max_size=5))
async def test_any_answer_arrives_whole_however_it_is_cut(
    texts: list[str], places: list[int]
) -> None:
    said = [orjson.dumps({"choices": [{"delta": {"content": text}}]}) for text in texts]
    stream = b"".join(b"data: " + event + b"\n\n" for event in said) + FINISH + DONE
    edges = [0, *sorted(place % len(stream) for place in places), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    framed = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece]
    patience = replace(SHORT, first_token=2.0, idle=2.0, total=2.5)
    seen = await told(RawUpstream([CHUNKED, *framed, b"0\r\n\r\n"]), patience)
    assert seen.end and seen.text == "".join(texts).replace("\x00", "")


@given(st.sampled_from(sorted(PROTOCOLS)), st.lists(st.tuples(TYPES, JSON), max_size=5))
def test_any_events_of_any_protocol_are_read_or_refused_in_our_words(
    protocol: str, events: list[tuple[str, object]]
) -> None:
    read = PROTOCOLS[protocol].reader(Params(stop=("x",)))
    for kind, payload in events:
        event = payload | {"type": kind} if isinstance(payload, dict) and kind else payload
        try:
            assert isinstance(read(orjson.dumps(event)), Reading)
        except GatewayError:
            return


@given(st.sampled_from(sorted(PROTOCOLS)), st.lists(PIECES, max_size=9))
def test_any_bytes_are_read_or_refused_in_our_words(protocol: str, pieces: list[bytes]) -> None:
    parser, read = SSEParser(), PROTOCOLS[protocol].reader(Params())
    try:
        for piece in pieces:
            for event in parser.feed(piece):
                assert isinstance(read(event), Reading)
    except GatewayError:
        return
