"""Style and named covariates of a file of votes, in every spelling it may have."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from ranking import OptionError, ReadingError, read_votes
from ranking.style import FEATURES, count, differences

LONG = "# Title\n\n**bold** and\n\n- one\n- two\n\n```\n# code\n```"
SHORT = "Yes, **sure**."


def counts(tokens: int, headers: int, lists: int, bold: int, side: str) -> dict[str, Any]:
    return {
        f"sum_assistant_{side}_tokens": tokens,
        f"header_count_{side}": {"h1": headers, **dict.fromkeys(("h2", "h3", "h4", "h5", "h6"), 0)},
        f"list_count_{side}": {"ordered": 1, "unordered": lists - 1},
        f"bold_count_{side}": {"**": bold, "__": 0},
    }


def talk(*answers: str, parts: bool = False) -> list[dict[str, Any]]:
    said = [one for answer in answers for one in (("user", "# why?"), ("assistant", answer))]
    return [
        {"role": role, "content": [{"type": "text", "text": text}] if parts else text}
        for role, text in said
    ]


ROWS: list[dict[str, Any]] = [
    {"model_a": "x", "model_b": "y", "winner": "model_a"},
    {"model_a": "y", "model_b": "x", "winner": "tie"},
]
METADATA = [
    counts(30, 2, 3, 1, "a") | counts(10, 0, 1, 1, "b") | {"turns": 1},
    counts(0, 0, 1, 4, "a") | counts(0, 3, 1, 0, "b") | {"turns": 1},
]
COUNTED = [[0.5, 1.0, 0.5, 0.0], [0.0, -1.0, 0.0, 1.0]]


def written(path: Path, columns: dict[str, list[Any]]) -> Path:
    """The two votes with these columns beside them, in the format the path ends in."""
    rows = [row | {k: v[i] for k, v in columns.items()} for i, row in enumerate(ROWS)]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path
    if path.suffix == ".csv":
        rows = [
            {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in row.items()}
            for row in rows
        ]
        pyarrow.csv.write_csv(pa.Table.from_pylist(rows), path)
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


FORMATS = pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])


@FORMATS
def test_style_comes_from_conv_metadata(tmp_path: Path, ending: str) -> None:
    votes = read_votes(written(tmp_path / f"v.{ending}", {"conv_metadata": METADATA}), style=True)
    assert votes.features == FEATURES
    assert votes.covariates is not None
    assert votes.covariates.tolist() == COUNTED


@FORMATS
@pytest.mark.parametrize("parts", [True, False])
def test_style_comes_from_the_answers_where_nothing_is_counted(
    tmp_path: Path, ending: str, parts: bool
) -> None:
    talks = {
        "conversation_a": [talk(LONG, SHORT, parts=parts), talk(SHORT, parts=parts)],
        "conversation_b": [talk(SHORT, LONG, parts=parts), talk(LONG, parts=parts)],
    }
    votes = read_votes(written(tmp_path / f"v.{ending}", talks), style=True)
    apart = differences(count([SHORT]), count([LONG]))[0]
    assert votes.covariates is not None
    assert votes.covariates.tolist() == [[0.0] * 4, apart.tolist()]


@FORMATS
def test_what_is_counted_is_taken_and_the_rest_comes_from_the_answers(
    tmp_path: Path, ending: str
) -> None:
    """As our own battles have it: tokens by the model's count, no Markdown."""
    metadata = [{"sum_assistant_a_tokens": 3, "sum_assistant_b_tokens": 1}] * 2
    talks = {"conversation_a": [talk(LONG)] * 2, "conversation_b": [talk(SHORT)] * 2}
    path = written(tmp_path / f"v.{ending}", {"conv_metadata": metadata, **talks})
    votes = read_votes(path, style=True)
    assert votes.covariates is not None
    assert votes.covariates[0].tolist() == [0.5, 1.0, 1.0, 0.0]


def test_tokens_that_one_vote_lacks_are_counted_in_the_answers_of_all(tmp_path: Path) -> None:
    metadata = [{"sum_assistant_a_tokens": 3, "sum_assistant_b_tokens": n} for n in (1, None)]
    talks = {"conversation_a": [talk(LONG)] * 2, "conversation_b": [talk(SHORT)] * 2}
    path = written(tmp_path / "v.parquet", {"conv_metadata": metadata, **talks})
    votes = read_votes(path, style=True)
    assert votes.covariates is not None
    assert (votes.covariates == differences(count([LONG]), count([SHORT]))).all()


