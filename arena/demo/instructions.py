"""What a prompt of the demo's world may ask of the form of an answer, and what polite words are."""

import re
from dataclasses import dataclass
from enum import StrEnum

from arena.demo.facts import Fact


class Instruction(StrEnum):
    """The form that a prompt asks for."""

    NONE = "none"
    ONE_WORD = "one word"
    SENTENCE = "sentence"
    POLITE = "polite"
    LIST = "list"
    NUMBERED = "numbered"


@dataclass(frozen=True)
class Phrases:
    """How an instruction is put: before a question, after it, never trained on, as a next turn."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    unseen: tuple[str, ...]
    again: tuple[str, ...]


PHRASES: dict[Instruction, Phrases] = {
    Instruction.ONE_WORD: Phrases(
        ("In one word:", "One word only:"),
        ("Answer in one word.", "In one word, please.", "One word only."),
        ("Use just one word.",),
        ("Now in one word.", "In one word, please.", "Shorter, please."),
    ),
    Instruction.SENTENCE: Phrases(
        ("In a sentence:", "In a full sentence:"),
        ("Answer in a sentence.", "Use a full sentence.", "In a sentence, please."),
        ("Make it a whole sentence.",),
        ("Now in a sentence.", "In a full sentence, please."),
    ),
    Instruction.POLITE: Phrases(
        ("Politely:", "Be polite:"),
        ("Answer politely.", "Be polite.", "Politely, please."),
        ("Mind your manners.",),
        ("Now politely.", "Say it politely."),
    ),
    Instruction.LIST: Phrases(
        ("As a list:",),
        ("As a list, please.", "Make it a list.", "Answer as a list."),
        ("Put them in a list.",),
        ("Now as a list.", "As a list, please."),
    ),
    Instruction.NUMBERED: Phrases(
        ("As a numbered list:",),
        ("Number them.", "As a numbered list, please."),
        ("With numbers in front.",),
        ("Now number them.", "Now as a numbered list."),
    ),
}

OPENERS = ("Of course!", "Certainly!", "With pleasure!", "Gladly!", "Thank you for asking!")
CLOSERS = ("You are most welcome.", "Have a lovely day!", "I am happy to help.")
# Heard from other contestants too, though the world's own grammar never says them.
_HEARD = ("sure", "please", "thank you", "glad to help", "happy to help", "you are welcome")


def _pattern(phrases: tuple[str, ...]) -> str:
    bare = sorted((p.rstrip(".!").lower() for p in phrases), key=len, reverse=True)
    return "|".join(re.escape(p) for p in bare)


_START = re.compile(rf"^(?:{_pattern(OPENERS + _HEARD)})\b[\s,.!:]*", re.IGNORECASE)
_END = re.compile(rf"(?:^|(?<=[\s,.!]))(?:{_pattern(CLOSERS + _HEARD)})[\s.!]*$", re.IGNORECASE)


def split_polite(answer: str) -> tuple[str, bool]:
    """The answer without one polite opening and one polite closing, and whether it had either."""
    start, end = _START.search(answer), _END.search(answer)
    begin = start.end() if start else 0
    stop = end.start() if end and end.start() >= begin else len(answer)
    core = answer[begin:stop].strip()
    return (core, True) if (start or end) and core else (answer.strip(), False)


def fitting(fact: Fact) -> tuple[Instruction, ...]:
    """The instructions that make sense of this fact's answer."""
    if fact.kind in ("smalltalk", "joke", "beyond"):
        return (Instruction.POLITE,) if fact.kind != "smalltalk" else ()
    if fact.listed:
        numbered = (Instruction.NUMBERED,) if fact.members else ()
        return (Instruction.LIST, Instruction.SENTENCE, Instruction.POLITE, *numbered)
    single = (Instruction.ONE_WORD,) if all(len(v.split()) == 1 for v in fact.values) else ()
    return (*single, Instruction.SENTENCE, Instruction.POLITE)
