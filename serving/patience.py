"""How long a contestant may take, and how much it may send: the bounds of one answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how much to take.

    `first_token` runs from the request, `idle` from one sign of life to the next (a comment line is
    none), `total` from the first attempt to the end. `tail` is the wait for the usage after the
    finish reason. An answer longer than `answer_chars` is cut there, with the reason `length`.
    """

    connect: float = 5.0
    first_token: float = 60.0
    idle: float = 30.0
    total: float = 300.0
    tail: float = 2.0
    answer_chars: int = 200_000
    stream_bytes: int = 64 * 1024 * 1024
