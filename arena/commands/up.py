"""`arena up` and `arena serve`: the site, with or without the engines behind it."""

from pathlib import Path
from typing import Annotated

import typer

from arena.commands.saying import one_line_errors

ConfigOption = Annotated[
    Path | None, typer.Option(help="A TOML file of settings.", envvar="ARENA_CONFIG")
]
HostOption = Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1).")]
PortOption = Annotated[int | None, typer.Option(min=0, max=65535, help="Port (7860).")]


def up(
    config: ConfigOption = None,
    host: HostOption = None,
    port: PortOption = None,
    no_demo: Annotated[
        bool, typer.Option("--no-demo", help="Leave out the contestants of the demo.")
    ] = False,
) -> None:
    """Start the website, the API and the engines the configuration names.

    Without a configuration: the small contestants that come with the repository, on a real vLLM.
    Ctrl-C or SIGTERM stops everything it started.

    Example: arena up --port 7860
    """
    _run(config, host, port, False if no_demo else None, engines=True)


def serve(config: ConfigOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Start the website and the API alone, against endpoints that already run.

    Example: arena serve --host 0.0.0.0 --port 8080
    """
    _run(config, host, port, None, engines=False)


def _run(
    config: Path | None, host: str | None, port: int | None, demo: bool | None, engines: bool
) -> None:
    with one_line_errors():
        import uvloop

        from arena.settings import load
        from arena.site import run

        settings = load(config, host=host, port=port, demo=demo)
        uvloop.run(run(settings, engines, typer.echo))
