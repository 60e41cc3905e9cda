"""An engine's log: told when it died, and never larger than a few files."""

import os
import subprocess
import sys
import time
from pathlib import Path

from serving.engine_log import last_lines, numbered, remedy_for, rotate

# Appends numbered lines to the file on its standard output until it is told to end.
WRITER = """
import sys, time
for number in range(100_000):
    print(f"line {number}", flush=True)
    time.sleep(0.0002)
"""


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    assert not rotate(log, limit=10)
    log.write_text("ten bytes.")
    assert not rotate(log, limit=10)
    assert log.read_text() == "ten bytes."


def test_a_large_one_is_kept_aside_and_emptied(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("eleven long")
    assert rotate(log, limit=10)
    assert (log.read_text(), numbered(log, 1).read_text()) == ("", "leven long")


def test_of_the_old_ones_only_so_many_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    for text in ("first", "second", "third"):
        log.write_text(text)
        rotate(log, limit=3, files=2)
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"engine.log": "", "engine.log.1": "ird", "engine.log.2": "ond"}


def test_a_writer_that_holds_the_file_open_goes_on_without_a_hole(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    with log.open("ab") as out, subprocess.Popen([sys.executable, "-c", WRITER], stdout=out) as one:
        turned, until = 0, time.monotonic() + 20
        while turned < 3:
            assert time.monotonic() < until, "what it writes does not come into the log"
            turned += rotate(log, limit=2_000, files=2)
            time.sleep(0.001)
        one.kill()
    assert b"\0" not in log.read_bytes() + numbered(log, 1).read_bytes()
    assert numbered(log, 2).exists() and not numbered(log, 3).exists()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 20_000


def test_the_last_lines_of_a_long_log_are_told(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text(os.linesep.join(f"line {number}" for number in range(10_000)))
    assert last_lines(log)[-1] == "line 9999"
    assert len(last_lines(log)) == 12


def test_a_known_complaint_has_a_remedy() -> None:
    assert "lower max_model_len" in (remedy_for(["torch: CUDA out of memory"]) or "")
    assert remedy_for(["all is well"]) is None
