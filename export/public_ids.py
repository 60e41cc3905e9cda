"""Keyed hashes: the only form in which an id leaves, and what decides on splits and samples."""

import hashlib
import hmac
import unicodedata

from serving.sealing import Sealer

DIGITS = 32


class PublicIds:
    """The same id gives the same hash as long as the arena keeps its secret; none can be undone."""

    def __init__(self, sealer: Sealer) -> None:
        self._key = sealer.derive("export ids").encode()

    def of(self, what: str, text: str) -> str:
        """32 hexadecimal digits for this `text` in the role of `what`."""
        message = f"{what}:{text}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:DIGITS]

    def share(self, what: str, text: str) -> float:
        """A number from 0 to below 1, as if drawn by lot, and the same whenever it is asked for."""
        return int(self.of(what, text)[:12], 16) / 16**12


class _Plain(dict[int, int | str]):
    """Every code point of punctuation, spaces and controls as a space; filled as it is used."""

    def __missing__(self, code: int) -> int | str:
        kept = unicodedata.category(chr(code))[0] in "LMNS"
        self[code] = code if kept else " "
        return self[code]


PLAIN = _Plain()


def same_prompt(text: str) -> str:
    """What two prompts that differ in case, spaces or punctuation have in common."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate(PLAIN).split()) or plain.strip()
