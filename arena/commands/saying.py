"""How commands fail: one line on standard error, exit 1, no traceback for what a person caused."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn the typed errors of our rooms, and of the database, into one line and exit 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from arena.errors import ArenaError
    from ranking.errors import RankingError
    from serving.errors import ServingError

    try:
        yield
    except (ArenaError, ServingError, RankingError) as error:
        raise failed(str(error)) from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        hint = "try `arena db upgrade`" if "no such table" in reason else "is it running?"
        raise failed(f"the database says: {reason} ({hint})") from error
    except OSError as error:
        raise failed(str(error)) from error


def failed(reason: str) -> typer.Exit:
    """Say why on standard error; the caller raises what this returns."""
    typer.echo(f"arena: {reason}", err=True)
    sys.stderr.flush()
    return typer.Exit(1)
