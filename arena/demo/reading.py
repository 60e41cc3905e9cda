"""Reads a conversation of the demo's world backwards: which fact its last prompt asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from arena.demo.facts import Fact, world
from arena.demo.instructions import PHRASES, Instruction, fitting, split_polite
from arena.demo.wordings import FOLLOW, ORDINAL, ORDINALS, ask, of
from arena.demo.words import NUMBERS

Message = Mapping[str, str]
_DIGITS = {word: str(n) for n, word in enumerate(NUMBERS)}
_TOKEN = re.compile(r"[^\W_]+|\+|=")


@dataclass(frozen=True)
class Asked:
    """What a prompt asks: a fact, in a wording (its template), in a form; `known` wordings only."""

    fact: Fact
    wording: str
    instruction: Instruction
    known: bool


def plain(text: str) -> str:
    """Lower-case tokens with number words as digits: what prompts and answers are compared by."""
    tokens = _TOKEN.findall(text.lower().replace("'", "").replace("\u2019", ""))
    return " ".join(_DIGITS.get(token, token) for token in tokens)


def _items(body: str) -> list[str]:
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    marked = [re.sub(r"^(?:[-*\u2022]|\d+[.)])\s+", "", line) for line in lines]
    parts = marked if marked != lines else re.split(r",|\band\b", body)
    return [part.strip(" .!\n") for part in parts if part.strip(" .!\n")]


def listing(fact: Fact, reply: str) -> list[str]:
    """The items a reply names: its marked lines, else what commas and "and" part after the lead."""
    body, _ = split_polite(reply)
    leads = [s.partition("{v}")[0].format(s=fact.subject) for s in of(fact).sentences]
    for lead in (*leads, f"{fact.subject}:"):
        if body.lower().startswith(lead.lower()):
            body = body[len(lead) :]
            break
    names = {plain(member): member for member in fact.members}
    return [names.get(plain(item), item) for item in _items(body)]


@cache
def _prompts() -> dict[str, tuple[Fact, str, bool]]:
    index: dict[str, tuple[Fact, str, bool]] = {}
    for facts in world().values():
        for fact in facts:
            wording = of(fact)
            for template in (*wording.known, *wording.unseen):
                known = template in wording.known
                index.setdefault(plain(ask(template, fact)), (fact, template, known))
    return index


@cache
def _instructions(place: str) -> dict[str, tuple[Instruction, bool]]:
    found: dict[str, tuple[Instruction, bool]] = {}
    for instruction, phrases in PHRASES.items():
        known = {"before": phrases.before, "after": phrases.after, "again": phrases.again}[place]
        found |= {plain(phrase): (instruction, True) for phrase in known}
        if place == "after":
            found |= {plain(phrase): (instruction, False) for phrase in phrases.unseen}
    return found


def _direct(text: str) -> Asked | None:
    prompt = plain(text)
    if hit := _prompts().get(prompt):
        return Asked(hit[0], hit[1], Instruction.NONE, hit[2])
    for place in ("before", "after"):
        for phrase, (instruction, known) in _instructions(place).items():
            rest = prompt.removeprefix(f"{phrase} ") if place == "before" else prompt
            rest = rest if place == "before" else prompt.removesuffix(f" {phrase}")
            if rest != prompt and (hit := _prompts().get(rest)) and instruction in fitting(hit[0]):
                return Asked(hit[0], hit[1], instruction, known and hit[2])
    return None


def ordinal(which: str, listed: Fact, reply: str) -> Fact:
    """What the first, second or last item of a reply was; nothing is right if it named only one."""
    named = listing(listed, reply)
    place = {"first": 0, "second": 1, "last": -1}[which]
    values = (named[place],) if len(named) > 1 else ()
    return Fact("ordinal", which, values, members=tuple(named))


def _next(text: str, before: Asked, reply: str) -> Asked | None:
    prompt = plain(text)
    if (again := _instructions("again").get(prompt)) and again[0] in fitting(before.fact):
        return Asked(before.fact, text, again[0], again[1])
    if before.fact.members and before.fact.listed:
        for which in ORDINALS:
            for template in (*ORDINAL.known, *ORDINAL.unseen):
                if prompt == plain(template.format(s=which)):
                    known = template in ORDINAL.known
                    return Asked(
                        ordinal(which, before.fact, reply), template, Instruction.NONE, known
                    )
    return _same_kind(prompt, before.fact)


def _same_kind(prompt: str, before: Fact) -> Asked | None:
    if not of(before).follow or before.kind not in world():
        return None
    for fact in world()[before.kind]:
        for template in (*FOLLOW.known, *FOLLOW.unseen):
            if prompt == plain(template.format(s=fact.subject)):
                return Asked(fact, template, Instruction.NONE, template in FOLLOW.known)
    return None


def read(messages: Sequence[Message]) -> Asked | None:
    """What the last prompt of a conversation asks; None where it is not of the world."""
    said = [m for m in messages if m.get("role") in ("user", "assistant")]
    asked: Asked | None = None
    reply = ""
    for message in said:
        content = str(message.get("content", ""))
        if message["role"] == "assistant":
            reply = content
        else:
            follow = _next(content, asked, reply) if asked else None
            asked = _direct(content) or follow
    return asked if said and said[-1]["role"] == "user" else None
