"""`arena rate`: ratings on the terminal or as JSON, from a file of votes or from the database."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ranking.errors import OptionError, RankingError

if TYPE_CHECKING:
    from ranking.contrasts import Contrast
    from ranking.counts import Cells
    from ranking.leaderboard import Leaderboard
    from ranking.rating import Ties
    from ranking.robustness import Robustness
    from ranking.votes import Votes

ALL = "all"


def rate(
    votes: Annotated[
        Path | None,
        typer.Argument(help="Parquet, CSV or JSONL; without it, the arena's database."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    category: Annotated[
        str | None, typer.Option(help="Only votes that carry this tag; all: a map of every tag.")
    ] = None,
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
    half_life: Annotated[
        float | None,
        typer.Option(metavar="DAYS", help="Halve a vote's weight every DAYS before the last one."),
    ] = None,
    contrast: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help="Also compare two models: difference, score, who leads."),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also say how few votes would change the ranks.")
    ] = False,
    history: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the ratings at the end of each day (CSV)."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw the intervals (.svg, .png, .pdf)."),
    ] = None,
) -> None:
    """Rate models from votes: Bradley-Terry ratings with 95 % intervals and ranks.

    Example: arena rate votes.parquet --min-votes 100 --plot ratings.svg

    Example: arena rate votes.csv --ties davidson --anchor mixtral-8x7b-instruct-v0.1=1114 --json

    Example: arena rate votes.parquet --style --covariate seconds

    Example: arena rate votes.parquet --contrast model-x model-y --robustness

    Example: arena rate votes.parquet --category all
    """
    from ranking.rating import rate as rated

    try:
        asked: dict[str, Any] = {
            "voters": cluster == "voter",
            "probabilities": weights == "inverse-propensity",
            "style": style,
            "covariates": covariate or (),
            "times": half_life is not None or history is not None,
        }
        options: dict[str, Any] = {
            "ties": ties,
            "weights": weights,
            "cluster": cluster,
            "anchor": None if anchor is None else parse_anchor(anchor),
            "bootstrap": bootstrap,
            "min_votes": min_votes,
            "seed": seed,
            "style": style or bool(covariate),
            "half_life": half_life,
        }
        if category == ALL:
            if robustness or any(one is not None for one in (contrast, history, plot)):
                raise OptionError("--category all takes no contrast, robustness, history or plot")
            return _show_map(votes, asked, options, as_json)
        observed = _observations(votes, category, **asked)
        board = rated(observed, **options)
        chosen: dict[str, Any] = {"ties": ties, "weights": weights}
        styled = style or bool(covariate)
        if (robustness or history) and styled:
            raise OptionError("--robustness and --history are of the plain fit; leave --style out")
        faded = _faded(observed, half_life)
        compared = robust = None
        if contrast is not None:
            from ranking.contrasts import contrast as compare

            compared = compare(faded, *contrast, cluster=cluster, style=styled, **chosen)
        if robustness:
            from ranking.robustness import robustness as change

            robust = change(faded, min_votes=min_votes, **chosen)
        if history is not None:
            _write_history(observed, history, half_life, **chosen)
        _show(board, as_json, plot, compared, robust)
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


def _faded(observed: Votes | Cells, half_life: float | None) -> Votes | Cells:
    from ranking.votes import Votes
    from ranking.weights import DAY, by_age

    if half_life is None or not isinstance(observed, Votes):
        return observed
    return by_age(observed, half_life * DAY)


def _write_history(
    observed: Votes | Cells, path: Path, half_life: float | None, *, ties: Ties, weights: str
) -> None:
    from ranking.history import history, periods, write_csv
    from ranking.votes import Votes
    from ranking.weights import DAY

    if not isinstance(observed, Votes):
        raise OptionError("--history needs a file of votes; the database has tallies only")
    if weights != "none":
        raise OptionError(f"--history rates every vote alike; leave --weights {weights} out")
    fading = None if half_life is None else half_life * DAY
    write_csv(history(periods(observed, DAY, fading), ties=ties, half_life=fading), path)


def _show_map(
    path: Path | None, asked: dict[str, Any], options: dict[str, Any], as_json: bool
) -> None:
    from ranking.heat import lines, table
    from ranking.tag_reading import every_category

    heat = every_category(path, asked, options)
    if as_json:
        typer.echo(heat.to_json())
        return
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(table(heat))
    else:
        for line in lines(heat):
            typer.echo(line)
    for name, board in heat.boards.items():
        for warning in board.warnings:
            typer.echo(f"warning: {name}: {warning}", err=True)


def _show(
    board: Leaderboard,
    as_json: bool,
    plot: Path | None,
    compared: Contrast | None,
    robust: Robustness | None,
) -> None:
    from ranking.report import contrast_lines, lines, robustness_lines, style_lines, table

    if plot is not None:
        from ranking.plot import interval_plot

        interval_plot(board, plot)
    if as_json:
        more = {"contrast": compared, "robustness": robust}
        added = {key: value.to_dict() for key, value in more.items() if value is not None}
        said = board.to_dict() | added
        typer.echo(json.dumps(said, allow_nan=False, ensure_ascii=False, indent=2))
        return
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(table(board, console.width))
    else:
        for line in lines(board):
            typer.echo(line)
    for line in (
        *style_lines(board),
        *(contrast_lines(compared) if compared is not None else ()),
        *(robustness_lines(robust) if robust is not None else ()),
    ):
        typer.echo(line)
    for warning in board.warnings:
        typer.echo(f"warning: {warning}", err=True)
