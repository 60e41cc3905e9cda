"""The redaction filter between stdin and stdout: progress, broken pipes, Ctrl-C, the exit code."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO, TextIO

from export.errors import LineError
from export.lines import redact_lines

INTERRUPTED = 130
COMMAND = "arena export redact"


def run() -> int:
    """Filter the process's own stdin to its stdout and return the exit code."""
    if sys.stdin.isatty():
        say(sys.stderr, f"{COMMAND}: reading JSON lines from the terminal; Ctrl-D ends them")
    watched = sys.stderr.isatty() and not sys.stdout.isatty() and not sys.stdin.isatty()
    source = _watched(sys.stdin.buffer) if watched else sys.stdin.buffer
    try:
        bad = pump(source, sys.stdout.buffer, sys.stderr)
    except BrokenPipeError:
        _abandon_stdout()
        return 1
    except OSError as error:
        _abandon_stdout()
        say(sys.stderr, f"{COMMAND}: stopped, the rest is not written: {error.strerror}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1 if bad else 0


def pump(source: Iterable[bytes], sink: BinaryIO, complaints: TextIO) -> int:
    """Redact every line of the source into the sink; the number of lines that could not be.

    Each line is flushed, so that a program at the other end may wait for the answer to its line.
    """
    bad = 0
    for result in redact_lines(source):
        if isinstance(result, LineError):
            bad += 1
            say(complaints, f"{COMMAND}: {result}")
        else:
            sink.write(result)
            sink.flush()
    if bad:
        lines = "1 line was" if bad == 1 else f"{bad:,} lines were"
        say(complaints, f"{COMMAND}: {lines} left out; mend and redact again")
    return bad


def say(where: TextIO, words: str) -> None:
    """One line, at once."""
    where.write(words + "\n")
    where.flush()


def _watched(source: BinaryIO) -> Iterator[bytes]:
    """The lines of the source with a bar on stderr: bytes read, of all where it is a file."""
    from rich.console import Console
    from rich.progress import Progress

    size = os.fstat(source.fileno()).st_size
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("redacting", total=size or None)
        for line in source:
            yield line
            progress.advance(task, len(line))


def _abandon_stdout() -> None:
    """The reader has gone: what the interpreter would flush at its end goes nowhere."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
