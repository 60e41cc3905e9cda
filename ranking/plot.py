"""Ratings with their intervals as a picture: one row a model, best on top."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ranking.errors import OptionError, ReadingError
from ranking.leaderboard import Leaderboard, Rating

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES: Final = (".svg", ".png", ".pdf")
INK, FAINT, PAPER = "#1f2933", "#9aa5b1", "#ffffff"
SURE, PROVISIONAL = "#1f5fa8", "#b7791f"
ROW: Final = 0.26  # inches
ARROW: Final = 22  # points
STYLE: Final[dict[str, Any]] = {
    "text.parse_math": False,  # a dollar sign in a model's name is a dollar sign
    "font.size": 9,
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "svg.hashsalt": "agon",
    "axes.edgecolor": FAINT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def interval_plot(board: Leaderboard, path: Path, title: str = "Ratings") -> None:
    """Draw the board to an SVG, PNG or PDF, by the path's ending.

    A model without a two-sided interval is provisional: hollow, in another colour, with an arrow
    to the side on which nothing bounds it.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OptionError(f"a plot ends in {', '.join(SUFFIXES)}, not {path.name!r}")
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        height = 1.3 + ROW * max(len(board.models), 1)
        figure = Figure(figsize=(8, height), facecolor=PAPER, layout="constrained")
        axes = figure.add_subplot(facecolor=PAPER)
        _frame(axes, board, title)
        for row, rating in enumerate(board.models):
            _draw(axes, row, rating)
        _save(figure, path)


def _frame(axes: Axes, board: Leaderboard, title: str) -> None:
    axes.set_yticks(range(len(board.models)), [_label(rating) for rating in board.models])
    axes.set_ylim(max(len(board.models), 1) - 0.4, -0.6)
    axes.set_xlabel("rating (400 points: ten to one), with 95 % interval")
    axes.set_title(f"{title}: {board.votes:,} votes", loc="left", fontweight="bold")
    axes.margins(x=0.12)
    axes.grid(axis="x", color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _label(rating: Rating) -> str:
    name = rating.model if len(rating.model) <= 44 else f"{rating.model[:43]}…"
    return f"{name}  {rating.rank}"


def _draw(axes: Axes, row: int, rating: Rating) -> None:
    sure = rating.lower is not None and rating.upper is not None
    colour = SURE if sure else PROVISIONAL
    bounds = [rating.lower, rating.upper]
    ends = [rating.rating if bound is None else bound for bound in bounds]
    axes.plot(ends, [row, row], color=colour, linewidth=1.6, solid_capstyle="butt")
    open_above = rating.upper is None and rating.lower is not None
    if bounds.count(None) == 1:
        _arrow(axes, (rating.rating, row), ARROW if open_above else -ARROW, colour)
    face = colour if sure else PAPER
    axes.plot(rating.rating, row, "o", color=colour, markerfacecolor=face, markersize=5)
    votes = f"{rating.votes} vote" + ("" if rating.votes == 1 else "s")
    axes.annotate(
        f"{rating.rating:.0f}" + ("" if sure else f" ({votes}, provisional)"),
        (max(ends), row),
        xytext=(ARROW + 4 if open_above else 6, 0),
        textcoords="offset points",
        va="center",
        fontsize=7.5,
        color=INK if sure else PROVISIONAL,
        annotation_clip=False,
    )


def _arrow(axes: Axes, at: tuple[float, int], length: int, colour: str) -> None:
    """From a rating towards where nothing bounds it; `length` in points, negative to the left."""
    axes.annotate(
        "",
        at,
        xytext=(length, 0),
        textcoords="offset points",
        arrowprops={"arrowstyle": "<-", "color": colour, "linewidth": 1.6, "shrinkB": 0},
    )


def _save(figure: Figure, path: Path) -> None:
    try:
        figure.savefig(path, dpi=160, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise ReadingError(path, f"cannot be written ({error.strerror or error})") from error
