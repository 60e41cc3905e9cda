"""What besides the answer moves a judge: the seat it stands in, the length it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ranking.agreement import Share, clustered
from ranking.errors import VotesError
from ranking.pairs import TIE
from ranking.votes import Floats, Indices

RATIOS: Final = (1.0, 1.25, 1.5, 2.0, 4.0)


@dataclass(frozen=True)
class PositionBias:
    """Of pairs judged in both orders (arXiv 2306.05685, table 2): the three parts add up to 1.

    `consistent`: the same verdict both times. `to_first`, `to_second`: the verdict moved with the
    seats, towards the first or the second. `first_seat`: mean score of the seat, 1/2 without bias.
    """

    consistent: Share
    to_first: Share
    to_second: Share
    first_seat: Share


@dataclass(frozen=True)
class LengthRow:
    """Pairs whose longer answer is so many times as long: how often a decisive vote takes it."""

    least: float
    below: float
    longer: Share | None


def position_bias(straight: Indices, swapped: Indices, question: Indices) -> PositionBias:
    """From the seat that won (0 first, 1 second, 2 tie) before and after the answers are swapped.

    Raises VotesError where the columns differ in length or are empty.
    """
    _same_length(straight, swapped, question)
    lean = _lean(straight) + _lean(swapped)  # above 0: the first seat was preferred
    every = np.ones(len(lean))
    parts = (lean == 0, lean > 0, lean < 0, 0.5 + lean / 4)
    return PositionBias(*(clustered(part.astype(np.float64), every, question) for part in parts))


def verbosity_bias(
    first: Floats,
    second: Floats,
    said: Indices,
    question: Indices,
    ratios: Sequence[float] = RATIOS,
) -> tuple[LengthRow, ...]:
    """Share of decisive votes for the longer answer, by how many times as long it is.

    `first` and `second` are lengths, `said` which of them won (2: neither). Without the answers'
    quality it shows what goes with length, not what length causes: compare a judge with people,
    on the same pairs, or give it answers made longer without saying more.
    """
    _same_length(first, second, said, question)
    ratio = np.maximum(first, second) / np.maximum(np.minimum(first, second), 1)
    decided = (said != TIE) & (first != second)
    taken = (said == np.where(first > second, 0, 1)) & decided
    rows = []
    for least, below in zip(ratios, [*ratios[1:], np.inf], strict=True):
        here = decided & (ratio >= least) & (ratio < below)
        longer = (
            clustered(taken[here].astype(np.float64), np.ones(int(here.sum())), question[here])
            if here.any()
            else None
        )
        rows.append(LengthRow(least, float(below), longer))
    return tuple(rows)


def _lean(seat: Indices) -> Indices:
    lean: Indices = np.select([seat == 0, seat == 1], [1, -1], 0)
    return lean


def _same_length(*columns: Floats | Indices) -> None:
    if len({len(column) for column in columns}) != 1 or not len(columns[0]):
        raise VotesError("the columns differ in length, or are empty")
