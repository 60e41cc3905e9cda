"""`arena export`: open data from the record."""

import typer

app = typer.Typer(no_args_is_help=True, help="Open data from the record.")
