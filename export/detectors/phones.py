"""Telephone numbers: where one may stand in a text, and what around it makes it one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from export.detectors.context import Said, said_before
from export.detectors.numbering import is_international, is_national, is_trunked

ISLAND = re.compile(r"[0-9](?:[ .\-/()]{0,3}[0-9]){6,}+")
BEFORE = re.compile(r"(?:(?<![\w+])(?<![0-9][.:/\-])(?<![A-Za-z_][\-_/.])[+(]{0,2})\Z", re.ASCII)
STARTS = re.compile(r"(?:(?<=[ /])|\A)[+(]{0,2}[0-9]")
# In a long row of numbers only what looks like the beginning of a telephone number is tried.
ZEROS = re.compile(r"(?:(?<=[ /])|\A)(?:\(?\+[0-9]|\(?0[1-9][0-9])")
ENDS = re.compile(r"[0-9]+")
LAST = re.compile(r"[ .\-/()]*[0-9]+\Z")
EXTENSION = re.compile(
    r",? ?(?:x|ext\.?|extension|durchwahl|poste|доб\.?|内线|転) ?[0-9]{1,6}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
LEAST, MOST, GROUPS = 7, 15, 8

NORTH_AMERICA = re.compile(
    r"(?:1[ .\-])?(?:\([2-9][0-9]{2}\)[ \-]?|[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}"
)
BRAZIL = re.compile(r"\(0?[1-9]{2}\) ?(?:9[ .]?)?[0-9]{4}[ \-][0-9]{4}")
RUSSIA = re.compile(
    r"8[ \-]?(?:\([3489][0-9]{2}\)|[3489][0-9]{2})[ \-][0-9]{3}([ \-]?)[0-9]{2}\1[0-9]{2}"
)
CHINA = re.compile(r"1[3-9][0-9]([ \-])[0-9]{4}\1[0-9]{4}")
SPAIN = re.compile(r"[67][0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}")
SHAPES = (NORTH_AMERICA, BRAZIL, RUSSIA, CHINA, SPAIN)
BARE_CHINA = re.compile(r"1[3-9][0-9]{9}")
HAN = re.compile(r"[\u4e00-\u9fff]")
COUNTED = re.compile(r"[0-9]+ ?[元圆个個件人万亿次条]")

DATE = re.compile(
    r"(?:[0-3]?[0-9]([.\-/])[0-3]?[0-9]\1(?:[0-9]{2}|[0-9]{4})|[0-3][0-9] [01][0-9] [12][0-9]{3}"
    r"|[12][0-9]{3}([.\-/ ]?)[01]?[0-9]\2[0-3]?[0-9])(?:[ \-/][0-9 ]{1,8})?"
)
YEARS = re.compile(r"[12][0-9]{3}(?:[ .\-/()]{1,3}[12][0-9]{3})+|[0-9]{4}-[0-9]{4}")
BOOK = re.compile(r"(?:97[89][ \-]?)?[0-9]{1,5}[ \-][0-9]{1,7}[ \-][0-9]{1,6}[ \-][0-9]")
THOUSANDS = re.compile(r"[1-9][0-9]?(?:[ .][0-9]{3})+|[1-9][0-9]{2}(?:\.[0-9]{3})+")
FRACTION = re.compile(r"\+?[0-9]+\.[0-9]+")
COUNTING = re.compile("0?123456789?0?1?2?3?4?5?")
SOCIAL = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}")
NOT_PHONES = (DATE, YEARS, BOOK, SOCIAL, THOUSANDS, FRACTION, COUNTING)


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Every telephone number in folded text."""
    for match in ISLAND.finditer(text):
        at, end = match.span()
        before = BEFORE.search(text, max(0, at - 2), at)
        extension = EXTENSION.match(text, end)
        after = "" if extension else text[end : end + 2]
        written = ("" if before is None else before[0]) + _whole(match[0], after)
        if len(written) >= LEAST:
            at = end - len(match[0]) if before is None else before.start()
            for start, stop in _in_island(written, _Place(text, at), whole=before is not None):
                extended = extension is not None and at + stop == end
                yield at + start, extension.end() if extension and extended else at + stop


def _whole(written: str, after: str) -> str:
    """Without the last group where that runs on into letters, as in `24h`, or a fraction."""
    runs_on = after[:1].isascii() and after[:1].isalnum()
    if runs_on or (after[:1] in {"_", "%", ":"} and after[1:].isdigit()):
        return LAST.sub("", written)
    return written


def _in_island(written: str, place: _Place, whole: bool) -> Iterator[tuple[int, int]]:
    """The longest numbers from left to right; an island that begins in a word is passed over."""
    if not whole and place.said is not Said.SURE:
        return
    groups = ENDS.findall(written)
    if len(groups) > 5 and all(len(group) == 2 for group in groups):
        return
    many = len(groups) > GROUPS
    done = 0
    for match in (ZEROS if many else STARTS).finditer(written):
        start = match.start()
        if start < done or (start == 0 and not whole):
            continue
        ends = islice(ENDS.finditer(written, start), GROUPS)
        stops = (end.end() for end in ends)
        for stop in reversed(
            [stop for stop in stops if written[stop : stop + 1] in {"", " ", "/"}]
        ):
            left = start + _open(written[start:stop])
            if _is_phone(written[left:stop], place):
                yield left, stop
                done = stop
                break


def _open(written: str) -> int:
    """How many signs to leave off a beginning whose parenthesis closes only after the number."""
    return 1 if written.startswith("(") and ")" not in written else 0


def _is_phone(written: str, place: _Place) -> bool:
    digits = re.sub(r"[^0-9]", "", written)
    if not LEAST <= len(digits) <= MOST or written.count("(") != written.count(")"):
        return False
    if any(shape.fullmatch(written) for shape in NOT_PHONES) or len(set(digits)) < 3:
        return False
    if "+" in written or digits.startswith("00"):
        return is_international(written, digits) or place.said is Said.SURE
    if place.said is Said.SURE or (place.said is Said.PERHAPS and is_national(digits)):
        return not (written == digits and digits.endswith("000") and len(digits) < 10)
    return place.said is not Said.OTHER and _is_shaped(written, digits, place)


def _is_shaped(written: str, digits: str, place: _Place) -> bool:
    """Written as telephone numbers are and hardly anything else is."""
    if any(shape.fullmatch(written) for shape in SHAPES) or is_trunked(written, digits):
        return True
    return BARE_CHINA.fullmatch(written) is not None and place.in_chinese


@dataclass(frozen=True)
class _Place:
    """Where in a text an island begins, and what the text around it tells; asked when needed."""

    text: str
    at: int

    @cached_property
    def said(self) -> Said | None:
        return said_before(self.text, self.at)

    @cached_property
    def in_chinese(self) -> bool:
        """In Chinese, and no number of yuan, pieces or people."""
        near = HAN.search(self.text, max(0, self.at - 30), self.at + 40)
        return near is not None and COUNTED.match(self.text, self.at) is None
