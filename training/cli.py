"""`arena train`: contestants made and made better."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make contestants, and make them better.")

MISSING = "needs the extra `train`: pip install 'agon-arena[train]' torch==2.13.0"


@app.callback()
def _train() -> None:
    """Make contestants, and make them better."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder the contestants are written to.")] = Path(
        "runs/demo"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Of data and weights.")] = 7,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this contestant; repeatable.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Shorten every training to this.")
    ] = None,
) -> None:
    """Make the demo's contestants again: a small base model and its LoRA adapters.

    Example: arena train demo --out runs/demo
    """
    try:
        from training.demo import build
    except ModuleNotFoundError as error:
        typer.echo(f"arena train: {error.name} is not installed; this command {MISSING}", err=True)
        raise typer.Exit(1) from error

    def say(stage: str, step: int, of: int, value: float) -> None:
        typer.echo(f"{stage}: {step} of {of}, {value:.3f}", err=True)

    build(out, seed, only, steps, progress=say)
    typer.echo(f"The contestants are in {out}.")
