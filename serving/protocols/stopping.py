"""Stop sequences for a protocol that has none: the answer is cut where one begins."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.reading import Read, Reading


@dataclass(slots=True)
class Stopping:
    """Reads as `inner` does and ends before the first of `stops`; closing the stream is left to us.

    What may yet become a stop is held back until the next piece shows that it does not.
    """

    inner: Read
    stops: Sequence[str]
    held: str = ""

    def read(self, data: bytes) -> Reading:
        reading = self.inner(data)
        if not reading.text and reading.finish is None:
            return reading
        text = self.held + reading.text
        found = [(at + len(stop), at) for stop in self.stops if (at := text.find(stop)) >= 0]
        if found:
            _, place = min(found)  # the one that is complete first, as if read letter by letter
            return Reading(text[:place], True, "stop", done=True)
        keep = 0 if reading.finish else max(begun(text, stop) for stop in self.stops)
        self.held = text[len(text) - keep :]
        return reading._replace(text=text[: len(text) - keep])


def begun(text: str, stop: str) -> int:
    """How many of the stop's first characters the text ends with."""
    longest = min(len(stop) - 1, len(text))
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
