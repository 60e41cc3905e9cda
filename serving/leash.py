"""Runs a command on a leash: when its owner is gone, the command and all its children are ended.

    python -I leash.py SECONDS COMMAND...

The owner holds the other end of our standard input. When that closes (a stop, or the owner's death
by any signal), when we are asked to end, or when the command itself ends, whatever is left of its
process group gets SIGTERM, SECONDS to heed it, then SIGKILL. The command's temporary files lie in
a folder that is removed at the end. Standard library only, no import of the room: it must start in
a moment and survive everything else.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
STEP_S = 0.05


def prctl(option: int, value: int) -> None:
    """Linux only; elsewhere the closing of standard input has to do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def start(command: list[str], scratch: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own; it is told to end should we be killed."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": scratch},
        process_group=0,
        preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
    )


def wait_for_an_end(child: subprocess.Popen[bytes]) -> None:
    """Return when the owner lets go, when we are asked to end, or when the child has ended."""
    woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    while child.poll() is None:
        ready, _, _ = select.select([0, woken], [], [])
        if 0 in ready and not os.read(0, 4096):
            return
        if woken in ready and set(os.read(woken, 4096)) - {signal.SIGCHLD}:
            return


def reap() -> None:
    """Children of the command that lost their parent have become ours: collect the dead."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def end(child: subprocess.Popen[bytes], grace: float) -> None:
    """SIGTERM, then SIGKILL, to all that is left of the command's group."""
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
            os.killpg(child.pid, signal.SIGCONT)  # who is stopped cannot heed it
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            child.poll()
            if child.returncode is not None:
                reap()
            if group_is_gone(child.pid):
                return
            time.sleep(STEP_S)


def main() -> int:
    grace, command = float(sys.argv[1]), sys.argv[2:]
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as scratch:
        try:
            child = start(command, scratch)
        except OSError as error:
            print(f"{command[0]} cannot be started: {error}", file=sys.stderr)  # noqa: T201
            return 127
        wait_for_an_end(child)
        end(child, grace)
    code = child.returncode
    return 1 if code is None else code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
