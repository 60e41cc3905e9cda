"""`arena loop`: the whole circle on a running arena, with a report."""

import json
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from training.cli import told

if TYPE_CHECKING:
    from training.reporting import Generation


def loop(
    generations: Annotated[int, typer.Option(min=1, max=4, help="Children of children.")] = 1,
    taste: Annotated[
        Literal["polite", "plain"], typer.Option(help="What the simulated visitors like.")
    ] = "plain",
    seed: Annotated[int, typer.Option(min=0, help="Of prompts, votes and training.")] = 0,
    url: Annotated[str, typer.Option(help="Where the arena answers.")] = "http://127.0.0.1:7860",
    parent: Annotated[
        str | None, typer.Option(help="Whose child is made; default: the engine's base.")
    ] = None,
    battles: Annotated[int, typer.Option(min=20, help="To learn from, a generation.")] = 2000,
    fresh: Annotated[int, typer.Option(min=20, help="Child against parent, a generation.")] = 1500,
    recipe: Annotated[Path, typer.Option(help="A recipe; its base is not heeded.")] = Path(
        "demo-dpo"
    ),
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; default runs/loop-TASTE-sSEED.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="The engine; default: the first.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="The arena's TOML file.", envvar="ARENA_CONFIG")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object a generation, on one line.")
    ] = False,
) -> None:
    """The whole circle on a running arena: votes, dataset, DPO, entry, fresh battles.

    Simulated visitors with one taste vote in battles of all contestants.
    Their preferences are exported, and a child of the parent is trained
    on them and entered. Then child and parent meet on fresh prompts.
    The report goes to loop.json, loop.txt and loop.png.

    Example: arena loop --taste polite --seed 1
    """
    began = monotonic()

    def say(words: str) -> None:
        typer.echo(f"{monotonic() - began:6.0f} s  {words}", err=True)

    def done(one: "Generation") -> None:
        if as_json:
            typer.echo(json.dumps(one.line()))

    with told():
        from training.loop import Circle, run_loop
        from training.recipe import find_recipe, read_recipe
        from training.reporting import text

        folder = out or Path("runs") / f"loop-{taste}-s{seed}"
        circle = Circle(
            url=url,
            taste=taste,
            seed=seed,
            out=folder,
            recipe=read_recipe(find_recipe(recipe)),
            generations=generations,
            parent=parent,
            battles=battles,
            fresh=fresh,
            config=config,
            engine=engine,
        )
        report = run_loop(circle, say, done)
    if not as_json:
        typer.echo(text(report))
    say(f"the report is in {folder}")
