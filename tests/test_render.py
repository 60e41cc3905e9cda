"""Answers as blocks: the same however cut, inert whatever they hold, quick whatever comes."""

import re
import time
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.markup import LONGEST_FORMULA, MATH_TAGS, TEXT_TAGS, _parser
from arena.render import LONGEST_BLOCK, Block, Blocks
from tests.hostile_answers import HEAVY, HOSTILE

PIECES = [
    *("a", "b *c*", "\n", "\n\n", "- x\n", "1. y\n", "  z\n", "    w\n", "\t", "\r\n", "---\n"),
    *("```\n", "```py\n", "~~~\n", "$$", "$x$", "\\[", "\\]", "\\(", "\\)", "> q\n", "# h\n", "|"),
    *("`", "&", "<b>", "[l](http://a.b)", "![i](http://a.b/c)", "é", "𝔸", "\ud83d", "\0"),
    *("[r]: http://a.b\n", "[r]", "a|b\n-|-\n"),
]
DOCUMENTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def rendered(text: str) -> list[Block]:
    blocks = Blocks()
    return blocks.feed(text) + blocks.finish()


def html_of(text: str) -> str:
    return "\n".join(block.html for block in rendered(text))


@given(DOCUMENTS, st.lists(st.integers(0, 200)))
def test_any_cut_gives_the_same_blocks(text: str, cuts: list[int]) -> None:
    blocks = Blocks()
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]
    cut = [block for piece in pieces for block in blocks.feed(piece)] + blocks.finish()
    assert cut == rendered(text)


@given(DOCUMENTS)
def test_blocks_are_numbered_from_zero_and_never_empty(text: str) -> None:
    blocks = rendered(text)
    assert [block.index for block in blocks] == list(range(len(blocks)))
    assert all(block.html for block in blocks)


@given(DOCUMENTS)
def test_the_rest_is_the_end_of_what_was_fed(text: str) -> None:
    blocks = Blocks()
    blocks.feed(text)
    assert text.replace("\r\n", "\n").endswith(blocks.rest.lstrip("\n"))
    blocks.finish()
    assert blocks.rest == ""


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nSome *text*\nover lines.\n\n- one\n- two\n\n  more\n\nEnd.",
        "1. one\n\n   ```\n   a\n\n   b\n   ```\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "> quote\n> more\n\n---\n\n    code\n\n    more code\n\nlast",
        "Title\n=====\n\ntext\nlazy\n- item\nlazy too\n\nnew",
        "text\n```py\nx = 1\n\ny = 2\n```\nafter\n## next\nend",
    ],
)
def test_the_blocks_together_are_what_the_whole_would_be(text: str) -> None:
    whole = _parser().render(text, {})
    words = [re.sub(r"<[^>]*>|\s+", "", part) for part in (html_of(text), whole)]
    assert words[0] == words[1]
    tags = [re.findall(r"<(\w+)", part) for part in (html_of(text), whole)]
    assert tags[0] == tags[1]


def test_a_block_comes_as_soon_as_it_has_closed() -> None:
    blocks = Blocks()
    assert blocks.feed("one\n") == []
    assert blocks.feed("\ntwo") == [Block(0, "<p>one</p>")]
    assert blocks.rest == "two"
    assert blocks.feed("\n```py\nx\n")[0].html == "<p>two</p>"
    assert "<pre" in blocks.feed("```\n")[0].html


def test_a_list_stays_whole_over_empty_lines() -> None:
    [block] = rendered("1. one\n\n2. two\n\n   - deep\n\n3. three")
    assert block.html.count("<li>") == 4


