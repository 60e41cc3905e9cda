"""`arena db`: the schema and the tallies."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from arena.commands.saying import failed, one_line_errors

app = typer.Typer(no_args_is_help=True, help="The database: schema and tallies.")
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="A TOML file of settings.", envvar="ARENA_CONFIG")
]


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the schema to the code's.

    Example: arena db upgrade
    """
    with one_line_errors():
        asyncio.run(_upgrade(config))
    typer.echo("The database is up to date.")


@app.command()
def check(config: ConfigOption = None) -> None:
    """Is the schema the code's? Exit 1 and say what differs, if not.

    Example: arena db check
    """
    with one_line_errors():
        found = asyncio.run(_differences(config))
    if found:
        raise failed("the schema differs (try `arena db upgrade`): " + "; ".join(found))
    typer.echo("The schema is the code's.")


@app.command("rebuild-tallies")
def rebuild_tallies(config: ConfigOption = None) -> None:
    """Count the tallies again from the votes: the same to the last digit.

    Example: arena db rebuild-tallies
    """
    with one_line_errors():
        counted = asyncio.run(_rebuild(config))
    typer.echo(f"{counted:,} observations counted.")


async def _upgrade(config: Path | None) -> None:
    from arena.settings import load
    from arena.store.schema import upgrade as bring_up
    from arena.store.session import opened

    async with opened(load(config).database, new=True) as store:
        await bring_up(store.engine)


async def _differences(config: Path | None) -> list[str]:
    from arena.settings import load
    from arena.store.schema import differences
    from arena.store.session import opened

    async with opened(load(config, keys=False).database) as store:
        return await differences(store.engine)


async def _rebuild(config: Path | None) -> int:
    from arena.settings import load
    from arena.store import tallies
    from arena.store.session import opened

    async with opened(load(config, keys=False).database) as store, store.write() as session:
        return await tallies.rebuild(session)
