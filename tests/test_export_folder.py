"""The dataset folder: whole or not there, never in the way of what somebody else keeps."""

import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from arena.store.session import Store
from export import Options, Summary, Unusable, battles, preferences
from export.folder import workshop
from export.release import Progress
from serving.sealing import Sealer
from tests.export_fixture import ON_SQLITE, SEALER, UNCHECKED, Said, described, enter, play
from tests.process_fixture import heeding_interrupts


def make(out: Path, overwrite: bool = False, content: str = "new") -> None:
    with workshop(out, overwrite) as (folder, scratch):
        (scratch / "rows").mkdir()
        (folder / "manifest.json").write_text(content)


def test_what_is_made_is_moved_to_its_place_and_nothing_else_stays(tmp_path: Path) -> None:
    make(tmp_path / "deep" / "out")
    assert [path.name for path in (tmp_path / "deep/out").iterdir()] == ["manifest.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    make(tmp_path / "out")
    assert (tmp_path / "out/manifest.json").read_text() == "new"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_other_things_is_never_touched(tmp_path: Path, overwrite: bool) -> None:
    mine = tmp_path / "thesis.tex"
    mine.write_text("years of work")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(Unusable, match=r"is not empty|more than a dataset"):
        make(tmp_path, overwrite)
    assert mine.read_text() == "years of work"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Unusable, match="is a file"):
        make(tmp_path / "out", overwrite=True)


def test_a_dataset_is_replaced_only_when_that_is_said(tmp_path: Path) -> None:
    make(tmp_path / "out", content="old")
    with pytest.raises(Unusable, match=r"not empty.*--overwrite"):
        make(tmp_path / "out")
    assert (tmp_path / "out/manifest.json").read_text() == "old"
    make(tmp_path / "out", overwrite=True)
    assert (tmp_path / "out/manifest.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    make(tmp_path / "out")
    assert (tmp_path / "out").is_symlink() and (tmp_path / "disk/manifest.json").exists()


Export = Callable[[Store, Sealer, Path, Options, Progress], Awaitable[Summary]]


class Crash(Exception):
    """What goes wrong in the middle of an export."""


@ON_SQLITE
@pytest.mark.parametrize("export", [battles, preferences])
async def test_a_crash_in_the_middle_leaves_nothing(
    store: Store, tmp_path: Path, export: Export
) -> None:
    await enter(store, "x", "y")
    await play(store, Said())
    place = tmp_path / "place"
    place.mkdir()

    def crash(seen: int, of: int) -> None:
        assert [path.name[:5] for path in place.iterdir()] == [".out."]
        raise Crash

    with pytest.raises(Crash):
        await export(store, SEALER, place / "out", UNCHECKED, crash)
    assert list(place.iterdir()) == []


@ON_SQLITE
async def test_a_crash_while_overwriting_keeps_the_old_dataset(
    store: Store, tmp_path: Path
) -> None:
    await enter(store, "x", "y")
    await play(store, Said())
    out = tmp_path / "place" / "out"
    first = await battles(store, SEALER, out, UNCHECKED)

    def crash(seen: int, of: int) -> None:
        raise Crash

    with pytest.raises(Crash):
        await battles(store, SEALER, out, replace(UNCHECKED, overwrite=True), crash)
    assert described(out)["release"] == first.release
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@ON_SQLITE
async def test_a_place_taken_meanwhile_is_not_written_over(store: Store, tmp_path: Path) -> None:
    await enter(store, "x", "y")
    await play(store, Said())

    def take(seen: int, of: int) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "letter").write_text("dear")

    with pytest.raises(Unusable, match="not empty"):
        await battles(store, SEALER, tmp_path / "out", UNCHECKED, take)
    assert (tmp_path / "out/letter").read_text() == "dear"


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; from export.folder import workshop\n"
        f"with workshop(pathlib.Path({str(tmp_path / 'out')!r}), False):\n"
        "    print('in', flush=True); time.sleep(60)"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=heeding_interrupts,
    )
    with running:
        assert running.stdout is not None and running.stdout.readline() == b"in\n"
        assert len(list(tmp_path.iterdir())) == 1
        running.send_signal(signal.SIGINT)
        running.wait(20)
    assert list(tmp_path.iterdir()) == []