class Inspector(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def inspected(html: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_hostile_answer_is_inert(payload: str) -> None:
    page = inspected(html_of(payload))
    assert page.tags <= TEXT_TAGS | MATH_TAGS
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("style", "src", "srcset", "id", "name", "background", "action", "xmlns")
        assert name != "href" or (tag == "a" and re.match(r"(https?://|mailto:)", value, re.I))


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_link_never_tells_where_it_was_clicked(payload: str) -> None:
    for link in re.findall(r"<a [^>]*>", html_of(payload)):
        assert 'rel="noopener noreferrer nofollow"' in link
        assert 'target="_blank"' in link


@pytest.mark.parametrize("piece", HEAVY.values(), ids=HEAVY)
def test_no_hundred_thousand_characters_take_long(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    began = time.process_time()
    rendered(text)
    assert time.process_time() - began < 5.0


def test_four_times_the_answer_takes_about_four_times_as_long() -> None:
    page = "A paragraph with *words*, `code` and $x$.\n\n- one\n- two\n\n```py\nx = 1\n```\n"

    def cost(times: int) -> float:
        blocks, began = Blocks(), time.process_time()
        for character in page * times:
            blocks.feed(character)
        blocks.finish()
        return time.process_time() - began

    cost(20)
    assert cost(320) < 2.5 * 4 * cost(80)


@pytest.mark.parametrize(
    ("tex", "tag"),
    [
        (r"$x^2$", "<msup>"),
        (r"\(x_1\)", "<msub>"),
        ("$$\n\\frac{a}{b}\n$$", "<mfrac>"),
        ("\\[\n\\sqrt{2}\n\\]", "<msqrt>"),
        (r"so $$a+b$$ it is", 'display="block"'),
        (r"$$\begin{aligned}a&=b\\c&=d\end{aligned}$$", "<mtable"),
        (r"$$\begin{pmatrix}1&2\\3&4\end{pmatrix}$$", "<mtd>"),
    ],
)
def test_a_formula_becomes_mathml(tex: str, tag: str) -> None:
    html = html_of(tex)
    assert "<math" in html
    assert tag in html


def test_prices_are_no_formulas() -> None:
    assert html_of("from $5 to $10") == "<p>from $5 to $10</p>"


@pytest.mark.parametrize("tex", [r"$\frac{$", "$" + "x" * (LONGEST_FORMULA + 1) + "$"])
def test_a_formula_that_cannot_be_set_shows_its_source(tex: str) -> None:
    assert '<code class="tex">' in html_of(tex)


def test_an_open_formula_ends_at_an_empty_line() -> None:
    assert html_of("$$\nnever closed\n\n**bold**").endswith("<p><strong>bold</strong></p>")


def test_code_is_coloured_by_classes_and_keeps_its_text() -> None:
    html = html_of("```python\ndef f(): return '<b>'\n```")
    assert '<pre data-language="python"><code><span class="hl-k">def</span>' in html
    assert "style=" not in html
    assert re.sub(r"<[^>]*>", "", html) == "def f(): return '&lt;b&gt;'\n"


def test_code_of_an_unknown_language_is_plain() -> None:
    assert html_of("```nosuch\na < b\n```") == (
        '<pre data-language="nosuch"><code>a &lt; b</code></pre>'
    )


def test_tabs_and_indentation_of_code_are_kept() -> None:
    assert "\n\t\techo hi\n    done" in html_of("```\nx:\n\t\techo hi\n    done\n```")


def test_a_table_is_aligned_by_class() -> None:
    html = html_of("| a | b |\n|:-:|--:|\n| 1 | 2 |\n")
    assert '<td class="center">1</td>' in html
    assert '<td class="right">2</td>' in html


def test_headings_stand_below_those_of_the_page() -> None:
    assert html_of("# one\n## two\n###### six") == "<h3>one</h3>\n<h4>two</h4>\n<h6>six</h6>"


def test_a_picture_is_a_link_to_it() -> None:
    html = html_of("![a cat](https://example.org/cat.png)")
    assert ">[a cat]</a>" in html
    assert "<img" not in html


def test_a_link_defined_earlier_is_known_later() -> None:
    assert 'href="https://example.org"' in html_of("[r]: https://example.org\n\nSee [r].")


def test_a_block_that_is_too_long_is_shown_as_typed() -> None:
    long = "*x* " * LONGEST_BLOCK
    [block] = rendered(long)
    assert block.html == f'<p class="as-typed">{long.strip()}</p>'


def test_half_a_surrogate_pair_can_be_sent() -> None:
    html_of("a\ud83d b\n\n```\n\ud83d\n```\n$$\\text{\ud83d}$$").encode()
