"""What is known of a turn when it ends: its language and its category tags."""

from functools import cache
from typing import TYPE_CHECKING, Final

from arena import tag_rules
from arena.tag_finds import UNSPACED, Text

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

RULES: Final = "rules 2"  # goes up with every change of what the rules below say
UNKNOWN: Final = "und"
SURE: Final = 0.5
FEWEST_LETTERS: Final = 6
TELLING: Final = 1_000  # characters that the language is told by
LONG_PROMPT: Final = 2_000  # characters of an alphabet: about 500 tokens
DENSE: Final = 3  # a character of a script without spaces counts for so many
ALIKE: Final = {"wuu": "zh", "yue": "zh", "nb": "no", "nn": "no"}  # written, hard to tell apart
READ: Final = 20_000  # characters that the rules read

# What the rules can only guess at; a model that reads the prompt may say it instead.
GUESSED: Final = frozenset({"maths", "creative-writing", "instruction-following", "hard-prompt"})


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language(text: str) -> str:
    """ISO 639-1 code of the text's language; `und` where it is too short or too unsure to say."""
    told = text[:TELLING]
    if sum(map(str.isalpha, told)) < FEWEST_LETTERS:
        return UNKNOWN
    code, probability = _identifier().classify(told)
    return ALIKE.get(code, str(code)) if probability >= SURE else UNKNOWN


def categories(prompt: str, spoken: str, n: int) -> list[str]:
    """The boards a vote on this turn counts for, besides the overall one, as the rules see it."""
    held = {
        f"language-{spoken}": spoken != UNKNOWN,
        "long-prompt": length(prompt) > LONG_PROMPT,
        "multi-turn": n > 1,
    }
    return sorted({tag for tag, holds in held.items() if holds} | of_content(prompt))


def certain(prompt: str, spoken: str, n: int) -> set[str]:
    """Those of `categories` that need no judgement."""
    return set(categories(prompt, spoken, n)) - GUESSED


def of_content(prompt: str) -> set[str]:
    """The tags that the rules of arena/tag_rules.py give."""
    text = Text.of(prompt[:READ])
    finds = tag_rules.TABLES.finds(text)
    programmed = tag_rules.program(text)
    code = tag_rules.code(text, finds, programmed)
    maths = tag_rules.maths(text, finds, programmed)
    held = {
        "code": code,
        "maths": maths,
        "creative-writing": tag_rules.creative_writing(text, finds),
        "instruction-following": tag_rules.instruction_following(text, finds),
        "hard-prompt": tag_rules.hard_prompt(text, finds, code or maths),
    }
    return {tag for tag, holds in held.items() if holds}


def length(prompt: str) -> int:
    """Characters, as many as the same text would have in an alphabet."""
    dense = 0 if prompt.isascii() else sum(map(len, UNSPACED.findall(prompt)))
    return len(prompt) + (DENSE - 1) * dense
