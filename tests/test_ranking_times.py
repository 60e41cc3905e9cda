"""Times of votes: every usual spelling of one moment is the same number of seconds."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ranking import ReadingError, VotesError, read_votes
from ranking.times import seconds

MOMENT = datetime(2025, 6, 1, 12, 30, tzinfo=UTC)
SECONDS = MOMENT.timestamp()


@pytest.mark.parametrize(
    "column",
    [
        pa.array([MOMENT], pa.timestamp("ns", "UTC")),
        pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("s")),
        pa.array([int(SECONDS)]),
        pa.array([SECONDS]),
        pa.array([int(SECONDS * 1000)]),
        pa.array(["2025-06-01T12:30:00"]),
        pa.array(["2025-06-01 12:30:00"]),
        pa.array(["2025-06-01T12:30:00Z"]),
        pa.array(["2025-06-01T14:30:00+02:00"]),
        pa.array(["2025-06-01T12:30:00Z"]).dictionary_encode(),
        pa.chunked_array([["2025-06-01T12:30:00Z"]]),
    ],
    ids=str,
)
def test_a_moment_is_read_in_every_usual_form(column: pa.Array) -> None:
    assert seconds(column).tolist() == [SECONDS]


def test_no_time_is_not_a_number() -> None:
    assert np.isnan(seconds(pa.array([None], pa.timestamp("us"))))[0]
    assert np.isnan(seconds(pa.array([None, 1.0])))[0]


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(VotesError, match="does not hold times"):
        seconds(pa.array(["yesterday"]))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_times_are_read_from_every_kind_of_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"votes{ending}"
    if ending == ".csv":
        path.write_text("model_a,model_b,winner,timestamp\nx,y,tie,2025-06-01T12:30:00Z\n")
    elif ending == ".jsonl":
        row = '{"model_a":"x","model_b":"y","winner":"tie","timestamp":"2025-06-01T12:30:00Z"}'
        path.write_text(row + "\n")
    else:
        columns = {"model_a": ["x"], "model_b": ["y"], "winner": ["tie"], "timestamp": [MOMENT]}
        pq.write_table(pa.table(columns), path)
    time = read_votes(path, times=True).time
    assert time is not None and time.tolist() == [SECONDS]


def test_a_row_without_its_time_is_named(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text("model_a,model_b,winner,timestamp\nx,y,tie,2025-06-01T12:30:00Z\nx,y,tie,\n")
    with pytest.raises(ReadingError, match="row 2: timestamp"):
        read_votes(path, times=True)
