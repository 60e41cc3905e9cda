"""The `arena` command: every room mounts its own commands here by entry point."""

from importlib.metadata import entry_points
from typing import Annotated

import typer

GROUP = "arena.commands"


def build() -> typer.Typer:
    """The command with everything mounted; loads the rooms' command modules, nothing heavy."""
    app = typer.Typer(
        name="arena",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)
    app.callback()(_about)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from arena import __version__

        typer.echo(f"agon-arena {__version__}")
        raise typer.Exit


def _about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Agon, the open Chatbot Arena: battles, votes, ratings, datasets, better models."""


def main() -> None:
    """Entry point of the console script."""
    build()()
