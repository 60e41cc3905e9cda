"""`arena leaderboard`, and the votes of the database for `arena rate`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import failed, one_line_errors

if TYPE_CHECKING:
    from arena.verifying import Published
    from ranking import Cells, Votes

app = typer.Typer(no_args_is_help=True, help="Snapshots of the public boards.")
UrlOption = Annotated[
    str | None, typer.Option(metavar="URL", help="A public arena instead of the database.")
]


@app.command()
def refresh(config: ConfigOption = None) -> None:
    """Fit the boards from the tallies; adds a snapshot if they changed.

    Example: arena leaderboard refresh
    """
    with one_line_errors():
        added = asyncio.run(_refresh(config))
    typer.echo("A new snapshot was added." if added else "Nothing changed since the last snapshot.")


@app.command()
def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="What `export` wrote; without it, the database.")
    ] = None,
    url: UrlOption = None,
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Public key that you trust; may be repeated."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Check every snapshot's signature, its place in the chain, and fit its tally again.

    Example: arena leaderboard verify --url https://arena.example
    """
    with one_line_errors():
        wrong = asyncio.run(_verify(folder, url, key or [], config))
    if wrong:
        raise failed("the snapshots do not hold")
    typer.echo("Every snapshot holds: signature, chain, ratings.")


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write.")],
    url: UrlOption = None,
    config: ConfigOption = None,
) -> None:
    """Write the snapshots to a folder, which `verify` reads.

    Example: arena leaderboard export snapshots
    """
    with one_line_errors():
        count = asyncio.run(_export(folder, url, config))
    typer.echo(f"{count:,} snapshots are in {folder}.")


@app.command("rotate-key")
def rotate_key(config: ConfigOption = None) -> None:
    """Make a new signing key; the old one vouches for it in the next snapshot.

    Example: arena leaderboard rotate-key
    """
    from arena.settings import load, rotate_signing_key

    with one_line_errors():
        rotate_signing_key(load(config, keys=False))
    typer.echo("The next start of the arena signs with a new key.")


def votes_of_the_database(category: str | None = None, rows: bool = False) -> "Cells | Votes":
    """What the public board counts: the tallies; with `rows` every rated vote with its style."""
    with one_line_errors():
        if rows:
            return asyncio.run(_votes(category or "overall"))
        return asyncio.run(_cells(category or "overall"))


async def _refresh(config: ConfigOption) -> bool:
    from arena.board import Boards
    from arena.settings import load, with_secrets
    from arena.signing import Signer
    from arena.store.session import opened

    settings = load(config, keys=False)
    async with opened(settings.database) as store:
        settings = with_secrets(settings)
        signer = Signer(settings.signing_key, settings.old_signing_keys)
        return await Boards(store, settings.kinds, signer).refresh()


async def _verify(
    folder: Path | None, url: str | None, keys: list[str], config: Path | None
) -> int:
    from arena.verifying import faults

    wrong = 0
    async with _published(folder, url, config) as published:
        async for fault in faults(published, keys):
            typer.echo(fault, err=True)
            wrong += 1
    return wrong


async def _export(folder: Path, url: str | None, config: Path | None) -> int:
    from arena.published import write_folder

    async with _published(None, url, config) as published:
        return await write_folder(published, folder)


@asynccontextmanager
async def _published(
    folder: Path | None, url: str | None, config: Path | None
) -> "AsyncIterator[Published]":
    import aiohttp

    from arena.published import AtUrl, InDatabase, InFolder
    from arena.settings import load
    from arena.store.session import opened

    if folder is not None:
        yield InFolder(folder)
    elif url is not None:
        async with aiohttp.ClientSession() as session:
            yield AtUrl(url, session)
    else:
        async with opened(load(config, keys=False).database) as store:
            yield InDatabase(store)


async def _votes(category: str) -> "Votes":
    from arena.settings import load
    from arena.store.chain import public_names
    from arena.store.columns import read
    from arena.store.session import opened
    from serving.tables import now

    settings = load(keys=False)
    async with opened(settings.database) as store, store.read() as session:
        observed = await read(session, settings.kinds, await public_names(session), now())
    return observed.votes_of(category, styled=True)


async def _cells(category: str) -> "Cells":
    from arena.settings import load
    from arena.snapshots import cells_of_sums
    from arena.store.chain import public_names
    from arena.store.session import opened
    from arena.store.sums import Sums, Tallied

    settings = load(keys=False)
    async with opened(settings.database) as store, store.read() as session:
        sums = Sums(settings.kinds)
        await sums.update(session)
        names = await public_names(session)
    return cells_of_sums(sums.by_category.get(category, Tallied()), names)
