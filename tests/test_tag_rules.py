"""The category rules: right as often as docs/ranking.md says, and never slow."""

import time
from itertools import product

import pytest

from arena.tag_finds import Text, compiled
from arena.tags import GUESSED, categories, length
from benchmarks.tags import PARTS, TAGS, Score, prompts, scores

# Precision and recall that the rules shall not fall below on the prompts that were held out.
FLOORS = {
    "code": (0.95, 0.95),
    "maths": (0.85, 0.95),
    "creative-writing": (0.95, 0.9),
    "instruction-following": (0.85, 0.9),
    "hard-prompt": (0.9, 0.85),
    "long-prompt": (1.0, 1.0),
    "multi-turn": (1.0, 1.0),
    "language": (0.97, 0.85),
}
HOSTILE = (
    "a",
    "ab ",
    "(((",
    "`x",
    "``",
    "def def ",
    "Error",
    "1+1=",
    "x^",
    "% ",
    "15% of ",
    "\\",
    "- \n",
    "1. ",
    "</a",
    "exactly 3 ",
    "how many 2 ",
    "如何",
    "ё",
    "é",
    "\u0130",
    "\x00",
    "[[",
    "SELECT ",
    "if all are all ",
    "\n",
)


@pytest.fixture(scope="module")
def held_out() -> dict[str, Score]:
    return scores("held_out")


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_given_as_rightly_as_is_said(held_out: dict[str, Score], tag: str) -> None:
    precision, recall = FLOORS[tag]
    assert held_out[tag].precision >= precision
    assert held_out[tag].recall >= recall


def test_the_labelled_prompts_are_many_of_several_languages_and_none_twice() -> None:
    rows = [prompt for part in PARTS for prompt in prompts(part)]
    assert len(rows) >= 200 and len({(row["prompt"], row["turn"]) for row in rows}) == len(rows)
    assert len({row["language"] for row in rows}) >= 10
    for tag in GUESSED | {"code"}:
        labelled = sum(tag in row["tags"] for row in rows)
        assert 30 <= labelled <= len(rows) / 2, tag


def seconds(text: str) -> float:
    """The least of five times."""
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        categories(text, "en", 1)
        spent.append(time.perf_counter() - began)
    return min(spent)


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_prompt_is_slow_to_tag_and_a_longer_one_is_no_slower_a_letter(piece: str) -> None:
    short, long = (seconds((piece * size)[:size]) for size in (5_000, 20_000))
    assert short < 0.01
    assert long < 8 * short + 0.001  # four times the letters


@pytest.mark.parametrize(
    ("first", "second"), [*product(("(", "`", "def f", "1 +"), ("\n", " ", "a"))]
)
def test_pieces_that_almost_match_are_not_slow_either(first: str, second: str) -> None:
    assert seconds((first + second * 45) * 110) < 0.02


def test_what_is_beyond_reading_is_not_read() -> None:
    assert "code" not in categories(" " * 20_000 + "```python", "und", 1)


def test_a_letter_of_a_dense_script_counts_for_three() -> None:
    assert (length("ab"), length("新桥"), length("ab新")) == (2, 6, 5)


def test_words_stems_phrases_and_scripts_without_spaces_are_found() -> None:
    tables = compiled({"one": "\nword stem*\n a phrase|诗\n", "two": "word"})
    finds = tables.finds(Text.of("Stems: a  phrase, 一首诗! Word"))
    assert finds == {"one": {"stem", " a phrase", "诗", "word"}, "two": {"word"}}
    assert tables.finds(Text.of("sword a phra se tem")) == {}
