"""`arena export`: open data from the record."""

import typer

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
