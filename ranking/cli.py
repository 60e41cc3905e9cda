"""`arena rate`: ratings on the terminal or as JSON, from a file of votes or from the database."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ranking.errors import OptionError, RankingError

if TYPE_CHECKING:
    from ranking.counts import Cells
    from ranking.leaderboard import Leaderboard
    from ranking.votes import Votes


def rate(
    votes: Annotated[
        Path | None,
        typer.Argument(help="Parquet, CSV or JSONL; without it, the arena's database."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    category: Annotated[str | None, typer.Option(help="Only votes that carry this tag.")] = None,
    style: Annotated[
        bool,
        typer.Option("--style", help="Control for length, headers, lists and bold of the answers."),
    ] = False,
    covariate: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Control for column NAME, or NAME_a and NAME_b, too."),
    ] = None,
    ties: Annotated[
        Literal["half", "davidson", "rao-kupper"],
        typer.Option(help="A tie is half a win, or has a probability of its own."),
    ] = "half",
    weights: Annotated[
        Literal["none", "pair", "inverse-propensity"],
        typer.Option(help="Even out busy pairs, or undo the way pairs were drawn."),
    ] = "none",
    cluster: Annotated[
        Literal["none", "voter"],
        typer.Option(help="Let votes of one voter (column judge) depend on each other."),
    ] = "none",
    anchor: Annotated[
        str | None,
        typer.Option(metavar="MODEL=RATING", help="Move the scale to give MODEL RATING."),
    ] = None,
    bootstrap: Annotated[
        int, typer.Option(metavar="N", min=0, help="Intervals from N resamples; 0: sandwich.")
    ] = 0,
    min_votes: Annotated[
        int, typer.Option(metavar="N", min=0, help="Leave models with fewer votes off the board.")
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the bootstrap.")] = 0,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw the intervals (.svg, .png, .pdf)."),
    ] = None,
) -> None:
    """Rate models from votes: Bradley-Terry ratings with 95 % intervals and ranks.

    Example: arena rate votes.parquet --min-votes 100 --plot ratings.svg

    Example: arena rate votes.csv --ties davidson --anchor mixtral-8x7b-instruct-v0.1=1114 --json

    Example: arena rate votes.parquet --style --covariate seconds
    """
    from ranking.rating import rate as rated

    try:
        anchored = None if anchor is None else parse_anchor(anchor)
        observed = _observations(
            votes,
            category,
            voters=cluster == "voter",
            probabilities=weights == "inverse-propensity",
            style=style,
            covariates=covariate or (),
        )
        board = rated(
            observed,
            ties=ties,
            weights=weights,
            cluster=cluster,
            anchor=anchored,
            bootstrap=bootstrap,
            min_votes=min_votes,
            seed=seed,
            style=style or bool(covariate),
        )
        _show(board, as_json, plot)
    except RankingError as error:
        typer.echo(f"arena rate: {error}", err=True)
        raise typer.Exit(2 if isinstance(error, OptionError) else 1) from error


def parse_anchor(text: str) -> tuple[str, float]:
    """MODEL=RATING; the last equals sign divides, since a model's name may hold one."""
    model, _, rating = text.rpartition("=")
    try:
        value = float(rating)
    except ValueError:
        value = math.nan
    if not model or not math.isfinite(value):
        raise OptionError(f"--anchor takes MODEL=RATING, not {text!r}")
    return model, value


def _observations(path: Path | None, category: str | None, **asked: Any) -> Votes | Cells:
    """Votes of a file with the columns asked for; without one, those of the database."""
    if path is None:
        if asked["covariates"]:
            raise OptionError("--covariate needs a file of votes; the database knows style alone")
        return from_database(category, rows=any(asked.values()))
    from ranking.reading import read_votes

    return read_votes(path, category=category, **asked)


def from_database(category: str | None, rows: bool = False) -> Votes | Cells:
    """What the entry point `database` of the group `arena.votes` gives.

    It is called with `category=` where one was asked for, and with `rows=True` where counts are not
    enough: then it gives Votes one by one, with voters, probabilities and style.
    """
    from importlib.metadata import entry_points

    found = tuple(entry_points(group="arena.votes", name="database"))
    if not found:
        raise RankingError("no database of votes is installed; name a file of votes")
    load = found[0].load()
    asked = ({"category": category} if category is not None else {}) | (
        {"rows": True} if rows else {}
    )
    observed: Votes | Cells = load(**asked)
    return observed


def _show(board: Leaderboard, as_json: bool, plot: Path | None) -> None:
    from ranking.report import lines, style_lines, table

    if plot is not None:
        from ranking.plot import interval_plot

        interval_plot(board, plot)
    if as_json:
        typer.echo(board.to_json())
        return
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(table(board, console.width))
    else:
        for line in lines(board):
            typer.echo(line)
    for line in style_lines(board):
        typer.echo(line)
    for warning in board.warnings:
        typer.echo(f"warning: {warning}", err=True)
