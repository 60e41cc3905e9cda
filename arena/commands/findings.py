"""What a verification found, printed: every check in a line, and the outcome in the last."""

import json
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING

import typer

from arena.commands.saying import failed

if TYPE_CHECKING:
    from serving.probe import Verdict

# What is said of a check that passed, failed, or is not judged.
JUDGED = {True: "passed", False: "failed", None: "recorded"}


def tell(name: str, verdict: "Verdict", as_json: bool = False) -> None:
    """Print it; raises typer.Exit where a check failed."""
    state = "live" if verdict.passed else "failed"
    if as_json:
        checks = [asdict(finding) for finding in verdict.findings]
        typer.echo(json.dumps({"name": name, "state": state, "checks": checks}))
    else:
        typer.echo("".join(f"{line}\n" for line in lines(verdict)), nl=False)
    outcome = f"{name} is {state}: {verdict.words}"
    if not verdict.passed:
        raise failed(outcome)
    if not as_json:
        typer.echo(outcome)


def lines(verdict: "Verdict") -> list[str]:
    """Every check, under its endpoint where there are several."""
    found = [(url, list(own)) for url, own in groupby(verdict.findings, lambda one: one.base_url)]
    told: list[str] = []
    for url, own in found:
        told += [url] * (len(found) > 1)
        told += [f"{JUDGED[one.passed]:8}  {one.name:12}  {one.words}" for one in own]
    return told
