"""`arena simulate`: simulated visitors with known tastes, over the public API."""

import asyncio
import json
from typing import Annotated

import typer

from arena.commands.saying import failed, one_line_errors


def simulate(
    url: Annotated[str, typer.Option(help="Where the arena answers.")] = "http://127.0.0.1:7860",
    battles: Annotated[int, typer.Option(min=1, help="How many battles to play.")] = 100,
    taste: Annotated[str, typer.Option(help="plain, polite, or mixed.")] = "mixed",
    seed: Annotated[int, typer.Option(help="Of questions and votes.")] = 0,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="Visitors at the same time.")] = 8,
    token: Annotated[
        str, typer.Option(help="Operator token; default: the one of ./arena-data.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let simulated visitors of the demo's world have battles and vote.

    Their votes are of kind `simulated`: boards and datasets leave them out unless asked.

    Example: arena simulate --url http://127.0.0.1:7860 --battles 500
    """
    with one_line_errors():
        from arena.demo import TASTES
        from arena.settings import load
        from arena.simulate import Plan, play

        if taste not in (*TASTES, "mixed"):
            raise typer.BadParameter(
                f"choose one of {', '.join(TASTES)}, mixed", param_hint="taste"
            )
        token = token or load().operator_token
        plan = Plan(url.rstrip("/"), battles, taste, seed, at_once, token)
        report = asyncio.run(play(plan, None if as_json else _say))
    typer.echo(json.dumps(report.to_dict()) if as_json else report.text())
    if report.played == 0:
        raise failed(f"no battle came to its end: {report.last_trouble}")


def _say(done: int, of: int) -> None:
    typer.echo(f"{done} of {of} battles", err=True)
