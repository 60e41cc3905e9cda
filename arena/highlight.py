"""A block of code as HTML, its words coloured by classes."""

import html
import re
from functools import cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

LONGEST_HIGHLIGHT = 8_000
# Some lexers take the square of a line's length, or of a run of empty lines.
ODD_CODE = re.compile(r"[^\n]{200}|\n{9}")
PLAIN_WORD = re.compile(r"[\w+#.-]{1,20}")
# Lexers an answer is likely to name; the rest of Pygments is not worth its surface.
NAMED = """
    bash c c# c++ clojure console cpp cs csharp css dart diff docker dockerfile elixir go golang
    haskell hs html ini java javascript js json jsx julia kotlin kt latex lua make makefile
    matlab objc perl php powershell py python python3 r rb rs ruby rust scala sh shell sql swift
    tex toml ts tsx typescript xml yaml yml zsh
"""
LANGUAGES = frozenset(NAMED.split())


def code_markup(code: str, language: str) -> str:
    """A block of code, coloured by classes where its language is known and its length is sane."""
    odd = len(code) > LONGEST_HIGHLIGHT or ODD_CODE.search(code)
    lexer = None if odd else _lexer(language.lower())
    inner = highlight(code, lexer, _formatter()) if lexer else html.escape(code)
    label = f' data-language="{html.escape(language)}"' if PLAIN_WORD.fullmatch(language) else ""
    return f"<pre{label}><code>{inner}</code></pre>"


@cache
def _lexer(language: str) -> Lexer | None:
    if language not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None


@cache
def _formatter() -> "HtmlFormatter[str]":
    return HtmlFormatter(nowrap=True, classprefix="hl-")
