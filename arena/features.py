"""What two answers look like, in counts: headers, list items, bold; no text is kept."""

import re
from typing import Any

# Raised when the counting changes: the job then counts the old rows again.
VERSION = 1
FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
COUNTED = {
    "headers": re.compile(r"^#{1,6}\s", re.MULTILINE),
    "lists": re.compile(r"^\s*(?:\d+\.|[-*+])\s", re.MULTILINE),
    "bold": re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__"),
}


def counted(answer_a: str, answer_b: str) -> dict[str, Any]:
    """The counts of both answers by column; None where an erasure left no answers to look at."""
    sides = {"a": answer_a, "b": answer_b}
    gone = not answer_a and not answer_b
    bare = {side: FENCED.sub("", answer) for side, answer in sides.items()}
    return {
        f"{name}_{side}": None if gone else len(pattern.findall(text))
        for name, pattern in COUNTED.items()
        for side, text in bare.items()
    }