@FORMATS
def test_named_covariates_are_differences_or_two_sides(tmp_path: Path, ending: str) -> None:
    columns = {
        "speed": [-0.5, 2.0],
        "cost_a": [3.0, 0.0],
        "cost_b": [1.0, 0.0],
        "refusal_a": [True, False],
        "refusal_b": [False, False],
    }
    path = written(tmp_path / f"v.{ending}", columns)
    votes = read_votes(path, covariates=["speed", "cost", "refusal"])
    assert votes.features == ("speed", "cost", "refusal")
    assert votes.covariates is not None
    assert votes.covariates.tolist() == [[-0.5, 0.5, 1.0], [2.0, 0.0, 0.0]]


def test_style_stands_before_named_covariates_and_follows_the_category(tmp_path: Path) -> None:
    columns = {"conv_metadata": METADATA, "speed": [1, 2], "category_tag": [["code"], ["math"]]}
    path = written(tmp_path / "v.parquet", columns)
    votes = read_votes(path, style=True, covariates=["speed"], category="math")
    assert votes.features == (*FEATURES, "speed")
    assert votes.covariates is not None
    assert votes.covariates.tolist() == [[*COUNTED[1], 2.0]]


def test_batches_are_joined_in_order(tmp_path: Path) -> None:
    votes = 40_000
    table = {"model_a": ["x"] * votes, "model_b": ["y"] * votes, "winner": ["tie"] * votes}
    pq.write_table(pa.table(table | {"f": np.arange(votes)}), tmp_path / "v.parquet")
    read = read_votes(tmp_path / "v.parquet", covariates=["f"]).covariates
    assert read is not None
    assert (read[:, 0] == np.arange(votes)).all()


@pytest.mark.parametrize(
    ("columns", "asked", "said"),
    [
        ({}, {"style": True}, "no tokens, headers, lists, bold for style control"),
        (
            {"conv_metadata": [{"sum_assistant_a_tokens": 1, "sum_assistant_b_tokens": 1}] * 2},
            {"style": True},
            "no headers, lists, bold for style control",
        ),
        ({"conversation_a": [[]] * 2}, {"style": True}, "no conversation_a and conversation_b"),
        ({"conv_metadata": ["{", "{}"]}, {"style": True}, "conv_metadata does not hold JSON"),
        (
            {"conversation_a": ["hello"] * 2, "conversation_b": ["{}"] * 2},
            {"style": True},
            "conversation_a does not hold JSON",
        ),
        (
            {"conversation_a": [1, 2], "conversation_b": [1, 2]},
            {"style": True},
            "conversation_a does not hold messages with role and content",
        ),
        ({}, {"covariates": ["speed"]}, "no column speed, nor speed_a and speed_b"),
        ({"speed_a": [1, 2]}, {"covariates": ["speed"]}, "no column speed"),
        ({"speed": [1.0, None]}, {"covariates": ["speed"]}, "row 2: speed is nan"),
        ({"speed": ["fast", "slow"]}, {"covariates": ["speed"]}, "cannot be read"),
        (
            {"speed_a": [1.0, -3.0], "speed_b": [1.0, 1.0]},
            {"covariates": ["speed"]},
            "speed_a holds -3: amounts are 0 or more",
        ),
        (
            {"speed_a": [1.0, None], "speed_b": [1.0, 1.0]},
            {"covariates": ["speed"]},
            "row 2: speed is nan",
        ),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(
    tmp_path: Path, columns: dict[str, list[Any]], asked: dict[str, Any], said: str
) -> None:
    path = written(tmp_path / "v.parquet", columns)
    with pytest.raises(ReadingError, match=said) as raised:
        read_votes(path, **asked)
    assert "\n" not in str(raised.value)


def test_a_covariate_named_twice_is_wrong_usage(tmp_path: Path) -> None:
    path = written(tmp_path / "v.parquet", {"conv_metadata": METADATA})
    with pytest.raises(OptionError, match="named twice"):
        read_votes(path, style=True, covariates=["tokens"])
