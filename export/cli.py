"""`arena export`: open data from the record."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from arena.commands.db import ConfigOption
from arena.commands.saying import failed, one_line_errors

if TYPE_CHECKING:
    from export.summary import Summary

app = typer.Typer(no_args_is_help=True, help="Open data from the record.")


@app.callback()
def _export() -> None:
    """Open data from the record."""


@app.command()
def redact() -> None:
    """Take personal data out of texts: JSON lines in, JSON lines out.

    Reads {"id", "text"} on stdin and writes {"id", "text", "findings":
    [{"kind", "start", "end"}]} on stdout, line by line, in the same order.
    Kinds: email, phone, card, iban, ip, mac, key, secret; each is replaced
    by its name, as in <EMAIL>. Start and end count code points of the text
    as it came in. Other fields are not passed on: nobody has looked at them.

    A line that cannot be read is left out, is reported on stderr by number,
    never by content, and makes the exit code 1 once all other lines are done.
    Blank lines are skipped.

    Example: arena export redact < texts.jsonl > redacted.jsonl

    Example: echo '{"id": 1, "text": "Write to ann@example.org"}' | arena export redact
    """
    from export.pipe import run

    raise typer.Exit(run())


OutOption = Annotated[Path, typer.Option(help="The dataset folder; new, or empty.")]
Policy = Literal["required", "recorded", "none"]
ModerationOption = Annotated[Policy, typer.Option(help="What must be known of a row.")]
IncludeOption = Annotated[
    str, typer.Option(help="Beside people: simulated, judge, or both with a comma.")
]
FormatOption = Annotated[Literal["parquet", "jsonl"], typer.Option("--format", help="Of the data.")]
LicenseOption = Annotated[
    str, typer.Option(help="Of prompts and votes; the publisher's to choose.")
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace the dataset that is in the folder.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def battles(
    out: OutOption,
    moderation: ModerationOption = "required",
    include: IncludeOption = "",
    written: FormatOption = "parquet",
    license: LicenseOption = "other",
    overwrite: OverwriteOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """One row for each consented vote, redacted; what was dropped is counted.

    No moderation verdict is recorded by this version, so `required` and
    `recorded` let nothing leave; `none` releases unchecked text and says so.

    Example: arena export battles --out battles --moderation none
    """
    choices = {"moderation": moderation, "format": written, "license": license}
    _release("battles", out, config, as_json, include, {**choices, "overwrite": overwrite})


@app.command()
def preferences(
    out: OutOption,
    moderation: ModerationOption = "required",
    include: IncludeOption = "",
    written: FormatOption = "parquet",
    test_fraction: Annotated[
        float, typer.Option(min=0, help="Share of the prompts held out as the split test.")
    ] = 0.1,
    license: LicenseOption = "other",
    overwrite: OverwriteOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs of answers to one prompt, chosen and rejected, as TRL reads them.

    The splits train and test share no prompt. Moderation as with `battles`.

    Example: arena export preferences --out pairs --moderation none --include simulated
    """
    choices = {"moderation": moderation, "format": written, "license": license}
    more = {"overwrite": overwrite, "test_fraction": test_fraction}
    _release("preferences", out, config, as_json, include, {**choices, **more})


def _release(
    dataset: str,
    out: Path,
    config: Path | None,
    as_json: bool,
    include: str,
    choices: dict[str, Any],
) -> None:
    kinds = _kinds(include)
    with one_line_errors():
        from export.errors import ExportError

        try:
            summary = asyncio.run(_run(dataset, out, config, kinds, choices))
        except ExportError as error:
            raise failed(str(error)) from error
    typer.echo(json.dumps(summary.to_dict()) if as_json else summary.text())


def _kinds(include: str) -> set[str]:
    """The kinds named in an option's value; exit 2 for a word that is none."""
    named = {word.strip() for word in include.split(",")} - {"", "person"}
    if unknown := named - {"simulated", "judge"}:
        words = ", ".join(sorted(unknown))
        raise typer.BadParameter(f"{words}: choose simulated, judge or both", param_hint="include")
    return named


async def _run(
    dataset: str, out: Path, config: Path | None, kinds: set[str], choices: dict[str, Any]
) -> "Summary":
    from arena.settings import load
    from arena.store.session import opened
    from arena.store.tables import Kind
    from export import release
    from export.options import Format, Moderation, Options
    from export.progress import progress
    from serving.sealing import Sealer

    settings = load(config)
    choices["moderation"] = Moderation(choices["moderation"])
    choices["format"] = Format(choices["format"])
    include = frozenset(Kind(kind) for kind in kinds)
    options = Options(include=include, title=settings.site_name, **choices)
    make = {"battles": release.battles, "preferences": release.preferences}[dataset]
    async with opened(settings.database) as store:
        with progress("votes") as say:
            return await make(store, Sealer(settings.secret), out, options, say)
