"""`arena models`: contestants and their states; adapters in and out of a running engine."""

import asyncio
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.db import ConfigOption
from arena.commands.findings import tell
from arena.commands.saying import one_line_errors

if TYPE_CHECKING:
    from serving.probe import Verdict

app = typer.Typer(no_args_is_help=True, help="Contestants and their states.")
NameArgument = Annotated[str, typer.Argument(help="The contestant's name.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EngineOption = Annotated[str, typer.Option(help="The engine's name in the configuration.")]


@app.command("list")
def show(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Every contestant ever entered, with its state.

    Example: arena models list
    """
    with one_line_errors():
        rows = asyncio.run(_roster(config))
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    for row in rows:
        typer.echo(f"{row['name']:32} {row['state']:10} {row['battles']:6} battles")


@app.command()
def add(
    name: NameArgument,
    base_url: Annotated[str, typer.Option(help="Where it answers, with the /v1.")],
    upstream_model: Annotated[str | None, typer.Option(help="Its name there.")] = None,
    api_key: Annotated[str | None, typer.Option(help="The key it asks for.")] = None,
    organization: Annotated[str | None, typer.Option(help="Who makes it.")] = None,
    license: Annotated[str | None, typer.Option(help="Its licence.")] = None,
    protocol: Annotated[str, typer.Option(help="openai, anthropic or responses.")] = "openai",
    context_length: Annotated[int | None, typer.Option(help="In tokens.")] = None,
    config: ConfigOption = None,
) -> None:
    """Enter a contestant under the operator's own account, and probe it.

    Example: arena models add my-model --base-url http://127.0.0.1:8000/v1
    """
    entry = {
        "name": name,
        "base_url": base_url,
        "upstream_model": upstream_model or name,
        "api_key": api_key,
        "organization": organization,
        "license": license,
        "protocol": protocol,
        "context_length": context_length,
    }
    with one_line_errors():
        tell(name, asyncio.run(_add(config, entry)))


@app.command()
def probe(name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Verify a contestant again, as when it was entered, and print what every check saw.

    Example: arena models probe my-model
    """
    with one_line_errors():
        tell(name, asyncio.run(_probe(config, name)), as_json)


@app.command()
def pause(name: NameArgument, config: ConfigOption = None) -> None:
    """Draw it for no further battle, until it is resumed.

    Example: arena models pause my-model
    """
    _move(config, name, "paused")


@app.command()
def resume(name: NameArgument, config: ConfigOption = None) -> None:
    """Draw a paused contestant again.

    Example: arena models resume my-model
    """
    _move(config, name, "live")


@app.command()
def retire(name: NameArgument, config: ConfigOption = None) -> None:
    """Take a contestant out for ever; its history stays.

    Example: arena models retire my-model
    """
    _move(config, name, "retired")


@app.command()
def load(
    name: NameArgument,
    folder: Annotated[Path, typer.Argument(help="A PEFT adapter's folder.")],
    engine: EngineOption = "demo",
    config: ConfigOption = None,
) -> None:
    """Put an adapter into a running engine; it is loaded again whenever the engine restarts.

    Example: arena models load my-adapter runs/dpo/adapter --engine demo
    """
    with one_line_errors():
        from arena.adapters import put_in
        from arena.settings import load as settings

        asyncio.run(put_in(settings(config), engine, name, folder))
    typer.echo(f"{name} is loaded into engine {engine}.")


@app.command()
def unload(name: NameArgument, engine: EngineOption = "demo", config: ConfigOption = None) -> None:
    """Take an adapter out of a running engine.

    Example: arena models unload my-adapter --engine demo
    """
    with one_line_errors():
        from arena.adapters import take_out
        from arena.settings import load as settings

        asyncio.run(take_out(settings(config), engine, name))
    typer.echo(f"{name} is no longer loaded.")


def _move(config: Path | None, name: str, state: str) -> None:
    with one_line_errors():
        asyncio.run(_set_state(config, name, state))
    typer.echo(f"{name} is {state}.")


async def _roster(config: Path | None) -> list[dict[str, Any]]:
    from arena.roster import roster
    from arena.settings import load as settings
    from arena.store.session import opened

    loaded = settings(config, keys=False)
    async with opened(loaded.database) as store, store.read() as session:
        return await roster(session, loaded.kinds)


async def _set_state(config: Path | None, name: str, state: str) -> None:
    from arena.settings import load as settings
    from arena.store.session import opened
    from serving.accounts import OPERATOR
    from serving.registry import get_model, set_state
    from serving.tables import State

    async with opened(settings(config).database) as store, store.write() as session:
        model = await get_model(session, name)
        await set_state(session, model, State(state), "by the operator", by=OPERATOR)


async def _add(config: Path | None, entry: dict[str, Any]) -> "Verdict":
    from arena import house
    from arena.settings import load as settings
    from arena.store.session import opened

    loaded = settings(config)
    async with opened(loaded.database) as store:
        await house.enter_by_hand(store, loaded, entry)
    return await _probe(config, entry["name"])


async def _probe(config: Path | None, name: str) -> "Verdict":
    from arena import house
    from arena.settings import load as settings
    from arena.store.session import opened

    loaded = settings(config)
    # What an endpoint answered stands in the findings; standard error has the one line.
    logging.getLogger("serving").addHandler(logging.NullHandler())
    async with opened(loaded.database) as store:
        return await house.probe(store, loaded, name)
