"""`arena train`: contestants made, made better, evaluated, and entered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make contestants, and make them better.")

MISSING = "needs the extra `train`: pip install 'agon-arena[train]' torch==2.13.0"
OUT = Path("runs/demo")
RunArgument = Annotated[Path, typer.Argument(help="A run folder.")]


@app.callback()
def _train() -> None:
    """Make contestants, and make them better."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder the contestants are written to.")] = OUT,
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
    with told():
        from training.demo import build

        build(out, seed, only, steps, progress=_stage)
    typer.echo(f"The contestants are in {out}.")


@app.command()
def dpo(
    recipe: Annotated[Path, typer.Option(help="A TOML recipe; `demo-dpo` is the shipped one.")],
    data: Annotated[
        Path | None, typer.Option(help="Dataset folder of `arena export preferences`.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; default runs/RECIPE-sSEED.")] = None,
    parent: Annotated[
        Path | None, typer.Option(help="Adapter, or run, to continue; default: from the base.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the recipe's.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on where the run stopped.")] = False,
) -> None:
    """Train a challenger on preferences with DPO: a LoRA adapter in a run folder.

    Example: arena train dpo --recipe demo-dpo --data preferences --out runs/one
    """
    with told():
        from dataclasses import replace

        from training.job import run_dpo
        from training.recipe import find_recipe, read_recipe

        path = find_recipe(recipe)
        told_recipe = read_recipe(path)
        if seed is not None:
            told_recipe = replace(told_recipe, seed=seed)
        folder = out or Path("runs") / f"{path.stem}-s{told_recipe.seed}"
        run = run_dpo(told_recipe, data, folder, parent, resume, _step)
        held = (run.result or {})["held_out"]
    typer.echo(f"The adapter is in {run.adapter}.")
    if held["pairs"]:
        after = held["after"]
        typer.echo(
            f"On {held['pairs']} held-out pairs: accuracy {after['accuracy']:.3f}, "
            f"margin {after['margin']:.3f}, loss {after['loss']:.4f} (before: ln 2)."
        )


@app.command()
def evaluate(
    run: RunArgument,
    prompts: Annotated[int, typer.Option(min=2, help="Fresh prompts of the demo's world.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of prompts and sampling.")] = 1,
) -> None:
    """Score parent and child of a run on the same fresh prompts, with the demo's checker.

    Example: arena train evaluate runs/one --prompts 1000
    """
    with told():
        from training.evaluation import evaluate_run

        found = evaluate_run(run, prompts, seed, lambda words: typer.echo(words, err=True))
    typer.echo(found.text())
    typer.echo(f"Written to {run / 'evaluation.json'} and {run / 'evaluation.html'}.")


@app.command()
def enter(
    run: RunArgument,
    name: Annotated[str, typer.Option(help="What the contestant is called from now on.")],
    url: Annotated[str, typer.Option(help="Where the arena answers.")] = "http://127.0.0.1:7860",
    engine: Annotated[str, typer.Option(help="The engine's name in the configuration.")] = "demo",
    config: Annotated[
        Path | None, typer.Option(help="The arena's TOML file.", envvar="ARENA_CONFIG")
    ] = None,
) -> None:
    """Load the adapter of a run into the arena's engine and enter it as a contestant.

    Run it on the machine of the engine. ARENA_PROVIDER_KEY holds the key
    of the operator's account: `arena providers rotate-key operator`.

    Example: arena train enter runs/one --name young-wren-2 --url http://127.0.0.1:7860
    """
    with told():
        import asyncio

        from training.entering import door, enter_run

        entry = asyncio.run(enter_run(door(config, url, engine), run, name))
    typer.echo(f"{entry} is live.")


@contextmanager
def told() -> Iterator[None]:
    """One line and exit 1 for whatever a person can cause; Ctrl-C is exit 130."""
    from arena.commands.saying import failed, one_line_errors
    from training.errors import TrainingError

    try:
        with one_line_errors():
            yield
    except ModuleNotFoundError as error:
        typer.echo(f"arena train: {error.name} is not installed; this command {MISSING}", err=True)
        raise typer.Exit(1) from error
    except TrainingError as error:
        raise failed(str(error)) from error
    except KeyboardInterrupt as error:
        typer.echo("arena: stopped", err=True)
        raise typer.Exit(130) from error


def _stage(stage: str, step: int, of: int, value: float) -> None:
    typer.echo(f"{stage}: {step} of {of}, {value:.3f}", err=True)


def _step(step: int, of: int, metrics: dict[str, float]) -> None:
    typer.echo(
        f"step {step} of {of}: loss {metrics['loss']:.4f}, "
        f"margin {metrics['rewards/margins']:.4f}, accuracy {metrics['rewards/accuracies']:.2f}",
        err=True,
    )
