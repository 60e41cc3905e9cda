"""How the demo's world puts its questions and answers: picks a fact's templates and fills them."""

from arena.demo.drills import DRILLS
from arena.demo.facts import Fact
from arena.demo.smalltalk import SMALLTALK
from arena.demo.templates import TEMPLATES, Wording

WORDINGS: dict[str, Wording] = TEMPLATES | DRILLS

FOLLOW = Wording(
    known=("And {s}?", "What about {s}?", "And what about {s}?", "Now {s}?"),
    unseen=("How about {s}?", "Same for {s}?"),
    sentences=(),
)
ORDINALS = ("first", "second", "last")
ORDINAL = Wording(
    known=(
        "And the {s} one?",
        "What was the {s} one?",
        "Which was the {s} one?",
        "Say the {s} one.",
    ),
    unseen=("Repeat the {s} one.", "The {s} one was which?"),
    sentences=("The {s} one is {v}.", "The {s} one was {v}."),
)


def of(fact: Fact) -> Wording:
    """The templates of this fact; what is said in passing has its own prompts."""
    if fact.kind == "smalltalk":
        known, unseen, _ = SMALLTALK[fact.subject]
        return Wording(known, unseen, WORDINGS["smalltalk"].sentences, follow=False)
    return ORDINAL if fact.kind == "ordinal" else WORDINGS[fact.kind]


def capital(text: str) -> str:
    """The text with its first letter large, the rest as it was."""
    return text[:1].upper() + text[1:]


def ask(template: str, fact: Fact) -> str:
    """The prompt that this template makes of the fact."""
    return capital(template.format(s=fact.subject, b=fact.bare or fact.subject))
