"""Markdown as it streams: each block becomes safe HTML the moment it has closed."""

import re
from dataclasses import dataclass
from typing import Literal

from arena.markup import Definitions, code_html, formula_html, markdown_html, plain_html

Kind = Literal["none", "text", "list", "fence", "formula"]

# A longer block is shown as typed: no hostile answer may make the parser work for long.
LONGEST_BLOCK = 8_000
MOST_CELLS = 4_000
LONGEST_FORMULA_LINES = 40
HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]|$)")
FENCE = re.compile(r"(?P<indent> {0,3})(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
FIRST_ITEM = re.compile(r" {0,3}(?:[-*+]|1[.)])[ \t]+\S")
FENCE_IN_ITEM = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?P<mark>`{3,}|~{3,})[^`]*$")
FORMULA_ENDS = {"$$": "$$", r"\[": r"\]"}


@dataclass(frozen=True, slots=True)
class Block:
    """One closed block of an answer: its place in order, from 0, and its HTML."""

    index: int
    html: str


class Blocks:
    """Feed it an answer in pieces of any size; the blocks are the same however it was cut.

    Each line is looked at once to see where blocks end, and each block is parsed once, when it has
    ended; so the cost grows with the answer's length and no faster.
    """

    def __init__(self) -> None:
        self._tail: list[str] = []
        self._lines: list[str] = []
        self._size = 0
        self._kind: Kind = "none"
        self._ending = ""
        self._opening = ""
        self._definitions: Definitions = {}
        self._closed: list[Block] = []
        self._count = 0

    def feed(self, text: str) -> list[Block]:
        """The blocks that `text` has closed, in order."""
        first, *rest = text.split("\n")
        self._tail.append(first)
        for piece in rest:
            self._line("".join(self._tail))
            self._tail = [piece]
        return self._taken()

    def finish(self) -> list[Block]:
        """The rest, once nothing more will come."""
        if tail := "".join(self._tail):
            self._line(tail)
        self._tail = []
        self._close()
        return self._taken()

    @property
    def rest(self) -> str:
        """What was fed and belongs to no closed block yet, as it was written."""
        fence = [self._opening] if self._kind == "fence" else []
        return "\n".join([*fence, *self._lines, "".join(self._tail)])

    def _taken(self) -> list[Block]:
        closed, self._closed = self._closed, []
        return closed

    def _line(self, line: str) -> None:
        line = line.removesuffix("\r")
        going_on = {
            "none": self._begin,
            "text": self._text,
            "list": self._list,
            "fence": self._fence,
            "formula": self._formula,
        }
        going_on[self._kind](line)

    def _keep(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line) + 1

    def _begin(self, line: str) -> None:
        stripped = line.strip()
        if not stripped:
            return
        if fence := FENCE.match(line):
            self._kind, self._ending = "fence", fence["mark"]
            self._opening = line
            return
        if self._begins_formula(line, stripped):
            return
        in_list = ITEM.match(line) or line.startswith(("    ", "\t"))
        self._kind = "list" if in_list and not _is_rule(stripped) else "text"
        self._ending = _inner_fence(line) if self._kind == "list" else ""
        self._keep(line)
        if HEADING.match(line) or _is_rule(stripped):
            self._close()

    def _begins_formula(self, line: str, stripped: str) -> bool:
        ending = FORMULA_ENDS.get(stripped[:2])
        if ending is None:
            return False
        inside = stripped[2:]
        if not inside or ending not in inside:
            self._kind, self._ending = "formula", ending
            self._keep(line)
            return True
        if inside.index(ending) != len(inside) - 2:
            return False
        self._emit(formula_html(_clean(inside[:-2].strip())))
        return True

    def _text(self, line: str) -> None:
        stripped = line.strip()
        if not stripped:
            self._close()
        elif self._interrupts(line) or FIRST_ITEM.match(line) or self._size > LONGEST_BLOCK:
            self._close()
            self._begin(line)
        else:
            self._keep(line)

    def _list(self, line: str) -> None:
        blank, inside = not line.strip(), line.startswith((" ", "\t"))
        if self._ending and (blank or inside):
            self._keep(line)
            if _closes(line, self._ending):
                self._ending = ""
        elif self._size > LONGEST_BLOCK and not blank:
            self._close()
            self._begin(line)
        elif blank or inside or ITEM.match(line) or self._is_lazy(line):
            self._keep(line)
            self._ending = _inner_fence(line)
        else:
            self._close()
            self._begin(line)

    def _is_lazy(self, line: str) -> bool:
        """Does the line go on with the paragraph of the item above, though it is not indented?"""
        return bool(self._lines[-1].strip()) and not self._ending and not self._interrupts(line)

    def _interrupts(self, line: str) -> bool:
        return bool(HEADING.match(line) or FENCE.match(line)) or line.strip()[:2] in FORMULA_ENDS

    def _fence(self, line: str) -> None:
        indent = len(line) - len(line.lstrip(" "))
        if indent < 4 and _closes(line, self._ending):
            self._close()
            return
        self._keep(line)

    def _formula(self, line: str) -> None:
        if line.strip().endswith(self._ending):
            self._keep(line)
            self._close()
        elif not line.strip() or len(self._lines) > LONGEST_FORMULA_LINES:
            self._kind = "text"
            self._text(line)
        else:
            self._keep(line)

    def _close(self) -> None:
        lines, text = self._lines, "\n".join(self._lines)
        kind, too_much = self._kind, _is_too_much(self._lines, self._size)
        self._lines, self._size, self._kind = [], 0, "none"
        if kind == "fence":
            text = _outdented(lines, len(self._opening) - len(self._opening.lstrip(" ")))
            info = self._opening.strip().lstrip(self._ending[0]).split(maxsplit=1)
            self._emit(code_html(_clean(text), _clean(info[0]) if info else ""))
        elif kind == "formula" and text.rstrip().endswith(self._ending) and len(text.strip()) > 3:
            self._emit(formula_html(_clean(text.strip()[2:-2].strip())))
        elif text.strip():
            text = _clean(text)
            self._emit(plain_html(text) if too_much else markdown_html(text, self._definitions))
        self._ending = ""

    def _emit(self, html: str) -> None:
        if html:
            self._closed.append(Block(self._count, html))
            self._count += 1


def _clean(text: str) -> str:
    """Half a surrogate pair is no character; it is replaced, since it cannot be sent."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")


def _is_too_much(lines: list[str], size: int) -> bool:
    """Would the block cost more to read as Markdown than any honest answer does?"""
    columns = max((line.count("|") for line in lines), default=0)
    return size > 2 * LONGEST_BLOCK or columns * len(lines) > MOST_CELLS


def _outdented(lines: list[str], most: int) -> str:
    """The lines of a fence without the indent that its opening has, as far as they have it."""
    return "\n".join(line[min(most, len(line) - len(line.lstrip(" "))) :] for line in lines)


def _closes(line: str, mark: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= len(mark) and not stripped.strip(mark[0])


def _inner_fence(line: str) -> str:
    fence = FENCE_IN_ITEM.match(line)
    return fence["mark"] if fence else ""


def _is_rule(stripped: str) -> bool:
    bare = stripped.replace(" ", "")
    return len(bare) >= 3 and bare[0] in "-*_" and not bare.strip(bare[0])
