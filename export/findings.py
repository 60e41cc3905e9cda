"""What a detector is and what it finds: the kinds of personal data, a span, a detector."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What must not leave in a release; the placeholder carries the same word."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"
    IP = "ip"
    MAC = "mac"
    KEY = "key"
    SECRET = "secret"

    @property
    def placeholder(self) -> str:
        return f"<{self.value.upper()}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """One span of the text, `start` included and `end` not, in code points."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Detector:
    """A named, versioned rule. The version rises whenever its answer to any text may change.

    `spans` sees folded text (see `export.folding`) and must be linear in its length. `digits` says
    that no match is without an ASCII digit, so that text without digits need not be looked at.
    """

    name: str
    version: int
    kind: Kind
    spans: Callable[[str], Iterable[tuple[int, int]]]
    digits: bool = True
