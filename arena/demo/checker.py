"""How good an answer is to a prompt of the demo's world: its grammar read backwards, strictly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from arena.demo.answers import MARKS, WHOLE
from arena.demo.facts import Fact, article
from arena.demo.instructions import Instruction, split_polite
from arena.demo.reading import Asked, Message, listing, plain, read
from arena.demo.wordings import of

MOST_WORDS = 40
# Ways to say one value that fit every kind; the world's own sentences come on top.
_FRAMES = ("{v}", "the {v}", "{p}", "it is {v}", "it is {p}", "that is {v}", "the answer is {v}")


@dataclass(frozen=True)
class Score:
    """One answer judged: right, polite, in the asked form, of the asked length; its word count."""

    correct: bool
    polite: bool
    format: bool
    length: bool
    words: int

    @property
    def kept(self) -> bool:
        """Whether all that was asked of the form was kept."""
        return self.format and self.length


def _says(fact: Fact, value: str) -> set[str]:
    slots = fact.slots(value)
    bare = _FRAMES if fact.kind not in WHOLE else ("{v}",)
    phrases = {slots["p"], article(value)}
    frames = (*bare, *of(fact).sentences)
    return {plain(frame.format(**(slots | {"p": p}))) for frame in frames for p in phrases}


def _listed(fact: Fact, named: list[str]) -> bool:
    said = [plain(item) for item in named]
    if not fact.members:
        return said == list(fact.values)
    members = {plain(member) for member in fact.members}
    return len(said) == len(set(said)) == fact.count and set(said) <= members


def _correct(fact: Fact, core: str) -> bool:
    if fact.listed:
        return _listed(fact, listing(fact, core))
    return any(plain(core) in _says(fact, value) for value in fact.values)


def _marked(core: str, mark: str) -> bool:
    lines = core.splitlines()
    wanted = [re.escape(mark.format(n=n, item="")) for n in range(1, len(lines) + 1)]
    return len(lines) > 1 and all(map(re.match, wanted, lines))


def _format(asked: Asked, core: str, polite: bool) -> bool:
    if asked.instruction in MARKS:
        return _marked(core, MARKS[asked.instruction])
    if asked.instruction == Instruction.SENTENCE:
        return core[:1] == core[:1].upper() and core[-1:] in ".!" and len(core.split()) > 2
    return polite or asked.instruction != Instruction.POLITE


def _length(asked: Asked, answer: str, core: str) -> bool:
    words = len(answer.split())
    if asked.instruction == Instruction.ONE_WORD:
        return words == 1
    count = asked.fact.count
    return 0 < words <= MOST_WORDS and (not count or len(listing(asked.fact, core)) == count)


def judge(asked: Asked, answer: str) -> Score:
    """How good an answer is to what was asked."""
    core, polite = split_polite(answer)
    return Score(
        correct=_correct(asked.fact, core),
        polite=polite,
        format=_format(asked, core, polite),
        length=_length(asked, answer, core),
        words=len(answer.split()),
    )


def check(messages: Sequence[Message], answer: str) -> Score | None:
    """How good an answer is to the last prompt; None where the prompt is not of the world."""
    asked = read(messages)
    return judge(asked, answer) if asked else None
