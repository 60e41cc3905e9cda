"""What is known of a turn when it ends: its language and its category tags."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"
SURE = 0.5
FEWEST_LETTERS = 6
CODE = re.compile(
    r"```|\b(def|class|import|function|SELECT|#include|public static|const)\b .*[(:;{]"
)
LONG_PROMPT = 2_000


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language(text: str) -> str:
    """ISO 639-1 code of the text's language; `und` where it is too short or too unsure to say."""
    letters = sum(character.isalpha() for character in text)
    if letters < FEWEST_LETTERS:
        return UNKNOWN
    code, probability = _identifier().classify(text[:5_000])
    return str(code) if probability >= SURE else UNKNOWN


def categories(prompt: str, spoken: str, n: int) -> list[str]:
    """The boards a vote on this turn counts for, besides the overall one; sorted."""
    tags = set() if spoken == UNKNOWN else {f"language-{spoken}"}
    if CODE.search(prompt):
        tags.add("code")
    if len(prompt) > LONG_PROMPT:
        tags.add("long-prompt")
    if n > 1:
        tags.add("multi-turn")
    return sorted(tags)
