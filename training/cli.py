"""`arena train`: better contestants from data."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Train contestants.")


@app.callback()
def _training() -> None:
    """Train contestants."""
