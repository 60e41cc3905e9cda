"""`arena models`: contestants and their states."""

import typer

app = typer.Typer(no_args_is_help=True, help="Contestants and their states.")


@app.callback()
def _models() -> None:
    """Contestants and their states."""
