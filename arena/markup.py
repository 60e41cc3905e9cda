"""One Markdown block as safe HTML: no script, no style, no picture, no call to another host."""

import html
import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any
from xml.etree.ElementTree import tostring

import nh3
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments.token import STANDARD_TYPES

from arena.highlight import code_markup

Definitions = MutableMapping[str, Any]

LONGEST_FORMULA = 1_000
ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|split|gathered)\}")
MATH_NAMES = """
    math mrow mi mn mo mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover
    mtable mtr mtd mstyle mpadded mphantom menclose mmultiscripts mprescripts none
"""
MATH_TAGS = frozenset(MATH_NAMES.split())
TEXT_NAMES = """
    a blockquote br code div em h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead
    tr ul
"""
TEXT_TAGS = frozenset(TEXT_NAMES.split())
MATH_ATTRIBUTES = {
    "math": {"display"},
    "mo": {"stretchy", "fence", "separator", "minsize", "maxsize", "lspace", "rspace"},
    "mi": {"mathvariant"},
    "mspace": {"width", "linebreak"},
    "mfrac": {"linethickness"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
}
SANITIZER = nh3.Cleaner(
    tags=set(TEXT_TAGS | MATH_TAGS),
    clean_content_tags={"script", "style"},
    attributes={
        "*": set(),
        "a": {"href"},
        "ol": {"start"},
        "pre": {"data-language"},
        **MATH_ATTRIBUTES,
    },
    allowed_classes={
        "span": {f"hl-{name}" for name in STANDARD_TYPES.values() if name},
        "div": {"formula", "scroll"},
        "td": {"center", "right"},
        "th": {"center", "right"},
        "p": {"as-typed"},
        "code": {"tex"},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def markdown_html(text: str, definitions: Definitions) -> str:
    """The block as HTML; `definitions` holds the link definitions of the blocks before it."""
    return SANITIZER.clean(_parser().render(text, definitions)).strip()


def formula_html(tex: str) -> str:
    """A displayed formula as MathML."""
    return SANITIZER.clean(f'<div class="formula">{_mathml(tex, display=True)}</div>')


def code_html(code: str, language: str) -> str:
    """A block of code."""
    return SANITIZER.clean(code_markup(code, language))


def plain_html(text: str) -> str:
    """Text that is too long to be read as Markdown, as it was typed."""
    return f'<p class="as-typed">{html.escape(text.strip())}</p>'


def _mathml(tex: str, display: bool) -> str:
    source = f'<code class="tex">{html.escape(tex)}</code>'
    if len(tex) > LONGEST_FORMULA:
        return source
    try:
        tex = ALIGNED.sub(r"\\\1{align*}", tex)
        formula = convert_to_element(tex, display="block" if display else "inline")
        # The texts of the tree hold character references, and whatever \\text{…} was given.
        for element in formula.iter():
            element.text = html.unescape(element.text) if element.text else None
        return tostring(formula, encoding="unicode")
    except Exception:  # a formula nobody can set has a hundred ways to fail; its source is shown
        return source


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, the parser's own name
        return bool(ADDRESS.match(url))


@cache
def _parser() -> MarkdownIt:
    parser = _Markdown("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.disable("math_block")
    parser.inline.ruler.before("escape", "tex_brackets", _tex_brackets)
    parser.core.ruler.push("shape", lambda state: _shape(state.tokens))
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("math_inline", _formula)
    parser.add_render_rule("math_inline_double", _formula)
    return parser


def _tex_brackets(state: StateInline, silent: bool) -> bool:
    r"""Inline rule for `\( … \)` and `\[ … \]`, which answers use as often as dollars."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in (r"\(", r"\["):
        return False
    closing = r"\)" if opening == r"\(" else r"\]"
    limit = min(state.posMax, state.pos + LONGEST_FORMULA)
    end = state.src.find(closing, state.pos + 2, limit)
    if end < 0:
        return False
    if not silent:
        kind = "math_inline" if opening == r"\(" else "math_inline_double"
        state.push(kind, "math", 0).content = state.src[state.pos + 2 : end]
    state.pos = end + 2
    return True


def _shape(tokens: Sequence[Token]) -> None:
    """Headings below the page's own; alignment by class, since there is no inline style."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        elif token.type in ("td_open", "th_open") and (style := token.attrs.pop("style", None)):
            token.attrs["class"] = str(style).rpartition(":")[2]


def _fence(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Definitions
) -> str:
    words = tokens[index].info.split(maxsplit=1)
    return code_markup(tokens[index].content, words[0] if words else "")


def _image(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Definitions
) -> str:
    token = tokens[index]
    alt = html.escape(token.content or "picture")
    return f'<a href="{html.escape(str(token.attrs.get("src", "")))}">[{alt}]</a>'


def _formula(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: Definitions
) -> str:
    return _mathml(tokens[index].content, tokens[index].type == "math_inline_double")
