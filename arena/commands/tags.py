"""`arena tags`: category tags of stored turns, given again; the tallies of every category."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import one_line_errors

if TYPE_CHECKING:
    from arena.retagging import Report
    from ranking import Cells

SAY_EVERY = 10_000
app = typer.Typer(no_args_is_help=True, help="Category tags of stored turns.")


@app.callback()
def _tags() -> None:
    """Category tags of stored turns."""


@app.command()
def backfill(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    config: ConfigOption = None,
) -> None:
    """Tag the turns again that older rules have tagged, and move what is rated to its new boards.

    It may run beside the arena, and be stopped: the next run goes on where it
    was. What a model tagged stays, but for the tags that need no judgement.

    Example: arena tags backfill --dry-run
    """
    with one_line_errors(), _progress() as tell:
        report = asyncio.run(_backfill(config, dry_run, tell))
    typer.echo(json.dumps(report.to_dict()) if as_json else _lines(report))


def categories_of_the_database() -> "dict[str, Cells]":
    """The tallies of every category, as the public boards count them, for `arena rate`."""
    with one_line_errors():
        return asyncio.run(_categories())


async def _categories() -> "dict[str, Cells]":
    from arena.settings import load
    from arena.snapshots import cells_of_sums
    from arena.store.chain import public_names
    from arena.store.session import opened
    from arena.store.sums import Sums

    settings = load(keys=False)
    async with opened(settings.database) as store, store.read() as session:
        sums = Sums(settings.kinds)
        await sums.update(session)
        names = await public_names(session)
    return {name: cells_of_sums(tallied, names) for name, tallied in sums.by_category.items()}


async def _backfill(
    config: ConfigOption, dry_run: bool, tell: Callable[[int, int], None]
) -> "Report":
    from arena.retagging import backfill as tag_again
    from arena.settings import load
    from arena.store.session import opened

    async with opened(load(config, keys=False).database) as store:
        return await tag_again(store, dry_run, tell)


def _lines(report: "Report") -> str:
    would = "would " if report.dry_run else ""
    first = (
        f"{report.turns:,} turns looked at with {report.rules}: "
        f"{report.changed:,} {would}change, {report.moved:,} rated votes {would}move."
    )
    tags = sorted(report.added.keys() | report.removed.keys())
    more = (f"{tag}: {report.added[tag]:,} more, {report.removed[tag]:,} fewer" for tag in tags)
    return "\n".join([first, *more])


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """On standard error: a bar on a terminal, now and then a line elsewhere."""
    if not sys.stderr.isatty():
        yield _say
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("turns", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _say(done: int, of: int) -> None:
    if done % SAY_EVERY == 0:
        typer.echo(f"turns: {done:,} of {of:,}", err=True)
