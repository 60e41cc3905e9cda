"""How the echo server behaves for one served name: its pace, its faults, and what it says."""

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


@dataclass(frozen=True, slots=True)
class Manner:
    """One served name's behaviour; the default answers at once, in full, and honestly.

    Pace: `first_token_s` before the first token, then `tokens_per_s` (0: as fast as it goes).
    Length: `tokens`, or as many as the echo of the prompt has; never more than `max_tokens` asked.
    Faults: `status` other than 200 (with `retry_after`), `stall_after` or `break_after` so many
    tokens (a silence, a connection reset), or `garbage`. `api_key` closes the name to strangers.
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


def echo_text(prompt: str, tokens: int | None = None) -> list[str]:
    """The words of "Echo: <prompt>", over and over to reach `tokens`; each keeps its space."""
    words = ["Echo:", *prompt.split()]
    said = words if tokens is None else islice(cycle(words), tokens)
    return [word if place == 0 else f" {word}" for place, word in enumerate(said)]
