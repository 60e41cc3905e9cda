"""E-mail addresses: plain, percent-encoded, and spelt out with `at` and `dot`."""

import re
from collections.abc import Iterator

# Scripts that put no space between words (Han, Kana, Hangul, Thai ...) end an address.
LETTER = "A-Za-zÀ-ÖØ-öø-ɏͰ-ԯ"
LOCAL = rf"{LETTER}0-9._+'\-"
BEFORE = re.compile(rf"[{LOCAL}]*+")
AFTER = {sign: re.compile(rf"{sign}([{LETTER}0-9][{LETTER}0-9.\-]*+)") for sign in ("@", "%40")}
LONGEST = 320
SPELT = re.compile(
    rf"(?<![{LOCAL}])[{LOCAL}]++\s?[\[({{]\s?(?:at|AT|At|@)\s?[\])}}]\s?"
    rf"[{LETTER}0-9\-]++(?:\s?(?:[\[({{]\s?(?:dot|DOT|Dot|\.)\s?[\])}}]|\.)\s?[{LETTER}0-9\-]++)++"
)
SAID = re.compile(
    rf"(?<![{LOCAL}])[{LOCAL}]++(?: dot [{LOCAL}]++)?+ at [{LETTER}0-9\-]++"
    r" dot (?:com|org|net|edu|io|de|fr|co dot uk|uk|es|it|nl|ru|in|br|pl)\b",
    re.IGNORECASE,
)
TLD = re.compile(rf"[{LETTER}]{{2,24}}|xn--[A-Za-z0-9\-]{{2,40}}")
# Ends of names that look like a domain in code and file lists: `icon@2x.png`, `W@x.sum`.
FILES_AND_ATTRIBUTES = (
    "png jpg jpeg gif svg webp ico css js jsx ts tsx mjs json html htm xml yaml yml txt pdf csv"
    " exe dll so jar php cpp hpp shape size sum mean dot reshape grad detach numpy item real imag"
    " conj transpose flatten view inv values local"
)
NOT_TLD = frozenset(FILES_AND_ATTRIBUTES.split())
CREDENTIALS = re.compile(r"://[^\s/@]*+\Z")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Every address in folded text."""
    for sign in AFTER:
        if sign in text:
            yield from _plain(text, sign)
    lowered = text.lower()
    if any(sign in lowered for sign in ("at)", "at]", "at}", "at )", "at ]", "@)", "@]")):
        yield from (match.span() for match in SPELT.finditer(text))
    if " dot " in lowered:
        yield from (match.span() for match in SAID.finditer(text))


def _plain(text: str, sign: str) -> Iterator[tuple[int, int]]:
    for match in AFTER[sign].finditer(text):
        local, domain = _local(text, match.start()), _domain(match[1])
        start, end = match.start() - len(local), match.start(1) + len(domain)
        if local and domain and not _is_code(text, start, end):
            yield start, end


def _local(text: str, at: int) -> str:
    """What stands before the sign, read backwards from it."""
    read = BEFORE.match(text[max(0, at - LONGEST) : at][::-1])
    return "" if read is None else read[0][::-1].lstrip(".-'+")


def _domain(run: str) -> str:
    """The longest beginning of the run that ends in a top-level domain; empty if there is none."""
    labels = run.split("..", 1)[0].rstrip(".-").split(".")[:10]
    while len(labels) > 1:
        last = labels[-1]
        if TLD.fullmatch(last) and last not in NOT_TLD:
            return ".".join(labels)
        labels.pop()
    return ""


def _is_code(text: str, start: int, end: int) -> bool:
    """A call on a matrix product, a Git remote, or the host of a URL with a password before it."""
    if text.startswith("(", end) or text.startswith("git@", start):
        return True
    return text.startswith(":", start - 1) and bool(
        CREDENTIALS.search(text, max(0, start - 80), start)
    )
