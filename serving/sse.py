"""Server-sent events out of bytes, as they arrive: any cut of the stream gives the same events."""

from dataclasses import dataclass, field

from serving.errors import Malformed

LINE_LIMIT = 256 * 1024
EVENT_LIMIT = 1024 * 1024


@dataclass(slots=True)
class SSEParser:
    """Feed it bytes, take the `data` of each finished event; comments and other fields pass unseen.

    The WHATWG rules, with bounds: a line longer than `line_limit` or an event longer than
    `event_limit` bytes raises Malformed, so that a stream without line ends cannot fill the memory.
    """

    line_limit: int = LINE_LIMIT
    event_limit: int = EVENT_LIMIT
    _rest: bytes = field(default=b"", init=False)
    _data: list[bytes] = field(default_factory=list, init=False)
    _size: int = field(default=0, init=False)
    _at_start: bool = field(default=True, init=False)
    _after_return: bool = field(default=False, init=False)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of every event this chunk completes, in order."""
        if self._after_return and chunk:
            # A CR ended its line at once; an LF that follows it belongs to the same end.
            chunk, self._after_return = chunk.removeprefix(b"\n"), False
        if b"\r" in chunk:
            self._after_return = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        text = self._rest + chunk if self._rest else chunk
        if self._at_start:
            text = self._without_mark(text)
        *lines, self._rest = text.split(b"\n")
        if len(self._rest) > self.line_limit:
            raise Malformed(f"a line of the stream is longer than {self.line_limit} bytes")
        events: list[bytes] = []
        for line in lines:
            self._take(line, events)
        return events

    def _without_mark(self, text: bytes) -> bytes:
        """A byte order mark may open the stream; it is not part of the first line."""
        mark = b"\xef\xbb\xbf"
        if len(text) >= len(mark) or not mark.startswith(text):
            self._at_start = False
        return text.removeprefix(mark) if not self._at_start else text

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if not line:
            if self._data:
                events.append(b"\n".join(self._data))
                self._data, self._size = [], 0
            return
        if len(line) > self.line_limit:
            raise Malformed(f"a line of the stream is longer than {self.line_limit} bytes")
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
        elif line == b"data":
            value = b""
        else:
            return
        self._size += len(value) + 1
        if self._size > self.event_limit:
            raise Malformed(f"an event of the stream is longer than {self.event_limit} bytes")
        self._data.append(value)
