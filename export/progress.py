"""How far an export is, on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SAY_EVERY = 10_000


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function to tell how many of how many are done; the bar goes at the block's end."""
    if not sys.stderr.isatty():
        yield _say(what)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _say(what: str) -> Callable[[int, int], None]:
    said = 0

    def say(done: int, of: int) -> None:
        nonlocal said
        if done >= said + SAY_EVERY:
            said = done
            sys.stderr.write(f"{what}: {done:,} of {of:,}\n")
            sys.stderr.flush()

    return say
