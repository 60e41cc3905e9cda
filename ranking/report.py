"""A leaderboard for people to read: a table on a terminal, aligned lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from ranking.contrasts import Contrast
from ranking.leaderboard import Leaderboard, Rating
from ranking.robustness import Robustness, Swap

HEADINGS = ("rank", "model", "rating", "95 % interval", "ranks", "votes", "wins", "losses", "ties")
LEFT = ("model",)
WIDE = 110  # columns of a terminal that has room for names of models and every count


def table(board: Leaderboard, width: int) -> Table:
    """The board as a Rich table; one narrower than WIDE leaves wins, losses and ties out."""
    shown = len(HEADINGS) if width >= WIDE else HEADINGS.index("wins")
    title = f"{board.votes:,} vote{'' if board.votes == 1 else 's'}"
    drawn = Table(title=title, caption=board.method, box=SIMPLE_HEAD, pad_edge=False)
    for heading in HEADINGS[:shown]:
        named = heading in LEFT
        drawn.add_column(
            heading, justify="left" if named else "right", overflow="fold", no_wrap=not named
        )
    for rating in board.models:
        drawn.add_row(*map(escape, _cells(rating)[:shown]))
    return drawn


def lines(board: Leaderboard) -> Iterator[str]:
    """The board as text with aligned columns, a heading first and the method last."""
    rows = [HEADINGS, *(_cells(rating) for rating in board.models)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = (
            cell.ljust(width) if heading in LEFT else cell.rjust(width)
            for cell, width, heading in zip(row, widths, HEADINGS, strict=True)
        )
        yield "  ".join(cells).rstrip()
    yield f"{board.votes} votes; {board.method}"


def style_lines(board: Leaderboard) -> Iterator[str]:
    """What each covariate was worth: its coefficient with its interval."""
    for worth in board.coefficients:
        known = worth.lower is not None and worth.upper is not None
        between = f"{worth.lower:+.3f} to {worth.upper:+.3f}" if known else "none"
        yield f"{worth.name}: {worth.coefficient:+.3f} ({between})"


def contrast_lines(found: Contrast) -> Iterator[str]:
    """Two models compared, in three lines."""
    low = "unbounded" if found.lower is None else f"{found.lower:+.1f}"
    high = "unbounded" if found.upper is None else f"{found.upper:+.1f}"
    yield f"{found.first} less {found.second}: {found.difference:+.1f} ({low} to {high})"
    met = f"{found.battles} battles: {found.wins} won, {found.losses} lost, {found.ties} tied"
    between = f"{found.win_lower:.1%} to {found.win_upper:.1%}"
    yield f"expected score of {found.first}: {found.win:.1%} ({between}); {met}"
    sure = "too few votes to say" if found.stronger is None else f"{found.stronger:.1%}"
    yield f"chance that {found.first} is truly the stronger: {sure}"


def robustness_lines(found: Robustness) -> Iterator[str]:
    """What changes number one, then what swaps each two neighbours."""
    if found.first is not None:
        yield f"number one changes: {_swap(found.first)}"
    for pair in found.pairs:
        yield f"neighbours swap: {_swap(pair)}"


def _swap(swap: Swap) -> str:
    dropped = "no number found" if swap.drop is None else f"{swap.drop} votes dropped"
    flipped = "no number found" if swap.flip is None else f"{swap.flip} votes flipped"
    return f"{swap.below} above {swap.above} by {dropped} or {flipped} ({swap.votes} votes)"


def _cells(rating: Rating) -> tuple[str, ...]:
    return (
        str(rating.rank),
        rating.model,
        f"{rating.rating:.1f}",
        _interval(rating.lower, rating.upper),
        f"{rating.rank_lower}-{rating.rank_upper}",
        str(rating.votes),
        str(rating.wins),
        str(rating.losses),
        str(rating.ties),
    )


def _interval(lower: float | None, upper: float | None) -> str:
    if lower is None and upper is None:
        return "none"
    low = "below" if lower is None else f"{lower:.1f}"
    high = "above" if upper is None else f"{upper:.1f}"
    return f"{low} to {high}"
