"""Which entries of a word table a text holds: one pass over its words, one look for each phrase."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

WORD: Final = re.compile(r"[^\W_]+")
# Scripts that put no space between words, or glue endings on: their entries are found anywhere.
UNSPACED: Final = re.compile(r"[\u0600-\u06ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
STEM: Final = 3  # letters by which stems are looked up; none is shorter


@dataclass(frozen=True, slots=True)
class Text:
    """A prompt as the rules see it: as it is, in lower case, as words, and as the signs in it."""

    raw: str
    low: str
    words: tuple[str, ...]
    distinct: frozenset[str]
    row: str
    signs: frozenset[str]

    @classmethod
    def of(cls, raw: str) -> "Text":
        low = raw.lower()
        signs = frozenset(low)
        spaced = low if low.isascii() else UNSPACED.sub(" ", low)
        words = tuple(WORD.findall(spaced))
        return cls(raw, low, words, frozenset(words), f" {' '.join(words)} ", signs)

    @property
    def last(self) -> str:
        """The sign that stands furthest back among all characters: tells of the script."""
        return max(self.signs, default="")


@dataclass(slots=True)
class Tables:
    """Entries of every table, by what they begin with; each entry with the tables it is in."""

    words: dict[str, list[str]] = field(default_factory=dict)
    stems: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    phrases: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    unspaced: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def add(self, table: str, entry: str) -> None:
        """File one entry where it will be looked for."""
        if UNSPACED.match(entry):
            self.unspaced.setdefault(entry[0], {}).setdefault(entry, []).append(table)
        elif " " in entry:
            first = entry.partition(" ")[0]
            self.phrases.setdefault(first, {}).setdefault(f" {entry}", []).append(table)
        elif entry.endswith("*"):
            self.stems.setdefault(entry[:STEM], {}).setdefault(entry[:-1], []).append(table)
        else:
            self.words.setdefault(entry, []).append(table)

    def finds(self, text: Text) -> dict[str, set[str]]:
        """The entries of each table that the text holds."""
        found: dict[str, set[str]] = {}
        for entry, tables in self._held(text):
            for table in tables:
                found.setdefault(table, set()).add(entry)
        return found

    def _held(self, text: Text) -> Iterator[tuple[str, list[str]]]:
        for word in text.distinct & self.words.keys():
            yield word, self.words[word]
        for word in [word for word in text.distinct if word[:STEM] in self.stems]:
            for stem, tables in self.stems[word[:STEM]].items():
                if word.startswith(stem):
                    yield stem, tables
        for word in text.distinct & self.phrases.keys():
            for phrase, tables in self.phrases[word].items():
                if phrase in text.row:
                    yield phrase, tables
        for first in text.signs & self.unspaced.keys():
            for entry, tables in self.unspaced[first].items():
                if entry in text.low:
                    yield entry, tables


def compiled(tables: Mapping[str, str]) -> Tables:
    """The tables of arena/tag_words.py: a line with bars holds phrases, any other holds words."""
    made = Tables()
    for name, text in tables.items():
        for line in text.splitlines():
            for entry in line.split("|") if "|" in line else line.split():
                if entry.strip():
                    made.add(name, entry.strip())
    return made
