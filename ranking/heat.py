"""The heat map of categories: every model's rating and rank on the board of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ranking.by_category import OVERALL
from ranking.leaderboard import Leaderboard, Rating

ABSENT = "-"
# From the model's best place on any board to its worst, as colours of a terminal.
SHADES = ("green", "bright_green", "yellow", "bright_red", "red")


@dataclass(frozen=True)
class HeatMap:
    """Boards by category; models in the order of the first board, then those on none but others."""

    boards: Mapping[str, Leaderboard]

    @property
    def models(self) -> list[str]:
        """Every model that is on some board."""
        return list(dict.fromkeys(r.model for board in self.boards.values() for r in board.models))

    def cells(self) -> list[list[Rating | None]]:
        """Models x categories; None where a model is not on a board."""
        found = [{r.model: r for r in board.models} for board in self.boards.values()]
        return [[board.get(model) for board in found] for model in self.models]

    def to_dict(self) -> dict[str, Any]:
        """The map, and under `boards` each board as `arena rate --json` prints it alone."""
        cells = self.cells()
        return {
            "models": self.models,
            "categories": list(self.boards),
            "ratings": [[cell and cell.rating for cell in row] for row in cells],
            "ranks": [[cell and cell.rank for cell in row] for row in cells],
            "boards": {name: board.to_dict() for name, board in self.boards.items()},
        }

    def to_json(self) -> str:
        """`to_dict` as text; never NaN or Infinity."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)

    @classmethod
    def of(cls, boards: Mapping[str, Leaderboard]) -> Self:
        """The overall board first, then those with most votes."""
        order = sorted(boards, key=lambda name: (name != OVERALL, -boards[name].votes, name))
        return cls({name: boards[name] for name in order})


def lines(heat: HeatMap) -> Iterator[str]:
    """Ratings with their ranks as text with aligned columns; the votes of each board last."""
    heads = ["model", *heat.boards]
    rows = [
        [model, *(_cell(cell) for cell in row)]
        for model, row in zip(heat.models, heat.cells(), strict=True)
    ]
    rows.append(["votes", *(f"{board.votes:,}" for board in heat.boards.values())])
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def table(heat: HeatMap) -> Table:
    """The same for a terminal: green where a model ranks best among its boards, red where worst."""
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, caption="rating (rank)")
    drawn.add_column("model", overflow="fold")
    for name in heat.boards:
        drawn.add_column(escape(name), justify="right")
    for model, row in zip(heat.models, heat.cells(), strict=True):
        drawn.add_row(escape(model), *(Text(_cell(cell), style=_shade(cell, row)) for cell in row))
    drawn.add_row("votes", *(f"{board.votes:,}" for board in heat.boards.values()))
    return drawn


def _cell(rating: Rating | None) -> str:
    return ABSENT if rating is None else f"{rating.rating:.0f} ({rating.rank})"


def _shade(rating: Rating | None, row: list[Rating | None]) -> str:
    ranks = [cell.rank for cell in row if cell is not None]
    if rating is None or min(ranks) == max(ranks):
        return ""
    share = (rating.rank - min(ranks)) / (max(ranks) - min(ranks))
    return SHADES[round(share * (len(SHADES) - 1))]
