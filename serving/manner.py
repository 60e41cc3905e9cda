"""How the echo server behaves for one served name: its pace, its faults, and what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

Garbage = Literal[
    "not-json",
    "not-an-object",
    "html",
    "gzip",
    "redirect",
    "endless-line",
    "endless-pings",
    "endless-thinking",
    "empty-choices",
    "usage-only",
    "wrong-types",
    "bad-utf8",
    "no-finish",
    "no-done",
    "hang-after-finish",
    "error-event",
    "silence",
    "not-http",
]

Fault = Literal[
    "not-listed",  # /models does not show the name
    "one-piece",  # the whole text in one chunk
    "held-back",  # every chunk is written, all of them at the end
    "own-heat",  # a request that sets a temperature is refused
    "ignores-stop",
    "ignores-length",  # `max_tokens` is not obeyed
    "one-turn",  # a conversation with an answer in it is refused
    "forgetful",  # and here it is answered with nothing
    "cuts-utf8",  # every byte decoded alone, as a server does that decodes token by token
    "latin-1",  # UTF-8 read as Latin-1
    "keeps-place",  # a stream that was closed still counts
]


@dataclass(frozen=True, slots=True)
class Manner:
    """One served name's behaviour; the default answers at once, in full, and honestly.

    Pace: `first_token_s` before the first token, then `tokens_per_s` (0: as fast as it goes).
    Length: `tokens`, or as many as the echo of the prompt has; never more than `max_tokens` asked.
    Faults: `status` other than 200 (with `retry_after`), `stall_after` or `break_after` so many
    tokens (a silence, a connection reset), `garbage`, or any of `faults`. `api_key` closes the name
    to strangers. Limits: more than `at_once` streams are answered 429, more tokens than `context`
    400. `thinks` is how many tokens of reasoning come first. With `raw` the text travels as UTF-8,
    cut into packets inside its characters.
    """

    first_token_s: float = 0.0
    tokens_per_s: float = 0.0
    tokens: int | None = None
    stall_after: int | None = None
    break_after: int | None = None
    status: int = 200
    retry_after: str | None = None
    garbage: Garbage | None = None
    usage: bool = True
    api_key: str | None = None
    faults: tuple[Fault, ...] = ()
    at_once: int | None = None
    context: int | None = None
    thinks: int = 0
    raw: bool = False


def echo_text(prompt: str, tokens: int | None = None) -> list[str]:
    """The words of "Echo: <prompt>", over and over to reach `tokens`; each keeps its space."""
    words = ["Echo:", *prompt.split()]
    said = words if tokens is None else islice(cycle(words), tokens)
    return [word if place == 0 else f" {word}" for place, word in enumerate(said)]


def until_stop(words: list[str], stops: Iterable[str]) -> list[str]:
    """The words up to the first stop sequence, the last of them cut where it begins."""
    text = "".join(words)
    found = [text.index(stop) for stop in stops if stop in text]
    room, kept = min(found, default=len(text)), list[str]()
    for word in words:
        kept.append(word[:room])
        room -= len(kept[-1])
    return [word for word in kept if word]


def spoilt(words: list[str], faults: Iterable[Fault]) -> list[str]:
    """The words as a server sends them that handles their bytes wrongly."""
    if "latin-1" in faults:
        words = [word.encode().decode("latin-1") for word in words]
    if "cuts-utf8" in faults:
        words = [bytes([byte]).decode(errors="replace") for word in words for byte in word.encode()]
    return ["".join(words)] if "one-piece" in faults else words
