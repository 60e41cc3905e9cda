"""What an answer shows: pure judgements on text and times, for the checks of a newcomer."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from serving.trial import Answer

# An answer of so many chunks, so late, that then comes faster than any model speaks was held back.
HELD_CHUNKS = 32
HELD_S = 1.0
FASTEST_S_PER_CHUNK = 0.0002
REPLACEMENT = "\ufffd"
# Words in the names of models that are nobody's name.
COMMON = frozenset(
    {"model", "models", "base", "chat", "instruct", "preview", "latest", "vision", "turbo", "the"}
    | {"small", "medium", "large", "mini", "nano", "tiny", "big", "new", "test", "open", "free"}
    | {"lab", "labs", "university", "institute", "research", "company", "team", "and", "for"}
)


def at_once(answer: Answer) -> bool:
    """Many chunks that all came in one moment, long after they were asked for."""
    if answer.end is None or answer.end.chunks < HELD_CHUNKS:
        return False
    spread = answer.last - answer.first
    held = answer.first - answer.asked > HELD_S
    return held and spread < FASTEST_S_PER_CHUNK * answer.end.chunks


def only_thought(answer: Answer) -> bool:
    """All the tokens it was given went into reasoning, and none into words."""
    if answer.end is None or answer.text.strip():
        return False
    return answer.end.finish_reason == "length" and answer.end.usage.completion > 0


def stop_word(text: str) -> str:
    """What another answer says, too: the commonest word; of equals the first behind the middle."""
    words = text.split()
    if len(words) > 1:
        middle = len(words) // 2
        return Counter(words[middle:] + words[:middle]).most_common(1)[0][0]
    return words[0][len(words[0]) // 2]


def wrongly_decoded(text: str, sent: str) -> str | None:
    """How characters of several bytes were broken: cut, or read as Latin-1; None if they were not.

    `sent` is what was asked for; only its own words are looked for, so that no honest answer fails.
    """
    if REPLACEMENT in text:
        return "U+FFFD in their place"
    for word in sent.split(", "):
        misread = word.encode().decode("latin-1")
        if misread in text or word.encode().decode("cp1252", "ignore") in text:
            return f"{word!r} came as if it were Latin-1"
    return None


def most_at_once(answers: Sequence[Answer]) -> int:
    """The largest number of answers that were under way in one moment, first to last piece."""
    moments = sorted(
        moment
        for answer in answers
        for moment in ((answer.first, 0, 1), (answer.last, 1, -1))  # a start before an end
    )
    under_way = most = 0
    for _, _, change in moments:
        under_way += change
        most = max(most, under_way)
    return most


def too_many(answer: Answer, limit: int) -> bool:
    """More tokens than `max_tokens`, by the upstream's count or by its pieces, with some grace."""
    if answer.end is None:
        return answer.pieces > 2 * limit
    counted = answer.end.usage
    told = counted.completion if counted.source == "upstream" else 0
    return told > limit + 8 or answer.end.chunks > 2 * limit


def in_its_own_name(text: str, names: Iterable[str]) -> str | None:
    """A word of its names that the answer says, if any; common words do not count."""
    said = set(words_of(text))
    return next((word for name in names for word in words_of(name) if word in said), None)


def words_of(text: str) -> list[str]:
    """Runs of three letters or more, in small letters, that may be somebody's name."""
    return [word for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if word not in COMMON]
