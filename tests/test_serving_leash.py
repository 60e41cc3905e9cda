"""Whatever becomes of the owner, nothing that ran on the leash is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

LEASH = str(Path(__file__).parent.parent / "serving" / "leash.py")

# Starts a child and a grandchild that ignore a polite request, and tells their ids.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c",
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print(os.getpid(), flush=True); time.sleep(300)"])
print(os.getpid(), flush=True)
time.sleep(300)
"""
# An owner that holds a leash and then does nothing more.
OWNER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-I", sys.argv[1], "0.3", sys.executable, "-c", sys.argv[2]],
    stdin=subprocess.PIPE, start_new_session=True)
time.sleep(300)
"""


def alive(pid: int) -> bool:
    """Is it there and no zombie?"""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(pids: list[int], seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while any(map(alive, pids)):
        assert time.monotonic() < until, f"still there: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.02)


def leashed(program: str, grace: str = "0.3") -> subprocess.Popen[str]:
    line = [sys.executable, "-I", LEASH, grace, sys.executable, "-c", program]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def two_pids(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(2)]


@pytest.fixture(autouse=True)
def own_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leash that is killed outright cannot tidy up: let it leave its folder here."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def stubborn() -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    with leashed(STUBBORN) as process:
        pids = two_pids(process)
        yield process, pids
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.kill()


def test_letting_go_ends_child_and_grandchild(
    stubborn: tuple[subprocess.Popen[str], list[int]],
) -> None:
    process, pids = stubborn
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(5) == 128 + signal.SIGKILL
    wait_until_gone(pids, 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asking_the_leash_to_end_ends_all(
    stubborn: tuple[subprocess.Popen[str], list[int]], number: signal.Signals
) -> None:
    process, pids = stubborn
    process.send_signal(number)
    process.wait(5)
    wait_until_gone(pids, 3)


def test_when_the_command_is_killed_its_children_are_ended(
    stubborn: tuple[subprocess.Popen[str], list[int]],
) -> None:
    process, pids = stubborn
    os.kill(pids[0], signal.SIGKILL)
    os.kill(pids[1], 0)
    process.wait(5)
    wait_until_gone(pids, 3)


def test_when_the_owner_is_killed_outright_nothing_is_left() -> None:
    line = [sys.executable, "-c", OWNER, LEASH, STUBBORN]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as owner:
        pids = two_pids(owner)
        owner.kill()
        wait_until_gone(pids)


def test_when_the_leash_itself_is_killed_the_command_is_told_to_end() -> None:
    with leashed("import os, time; print(os.getpid(), flush=True); time.sleep(300)") as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
        wait_until_gone([pid])


@pytest.mark.parametrize("code", [0, 3])
def test_the_commands_own_code_is_handed_on(code: int) -> None:
    with leashed(f"raise SystemExit({code})") as process:
        assert process.wait(5) == code


def test_the_commands_temporary_files_are_removed_with_it() -> None:
    program = (
        "import tempfile; print(tempfile.mkstemp()[1], flush=True); import time; time.sleep(300)"
    )
    with leashed(program) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        left = Path(process.stdout.readline().strip())
        assert left.exists()
        process.stdin.close()
        process.wait(5)
    assert not left.parent.exists()


def test_a_polite_command_is_given_its_time() -> None:
    polite = (
        "import signal, sys, time\n"
        "def leave(*_):\n    time.sleep(0.3)\n    print('bye', flush=True)\n    sys.exit(5)\n"
        "signal.signal(signal.SIGTERM, leave)\nprint('up', flush=True)\ntime.sleep(300)"
    )
    with leashed(polite, grace="10") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "up\n"
        process.stdin.close()
        assert process.wait(5) == 5
        assert process.stdout.read() == "bye\n"


def test_a_stopped_command_is_woken_to_leave() -> None:
    program = "import os, time; print(os.getpid(), flush=True); time.sleep(300)"
    with leashed(program, grace="10") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        os.kill(int(process.stdout.readline()), signal.SIGSTOP)
        process.stdin.close()
        assert process.wait(5) == 128 + signal.SIGTERM


def test_a_command_that_cannot_be_started_says_so() -> None:
    line = [sys.executable, "-I", LEASH, "1", "/nowhere/python"]
    done = subprocess.run(line, stdin=subprocess.PIPE, capture_output=True, text=True)
    assert done.returncode == 127
    assert "/nowhere/python cannot be started" in done.stderr
