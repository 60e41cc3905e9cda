"""`arena providers`: the accounts of those who enter contestants."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import one_line_errors

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from serving.sealing import Sealer

    Change = Callable[[AsyncSession, Sealer], Awaitable[str | None]]

app = typer.Typer(no_args_is_help=True, help="Provider accounts and their keys.")
NameArgument = Annotated[str, typer.Argument(help="The provider's name.")]


@app.command()
def create(name: NameArgument, config: ConfigOption = None) -> None:
    """Make an account; its key is printed once and kept nowhere.

    Example: arena providers create "University of Somewhere"
    """
    with one_line_errors():
        from serving.accounts import create_provider

        key = asyncio.run(_change(config, lambda to, by: create_provider(to, by, name)))
    typer.echo(key)
    typer.echo("Keep this key now: it is not shown again.", err=True)


@app.command("rotate-key")
def rotate_key(name: NameArgument, config: ConfigOption = None) -> None:
    """A new key in place of the old one, which stops working.

    Example: arena providers rotate-key acme
    """
    with one_line_errors():
        from serving.accounts import rotate_key as rotated

        key = asyncio.run(_change(config, lambda to, by: rotated(to, by, name)))
    typer.echo(key)
    typer.echo("Keep this key now: it is not shown again. The old one is void.", err=True)


@app.command()
def disable(name: NameArgument, config: ConfigOption = None) -> None:
    """Refuse the provider's key from now on; its contestants stay as they are.

    Example: arena providers disable acme
    """
    with one_line_errors():
        from serving.accounts import disable_provider

        asyncio.run(_change(config, lambda to, _: disable_provider(to, name)))
    typer.echo(f"{name} is disabled.")


@app.command("list")
def show(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Every provider account.

    Example: arena providers list
    """
    with one_line_errors():
        found = asyncio.run(_list(config))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for row in found:
        typer.echo(f"{row['name']:40} {row['created'][:10]}  {row['state']}")


async def _change(config: Path | None, change: "Change") -> str:
    """Do one thing to the accounts in one transaction; what it gives back, if anything."""
    from arena.settings import load
    from arena.store.session import opened
    from serving.sealing import Sealer

    settings = load(config)
    async with opened(settings.database) as store, store.write() as session:
        return await change(session, Sealer(settings.secret)) or ""


async def _list(config: Path | None) -> list[dict[str, str]]:
    from arena.settings import load
    from arena.store.session import opened
    from serving.accounts import list_providers

    async with opened(load(config, keys=False).database) as store, store.read() as session:
        return [
            {
                "name": provider.name,
                "created": provider.created.isoformat(),
                "state": "disabled" if provider.disabled else "active",
            }
            for provider in await list_providers(session)
        ]
