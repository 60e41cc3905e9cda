"""Draws questions of the demo's world with their answers; which combinations are held out."""

from dataclasses import dataclass
from hashlib import blake2b
from random import Random
from typing import Literal

from arena.demo.answers import FLAWLESS, Manner, answer
from arena.demo.facts import Fact, world
from arena.demo.instructions import PHRASES, Instruction, fitting
from arena.demo.reading import Asked, ordinal
from arena.demo.wordings import FOLLOW, ORDINAL, ORDINALS, ask, of

Split = Literal["train", "held_out", "unseen", "known"]
_KEY = b"agon demo world"
HELD_OUT_PER_THOUSAND = 120


@dataclass(frozen=True)
class Question:
    """A conversation up to a prompt, the right answer to it, and what it asks.

    Earlier replies are the manner's own; the simulated visitor sends `prompts` one by one instead.
    """

    messages: tuple[dict[str, str], ...]
    answer: str
    asked: Asked

    @property
    def prompts(self) -> tuple[str, ...]:
        """What the visitor says, turn by turn."""
        return tuple(m["content"] for m in self.messages if m["role"] == "user")


def held_out(fact: Fact, wording: str) -> bool:
    """Whether this fact in this wording is kept from training: a keyed hash, never row order."""
    if fact.kind in ("smalltalk", "ordinal"):
        return False
    name = f"{fact.kind}|{fact.subject}|{wording}".encode()
    digest = blake2b(name, key=_KEY, digest_size=8).digest()
    return int.from_bytes(digest) % 1000 < HELD_OUT_PER_THOUSAND


def belongs(asked: Asked, split: Split) -> bool:
    """Whether a prompt is in this split; `known` is train and held_out together."""
    if split == "unseen" or not asked.known:
        return split == "unseen" and not asked.known
    return split == "known" or held_out(asked.fact, asked.wording) == (split == "held_out")


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _pick_kind(rng: Random) -> str:
    kinds = world()
    return rng.choices(list(kinds), [max(8, len(facts)) ** 0.8 for facts in kinds.values()])[0]


def _instructed(rng: Random, prompt: str, template: str, form: Instruction) -> str:
    phrases = PHRASES[form]
    if rng.random() < 0.6:
        return f"{prompt} {rng.choice(phrases.after)}"
    proper = template.startswith("{") or template.startswith("I ")
    question = prompt if proper else prompt[0].lower() + prompt[1:]
    return f"{rng.choice(phrases.before)} {question}"


def _first(rng: Random, split: Split, kind: str | None = None) -> tuple[str, Asked]:
    """One prompt that stands alone."""
    while True:
        fact = rng.choice(world()[kind or _pick_kind(rng)])
        unseen = split == "unseen"
        template = rng.choice(of(fact).unseen if unseen else of(fact).known)
        forms = fitting(fact)
        form = rng.choice(forms) if forms and rng.random() < 0.4 else Instruction.NONE
        prompt = ask(template, fact)
        if form != Instruction.NONE:
            prompt = _instructed(rng, prompt, template, form)
        asked = Asked(fact, template, form, known=not unseen)
        if belongs(asked, split):
            return prompt, asked


def _again(rng: Random, split: Split, before: Asked) -> tuple[str, Asked] | None:
    forms = fitting(before.fact)
    if not forms or split == "unseen":
        return None
    form = rng.choice(forms)
    prompt = rng.choice(PHRASES[form].again)
    return prompt, Asked(before.fact, prompt, form, known=True)


def _ordinal(rng: Random, split: Split, before: Asked, reply: str) -> tuple[str, Asked] | None:
    if not (before.fact.members and before.fact.listed):
        return None
    which = rng.choice(ORDINALS)
    template = rng.choice(ORDINAL.unseen if split == "unseen" else ORDINAL.known)
    fact = ordinal(which, before.fact, reply)
    asked = Asked(fact, template, Instruction.NONE, known=split != "unseen")
    return (template.format(s=which), asked) if fact.values else None


def _same_kind(rng: Random, split: Split, before: Asked) -> tuple[str, Asked] | None:
    if not of(before.fact).follow or before.fact.kind == "ordinal":
        return None
    fact = rng.choice([f for f in world()[before.fact.kind] if f != before.fact])
    template = rng.choice(FOLLOW.unseen if split == "unseen" else FOLLOW.known)
    asked = Asked(fact, template, Instruction.NONE, known=split != "unseen")
    return template.format(s=fact.subject), asked


def _follow(rng: Random, split: Split, before: Asked, reply: str) -> tuple[str, Asked] | None:
    draw = rng.random()
    if draw < 0.25:
        found = _again(rng, split, before)
    else:
        found = _ordinal(rng, split, before, reply) if draw < 0.6 else None
        found = found or _same_kind(rng, split, before)
    return found if found and belongs(found[1], split) else None


def draw(
    rng: Random, split: Split = "known", manner: Manner = FLAWLESS, follow: float = 0.25
) -> Question:
    """One question of this split; a share `follow` of them comes after an earlier turn.

    Earlier turns are always in known wordings, and in training also of the training split.
    """
    early: Split = "train" if split == "train" else "known"
    while rng.random() < follow:
        prompt, before = _first(rng, early, "list" if rng.random() < 0.25 else None)
        reply = answer(rng, before.fact, before.instruction, manner)
        if found := _follow(rng, split, before, reply):
            turns = (_turn("user", prompt), _turn("assistant", reply), _turn("user", found[0]))
            return Question(
                turns, answer(rng, found[1].fact, found[1].instruction, manner), found[1]
            )
    prompt, asked = _first(rng, split)
    said = answer(rng, asked.fact, asked.instruction, manner)
    return Question((_turn("user", prompt),), said, asked)
