"""What an answer looks like, in counts, and how two differ."""

import numpy as np
import pyarrow as pa
import pytest

from ranking.style import FEATURES, count, differences


@pytest.mark.parametrize(
    ("text", "tokens", "headers", "lists", "bold"),
    [
        ("", 0, 0, 0, 0),
        ("two words", 2, 0, 0, 0),
        ("It's 3.14, naïve!", 9, 0, 0, 0),
        ("snake_case Überraschung", 2, 0, 0, 0),
        ("漢字 かな", 4, 0, 0, 0),
        ("GPT漢字です。", 6, 0, 0, 0),
        ("한국어 문장", 2, 0, 0, 0),
        ("# a\n###### b\n####### c\n#d", 19, 2, 0, 0),
        ("a # b", 3, 0, 0, 0),
        ("- a\n* b\n+ c\n  - d\n-e", 10, 0, 4, 0),
        ("1. a\n22. b\n3) c\n4.d", 12, 0, 2, 0),
        ("**a** and __b__", 7, 0, 0, 2),
        ("**a\nb** ** **", 10, 0, 0, 1),
        ("__a\nb__", 2, 0, 0, 0),
        ("**a __b__ c**", 7, 0, 0, 2),
        ("# a\n```\n# no\n- no\n**no**\n```\n- b", 19, 1, 1, 0),
        ("# a\n```py\n# never closed", 9, 1, 0, 0),
    ],
)
def test_what_is_counted(text: str, tokens: int, headers: int, lists: int, bold: int) -> None:
    assert count([text]).tolist() == [[tokens, headers, lists, bold]]


def test_the_columns_are_the_features() -> None:
    assert FEATURES == ("tokens", "headers", "lists", "bold")
    assert count(["# **a**\n- b"]).shape == (1, len(FEATURES))


def test_texts_come_as_a_list_or_as_arrow_and_may_be_absent() -> None:
    texts = ["a b", None, "- c"]
    for given in (texts, pa.array(texts), pa.chunked_array([texts[:1], texts[1:]])):
        assert count(given)[:, 0].tolist() == [2, 0, 2]
    assert count([]).shape == (0, len(FEATURES))


def test_a_text_counts_the_same_alone_and_among_others() -> None:
    texts = ["1.", "# open ```", "**a", "b**", "- x\n\n", "\n- y"]
    assert count(texts).tolist() == [count([text]).tolist()[0] for text in texts]


def test_a_difference_is_normalised_and_0_where_both_are_0() -> None:
    apart = differences(np.array([3, 0, 0, 5]), np.array([1, 0, 4, 5]))
    assert apart.tolist() == [0.5, 0.0, -1.0, 0.0]


def test_swapping_sides_turns_a_difference_around() -> None:
    one, other = np.random.default_rng(0).integers(0, 9, (2, 50, 4))
    assert (differences(one, other) == -differences(other, one)).all()
