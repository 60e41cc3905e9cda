"""`arena leaderboard`, and the votes of the database for `arena rate`."""

import asyncio
from typing import TYPE_CHECKING

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import one_line_errors

if TYPE_CHECKING:
    from ranking import Cells

app = typer.Typer(no_args_is_help=True, help="Snapshots of the public boards.")


@app.callback()
def _snapshots() -> None:
    """Snapshots of the public boards."""


@app.command()
def refresh(config: ConfigOption = None) -> None:
    """Fit the boards from the tallies; adds a snapshot if they changed.

    Example: arena leaderboard refresh
    """
    with one_line_errors():
        added = asyncio.run(_refresh(config))
    typer.echo("A new snapshot was added." if added else "Nothing changed since the last snapshot.")


def votes_of_the_database(category: str | None = None) -> "Cells":
    """The tallies of the configured database, as the public board counts them."""
    with one_line_errors():
        return asyncio.run(_cells(category or "overall"))


async def _refresh(config: ConfigOption) -> bool:
    from arena.board import Boards
    from arena.settings import load
    from arena.store.session import opened

    settings = load(config, keys=False)
    async with opened(settings.database) as store:
        return await Boards(store, settings.kinds).refresh()


async def _cells(category: str) -> "Cells":
    from arena.board import cells_of, named_cells
    from arena.settings import load
    from arena.store.session import opened

    settings = load(keys=False)
    async with opened(settings.database) as store, store.read() as session:
        counted = await named_cells(session, settings.kinds)
    return cells_of(counted.get(category, []))
