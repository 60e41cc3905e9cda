"""Files of votes: the same votes from every kind of file, and one clear line for a bad one."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from ranking import ReadingError, Votes, read_votes

COLUMNS: dict[str, list[Any]] = {
    "id": [1, 2, 3],
    "model_a": ["x", "y", "z"],
    "model_b": ["y", "z", "x"],
    "winner": ["model_a", "tie (bothbad)", "model_b"],
    "weight": [1.0, 2.0, 0.5],
    "judge": ["u", "v", "u"],
    "pair_probability": [0.5, 0.25, 1.0],
}


def write(folder: Path, ending: str, columns: dict[str, list[Any]]) -> Path:
    path, table = folder / f"votes{ending}", pa.table(columns)
    if ending == ".parquet":
        pq.write_table(table, path)
    elif ending.startswith(".csv"):
        with pa.output_stream(path, compression="detect") as stream:
            pyarrow.csv.write_csv(table, stream)
    else:
        text = "".join(json.dumps(row) + "\n" for row in table.to_pylist()).encode()
        path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    return path


def without(*names: str) -> dict[str, list[Any]]:
    return {name: values for name, values in COLUMNS.items() if name not in names}


ENDINGS = [".parquet", ".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_kind_of_file_holds_the_same_votes(tmp_path: Path, ending: str) -> None:
    votes = read_votes(write(tmp_path, ending, COLUMNS), voters=True, probabilities=True)
    assert votes.names == ("x", "y", "z")
    assert (votes.a.tolist(), votes.b.tolist()) == ([0, 1, 2], [1, 2, 0])
    assert votes.winner.tolist() == [0, 3, 1]
    assert votes.weight is not None
    assert votes.weight.tolist() == [1.0, 2.0, 0.5]
    assert votes.voter is not None
    assert votes.voter.tolist() == [0, 1, 0]
    assert votes.probability is not None
    assert votes.probability.tolist() == [0.5, 0.25, 1.0]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_not_asked_for_may_be_absent(tmp_path: Path, ending: str) -> None:
    few = without("id", "weight", "judge", "pair_probability")
    votes = read_votes(write(tmp_path, ending, few))
    assert (votes.weight, votes.voter, votes.probability) == (None, None, None)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
@pytest.mark.parametrize("name", ["model_a", "winner"])
def test_a_missing_column_is_named_with_those_found(tmp_path: Path, ending: str, name: str) -> None:
    path = write(tmp_path, ending, without(name))
    with pytest.raises(ReadingError, match=f"has no column {name}; it has id, model_"):
        read_votes(path)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_column_an_option_needs_is_asked_for_by_name(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending, without("judge", "pair_probability"))
    with pytest.raises(ReadingError, match="has no column judge"):
        read_votes(path, voters=True)
    with pytest.raises(ReadingError, match="has no column pair_probability"):
        read_votes(path, probabilities=True)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_an_unknown_winner_names_file_and_row(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending, COLUMNS | {"winner": ["tie", "tie", "x"]})
    with pytest.raises(ReadingError, match=r"votes\.\w+: row 3: unknown winner 'x'"):
        read_votes(path)


@pytest.mark.parametrize("ending", [".parquet", ".jsonl"])
def test_an_absent_winner_names_its_row(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, ending, COLUMNS | {"winner": ["tie", None, "tie"]})
    with pytest.raises(ReadingError, match="row 2: winner is missing"):
        read_votes(path)


def test_an_absent_weight_names_its_row(tmp_path: Path) -> None:
    path = write(tmp_path, ".jsonl", COLUMNS | {"weight": [1.0, None, 1.0]})
    with pytest.raises(ReadingError, match="row 2: weight is nan"):
        read_votes(path)


def test_a_weight_that_starts_on_a_later_line_is_not_overlooked(tmp_path: Path) -> None:
    path = tmp_path / "votes.jsonl"
    plain = {"model_a": "x", "model_b": "y", "winner": "tie"}
    path.write_text(json.dumps(plain) + "\n" + json.dumps(plain | {"weight": 2}))
    with pytest.raises(ReadingError, match="row 1: weight is nan"):
        read_votes(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("v.parquet", b"PAR1 not really", "cannot be read"),
        ("v.parquet", b"", "is empty"),
        ("v.csv", b"", "is empty"),
        ("v.csv", b"model_a,model_b,winner\n", "holds no votes"),
        ("v.csv", b"model_a,model_b,winner\nx,y\n", "cannot be read"),
        ("v.csv", b"\xff\xfe,\x00", "cannot be read"),
        ("v.csv", b"model_a,model_b,winner\nx,\xff\xfe,tie\n", "cannot be read"),
        ("v.csv", b"model_a,model_b,winner\nx,,tie\n", "row 1: model_b is missing"),
        ("v.csv", b"model_a,model_b,winner,weight\nx,y,tie,big\n", "cannot be read"),
        ("v.csv.gz", b"not gzip at all", "cannot be read"),
        ("v.jsonl", b"", "is empty"),
        ("v.jsonl", b"[1, 2]\n", "one object a line"),
        ("v.jsonl", b"{broken\n", "cannot be read"),
        ("v.jsonl", b'{"model_a": 1, "model_b": "y", "winner": "tie"}\n', "cannot be read"),
        ("v.txt", b"x", "ends in none of .parquet, .csv, .jsonl"),
        ("v", b"x", "ends in none of"),
    ],
)
def test_a_file_that_holds_no_votes_says_why(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadingError, match=said) as caught:
        read_votes(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parquet_file_without_rows_holds_no_votes(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    pq.write_table(pa.table({n: pa.array([], pa.string()) for n in list(COLUMNS)[1:4]}), path)
    with pytest.raises(ReadingError, match="holds no votes"):
        read_votes(path)


def test_models_by_number_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, ".parquet", COLUMNS | {"model_a": [1, 2, 3]})
    with pytest.raises(ReadingError, match="model_a holds int64, not text"):
        read_votes(path)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="is a folder"):
        read_votes(tmp_path)
    with pytest.raises(ReadingError, match="no such file"):
        read_votes(tmp_path / "votes.csv")


def test_long_texts_with_line_breaks_beside_the_votes_are_stepped_over(tmp_path: Path) -> None:
    text = 'he said: "no",\nand left\n' * 100_000
    path = write(tmp_path, ".csv", {"conversation": [text] * 3} | COLUMNS)
    assert len(read_votes(path)) == 3
    path = write(tmp_path, ".jsonl", {"conversation": [text] * 3} | COLUMNS)
    assert len(read_votes(path)) == 3


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("model_a,model_b,winner\nx,y,tie\n", encoding="utf-8-sig")
    assert len(read_votes(path)) == 1


def test_several_row_groups_with_their_own_dictionaries_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    pq.write_table(pa.table(COLUMNS), path, row_group_size=1)
    votes = read_votes(path)
    assert isinstance(votes, Votes)
    assert np.array_equal(votes.a, [0, 1, 2])


def test_a_category_keeps_its_votes_only(tmp_path: Path) -> None:
    tags = [{"math_v0.1": {"math": value}} for value in (True, False, True)]
    for ending in (".parquet", ".jsonl"):
        path = write(tmp_path, ending, COLUMNS | {"category_tag": tags})
        assert len(read_votes(path, category="math")) == 2


def test_a_category_nobody_has_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, ".csv", COLUMNS | {"category_tag": ["code", "math", "math"]})
    with pytest.raises(ReadingError, match="no vote has the category 'poetry'"):
        read_votes(path, category="poetry")


def test_a_category_of_a_file_without_tags_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="has no column category_tag"):
        read_votes(write(tmp_path, ".csv", COLUMNS), category="math")


def test_a_file_of_many_row_groups_reads_like_one_of_one(tmp_path: Path) -> None:
    columns = {"model_a": ["x", "y", "z"], "model_b": ["y", "z", "x"], "winner": ["tie"] * 3}
    for name, rows in (("one", 3), ("many", 1)):
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet", row_group_size=rows)
    one, many = (read_votes(tmp_path / f"{name}.parquet") for name in ("one", "many"))
    assert one.names == many.names
    assert np.array_equal(one.a, many.a) and np.array_equal(one.b, many.b)
