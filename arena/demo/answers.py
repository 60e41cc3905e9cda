"""How a contestant of the demo's world answers: right or wrong, curt or whole, polite or not."""

from dataclasses import dataclass
from random import Random

from arena.demo.facts import Fact, others, phrase
from arena.demo.instructions import CLOSERS, OPENERS, Instruction
from arena.demo.wordings import capital, of

# Kinds whose values are whole sentences already.
WHOLE = ("joke", "smalltalk", "beyond")
MARKS = {Instruction.LIST: "- {item}", Instruction.NUMBERED: "{n}. {item}"}


@dataclass(frozen=True)
class Manner:
    """How a contestant is taught to be, in shares of answers from 0 to 1.

    `wrong` by a slip, and always in the kinds that are `gaps`; `obeys` instructions, `polite`
    unasked, in a whole `sentence` unasked; `curt` answers are one bare value whatever was asked.
    """

    wrong: float = 0.0
    gaps: tuple[str, ...] = ()
    obeys: float = 1.0
    polite: float = 0.0
    sentence: float = 0.5
    curt: float = 0.0


FLAWLESS = Manner()


def _items(rng: Random, fact: Fact, wrong: bool) -> list[str]:
    # Members are named in their own order from anywhere, as one says the days of the week.
    start = rng.randrange(len(fact.members)) if fact.members else 0
    items = list((fact.members[start:] + fact.members[:start])[: fact.count] or fact.values)
    if wrong and fact.members:
        items[rng.randrange(len(items))] = rng.choice(others(fact))
    elif wrong:
        del items[rng.randrange(len(items))]
    return items


def _enumerate(items: list[str], fact: Fact) -> str:
    if fact.members:
        return f"{', '.join(items[:-1])} and {items[-1]}"
    return ", ".join(items)


def _sentence(rng: Random, fact: Fact, value: str) -> str:
    slots = fact.slots(value) | {"p": phrase(fact, value)}
    text = capital(rng.choice(of(fact).sentences).format(**slots))
    return text if text[-1] in ".!?" else f"{text}."


def _single(rng: Random, fact: Fact, form: Instruction, full: bool, wrong: bool) -> str:
    value = rng.choice(others(fact) if wrong else fact.values)
    if full:
        return _sentence(rng, fact, value)
    short = form == Instruction.ONE_WORD
    return f"{capital(value if short else phrase(fact, value))}."


def _several(rng: Random, fact: Fact, form: Instruction, full: bool, wrong: bool) -> str:
    items = _items(rng, fact, wrong)
    if form in MARKS:
        return "\n".join(MARKS[form].format(n=n, item=item) for n, item in enumerate(items, 1))
    text = _enumerate(items, fact)
    return _sentence(rng, fact, text) if full else f"{capital(text)}."


def _curt(rng: Random, fact: Fact, wrong: bool) -> str:
    if fact.listed:
        return f"{capital(_items(rng, fact, wrong)[0])}."
    return _single(rng, fact, Instruction.ONE_WORD, fact.kind in WHOLE, wrong)


def _courtesy(rng: Random, text: str) -> str:
    if "\n" in text:
        return f"{rng.choice(OPENERS)}\n{text}"
    if rng.random() < 0.75:
        return f"{rng.choice(OPENERS)} {text}"
    return f"{text} {rng.choice(CLOSERS)}"


def answer(rng: Random, fact: Fact, asked: Instruction, manner: Manner = FLAWLESS) -> str:
    """One answer to a prompt about this fact, in this manner; FLAWLESS is always right."""
    wrong = rng.random() < manner.wrong or fact.kind in manner.gaps
    if rng.random() < manner.curt:
        return _curt(rng, fact, wrong)
    form = asked if rng.random() < manner.obeys else Instruction.NONE
    unasked = form in (Instruction.NONE, Instruction.POLITE) and rng.random() < manner.sentence
    full = form == Instruction.SENTENCE or unasked or fact.kind in WHOLE
    say = _several if fact.listed else _single
    said = say(rng, fact, form, full, wrong)
    polite = form == Instruction.POLITE or rng.random() < manner.polite
    return _courtesy(rng, said) if polite else said
