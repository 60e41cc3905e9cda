"""Tags in the three shapes the public datasets write them."""

import json
from typing import Any

import pyarrow as pa
import pytest

from ranking.categories import in_category

NESTED: list[Any] = [
    {"math_v0.1": {"math": True}, "criteria_v0.1": {"complexity": False, "score": 3}},
    {"math_v0.1": {"math": False}, "criteria_v0.1": {"complexity": True, "score": 1}},
    {"math_v0.1": None, "criteria_v0.1": {"complexity": None, "score": None}},
    None,
]


@pytest.mark.parametrize("tag", ["math", "complexity"])
def test_a_struct_holds_the_flags_that_are_true(tag: str) -> None:
    expected = [row == ("math", "complexity").index(tag) for row in range(4)]
    assert in_category(pa.array(NESTED), tag).tolist() == expected


@pytest.mark.parametrize("tag", ["score", "math_v0.1", "poetry"])
def test_a_name_that_is_no_flag_holds_nothing(tag: str) -> None:
    assert not in_category(pa.array(NESTED), tag).any()


def test_a_list_holds_its_elements() -> None:
    tags = pa.array([["math", "code"], [], None, ["code"]])
    assert in_category(tags, "code").tolist() == [True, False, False, True]
    assert (
        in_category(tags.cast(pa.large_list(pa.string())), "math").tolist() == [True] + [False] * 3
    )


def test_text_is_a_tag_or_json_of_tags() -> None:
    tags = ["math", json.dumps(["math", "code"]), json.dumps(NESTED[0]), "{broken", None, "maths"]
    held = in_category(pa.chunked_array([tags[:3], tags[3:]]), "math")
    assert held.tolist() == [True, True, True, False, False, False]


def test_a_part_of_a_list_counts_its_own_rows() -> None:
    tags = pa.array([["math"], ["code"], ["math"]]).slice(1)
    assert in_category(tags, "math").tolist() == [False, True]


def test_numbers_hold_no_tags() -> None:
    assert not in_category(pa.array([1, 2]), "1").any()
