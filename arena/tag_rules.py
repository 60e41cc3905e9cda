"""Rules for the category tags: a pure function of a prompt each, fast and linear in its length.

A rule adds up small pieces of evidence; docs/ranking.md says how often each is right.
"""

import re
from collections.abc import Mapping
from typing import Final

from arena import tag_words
from arena.tag_finds import Text, compiled

Finds = Mapping[str, set[str]]

TABLES: Final = compiled({n: words for n, words in vars(tag_words).items() if n.isupper()})
NUMBER_WORDS: Final = frozenset(tag_words.NUMBER_WORDS.split())
UNITS: Final = frozenset(tag_words.UNITS.split())
SUPPOSING: Final = frozenset({"imagine", "imagina", "imaginez", "imagínate", "stell", "представь"})
NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
# Every pattern begins with a rare sign or a fixed word, and has bounded repeats: it is linear.
PIECES: Final = (
    "```",
    "#include",
    "console.log",
    "printf(",
    "print(",
    "public static",
    "C++",
    "c++",
)
PROGRAMS: Final = {
    "`": re.compile(r"`[^`\n]{2,40}`"),
    "(": re.compile(r"\(\w{0,40}\)\s{0,3}[{;]"),
    "</": re.compile(r"</\w{1,20}>"),
    "def ": re.compile(r"def \w{1,40}\("),
    "#": re.compile(r"\b[cC]#"),
    "Error": re.compile(r"[a-z]Error\b"),
    "Exception": re.compile(r"[a-z]Exception\b"),
}
FORMULA_SIGNS: Final = "\\^²³=＝*×·÷+!["
FORMULA: Final = re.compile(
    r"\\(?:frac|int|sum|sqrt|lim|mathbb|cdot|leq|geq)\b|(?<=[a-z0-9)])[\^²³]|\([a-z]\)\s?="
    r"|[*×·÷]\s?[\da-z(]|(?<=\d)\s?\+\s?\d|(?<=\d)!|[-+−*]\s?\d{1,9}\s?[=＝]\s?-?\d|\[\[\s?-?\d"
)
PERCENT_OF: Final = re.compile(
    r"%\s?(?:of|von|de|di|da|del|от|из|z|من)\s\D{0,3}\d|%\s?的?\s?\d|\d{1,9}\s?的\s?\d{1,3}\s?%"
)
RATES: Final = (" km/h", " m/s", " mph", " км/ч", "公里/小时")
LISTED: Final = re.compile(r"^[ \t]{0,8}(?:\d{1,2}[.)]|[-*•])[ \t]", re.MULTILINE)
ENUMERATED: Final = re.compile(r"[0-9一二三四五六七八九十]\s?(?:个|行|列|句|字|点|种|つ|文)")
COUNTED: Final = 3  # words between a number and what it counts
GREEK: Final = "\u0370"  # from here on no letter is Latin
KANA: Final = "\u3040"  # from here on there are no spaces between words


def code(text: Text, finds: Finds, programmed: bool) -> bool:
    """Is it about programs: written, read, mended, or explained?"""
    names = len(finds.get("CODE_NAMES", ()))
    said = len(finds.get("CODE_MAYBE", ())) + min(names, 1)
    foreign = names > 0 and text.last >= GREEK
    queried = "SELECT" in text.raw and "FROM" in text.raw
    return queried or foreign or "CODE_SURE" in finds or said >= 2 or programmed


def program(text: Text) -> bool:
    """Is there a piece of a program in it?"""
    if any(piece in text.raw for piece in PIECES):
        return True
    return any(sign in text.raw and pattern.search(text.raw) for sign, pattern in PROGRAMS.items())


def formula(text: Text) -> bool:
    """Is there a piece of mathematics in it?"""
    return not text.signs.isdisjoint(FORMULA_SIGNS) and FORMULA.search(text.low) is not None


def maths(text: Text, finds: Finds, programmed: bool) -> bool:
    """Is there something to be worked out, not only explained?"""
    numbers = len(NUMBER.findall(text.low)) + len(text.distinct & NUMBER_WORDS)
    asked = ("HOW_MANY" in finds and numbers >= 2) or ("WHEN" in finds and numbers >= 3)
    sure = (
        asked,
        not programmed and formula(text),
        "%" in text.signs and PERCENT_OF.search(text.low) is not None,
    )
    maybe = (
        "MATHS_VERBS" in finds,
        "MATHS_WORDS" in finds,
        "MATHS_WORDS" in finds and numbers > 0,
        any(rate in text.low for rate in RATES),
    )
    return 2 * sum(sure) + sum(maybe) >= 2 + programmed


def creative_writing(text: Text, finds: Finds) -> bool:
    """Is something to be made up: a story, a poem, a joke, a role?"""
    if "PLAYFUL" in finds or not SUPPOSING.isdisjoint(text.words[:1]):
        return True
    if "ABOUT_TEXTS" in finds:
        return False
    return "GENRES_ALONE" in finds or ("MAKING" in finds and "GENRES" in finds)


def instruction_following(text: Text, finds: Finds) -> bool:
    """Are there several demands that an answer can be checked against?"""
    kinds = ("FORMATS", "FORBIDDING", "BEGIN_END", "ONLY", "OBLIGING")
    listed = len(LISTED.findall(text.raw)) >= 3
    ordered = "SEQUENCE" in finds and not text.distinct.isdisjoint(("first", "then"))
    demands = min(limits(text, finds), 2) + sum(kind in finds for kind in kinds)
    return demands + listed + ordered >= 3


def limits(text: Text, finds: Finds) -> int:
    """Numbers that count words, sentences, rows and the like, and limits that are put on them."""
    numbered = () if UNITS.isdisjoint(text.distinct) else enumerate(text.words)
    counted = sum(
        not UNITS.isdisjoint(text.words[place + 1 : place + 1 + COUNTED])
        for place, word in numbered
        if word.isdecimal() or word in NUMBER_WORDS
    )
    dense = len(ENUMERATED.findall(text.low)) if text.last >= KANA else 0
    return counted + dense + ("LIMITS" in finds)


def hard_prompt(text: Text, finds: Finds, technical: bool) -> bool:
    """Does it ask for much at once: several tasks, in a field, with enough said to be held to?"""
    size = len(text.words) + (len(text.low) // 2 if text.last >= KANA else 0)
    tasks, fields = len(finds.get("TASKS", ())), len(finds.get("FIELDS", ()))
    evidence = sum(size >= step for step in (18, 30, 60)) + min(tasks, 3) + min(fields, 2)
    return tasks > 0 and evidence + technical >= 4
