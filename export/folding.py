"""Folding: one plain spelling for full-width, Arabic, Indic and invisible ways to write a number.

Detectors read folded text only, so each rule is written once, for ASCII digits and separators.
Every fold is one code point to one code point, or to nothing; `Folded.span` finds the way back.
"""

import re
from dataclasses import dataclass

ZEROS = (
    *(0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66),
    *(0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x17E0, 0x1810),
    *(0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6),
)
DIGITS = {zero + value: 0x30 + value for zero in ZEROS for value in range(10)}
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
SPACES = dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000), 0x20)
# The em dash stays: it stands between words, not inside a number.
HYPHENS = dict.fromkeys((*range(0x2010, 0x2014), 0x2212, 0xFE58, 0xFE63), 0x2D)
SMALL = {0xFE52: 0x2E, 0xFE55: 0x3A, 0xFE6B: 0x40}
TABLE = DIGITS | FULL_WIDTH | SPACES | HYPHENS | SMALL

UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
INVISIBLE = re.compile(f"[{UNSEEN}]+")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
FOLDED = frozenset(map(chr, TABLE))


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and, where code points were left out, the place each one came from."""

    text: str
    places: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The same span in the text as it was written; never empty unless this one is."""
        if self.places is None or start == end:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> Folded:
    """The text in plain spelling; ASCII text is returned as it is."""
    if text.isascii():
        return Folded(text)
    foreign = "".join(BEYOND_ASCII.findall(text))
    plain = text if FOLDED.isdisjoint(foreign) else text.translate(TABLE)
    if not INVISIBLE.search(foreign):
        return Folded(plain)
    unseen = [match.span() for match in INVISIBLE.finditer(plain)]
    return Folded(INVISIBLE.sub("", plain), tuple(_kept(unseen, len(plain))))


def _kept(gaps: list[tuple[int, int]], length: int) -> list[int]:
    kept: list[int] = []
    last = 0
    for start, end in gaps:
        kept.extend(range(last, start))
        last = end
    kept.extend(range(last, length))
    return kept
