"""`arena providers`: the accounts of those who enter contestants, and their keys."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import one_line_errors

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from serving.sealing import Sealer

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Provider accounts and their keys.")
NameArgument = Annotated[str, typer.Argument(help="The provider's name.")]
ExpiresOption = Annotated[
    int | None, typer.Option(min=1, max=3650, help="Days the key lives; none: for ever.")
]


@app.command()
def create(
    name: NameArgument,
    scope: Annotated[
        list[str] | None, typer.Option(help="What the key opens: models, chat; may be repeated.")
    ] = None,
    expires: ExpiresOption = None,
    contact: Annotated[str | None, typer.Option(help="Whom to write to.")] = None,
    config: ConfigOption = None,
) -> None:
    """Make an account; its key is printed once and kept nowhere.

    Example: arena providers create "University of Somewhere" --scope models --scope chat
    """
    with one_line_errors():
        from serving.accounts import create_provider

        opens, lives = scope or ["models"], _days(expires)
        key = _change(config, lambda to, by: create_provider(to, by, name, opens, lives, contact))
    typer.echo(key)
    typer.echo("Keep this key now: it is not shown again.", err=True)


@app.command("rotate-key")
def rotate_key(
    name: NameArgument,
    overlap: Annotated[
        float, typer.Option(min=0, max=720, help="Hours for which the old key holds still.")
    ] = 0,
    expires: ExpiresOption = None,
    config: ConfigOption = None,
) -> None:
    """A new key in place of the old one, which stops working, or does after the overlap.

    The new key opens what the old one did, and lives as long unless --expires says otherwise.

    Example: arena providers rotate-key acme --overlap 24
    """
    with one_line_errors():
        from serving.accounts import rotate_key as rotated

        kept, lives = timedelta(hours=overlap), _days(expires)
        key = _change(config, lambda to, by: rotated(to, by, name, kept, lives))
    typer.echo(key)
    end = f"holds for {overlap:g} hours more" if overlap else "is void"
    typer.echo(f"Keep this key now: it is not shown again. The old one {end}.", err=True)


@app.command("revoke-key")
def revoke_key(
    name: NameArgument,
    prefix: Annotated[str, typer.Argument(help="What the key begins with, as `list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Refuse one key from now on; the provider's other keys hold.

    Example: arena providers revoke-key acme agon_0123abcd
    """
    with one_line_errors():
        from serving.accounts import revoke_key as revoked

        _change(config, lambda to, _: revoked(to, name, prefix))
    typer.echo(f"{prefix} of {name} is revoked.")


@app.command()
def disable(name: NameArgument, config: ConfigOption = None) -> None:
    """Refuse the provider's keys from now on; its contestants stay as they are.

    Example: arena providers disable acme
    """
    with one_line_errors():
        from serving.accounts import disable_provider

        _change(config, lambda to, _: disable_provider(to, name))
    typer.echo(f"{name} is disabled.")


@app.command()
def reseal(config: ConfigOption = None) -> None:
    """Seal every stored secret anew with the present secret; `old_secrets` opens the others.

    Example: arena providers reseal
    """
    with one_line_errors():
        from serving.accounts import OPERATOR
        from serving.resealing import reseal as resealed

        count = _change(config, lambda to, by: resealed(to, by, OPERATOR))
    typer.echo(f"{count} secrets are sealed with the present secret.")


@app.command("list")
def show(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Every provider account, and under it its keys.

    Example: arena providers list
    """
    with one_line_errors():
        found = asyncio.run(_list(config))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for row in found:
        typer.echo(f"{row['name']:40} {row['created'][:10]}  {row['state']}")
        for key in row["keys"]:
            until = f"until {key['expires'][:10]}" if key["expires"] else "without end"
            typer.echo(f"  {key['prefix']:16} {','.join(key['scopes']):14} {until}  {key['state']}")


def _days(count: int | None) -> timedelta | None:
    return timedelta(days=count) if count else None


def _change(config: Path | None, change: "Callable[[AsyncSession, Sealer], Awaitable[T]]") -> T:
    """Do one thing to the accounts in one transaction; what it gives back."""
    return asyncio.run(_changed(config, change))


async def _changed(
    config: Path | None, change: "Callable[[AsyncSession, Sealer], Awaitable[T]]"
) -> T:
    from arena.settings import load
    from arena.store.session import opened
    from serving.sealing import Sealer

    settings = load(config)
    async with opened(settings.database) as store, store.write() as session:
        return await change(session, Sealer(settings.secret, settings.old_secrets))


async def _list(config: Path | None) -> list[dict[str, Any]]:
    from arena.settings import load
    from arena.store.session import opened
    from serving.account_views import accounts

    async with opened(load(config, keys=False).database) as store, store.read() as session:
        return [account.model_dump(mode="json") for account in await accounts(session)]
