"""A board for every category from one pass over the votes, whatever categories a vote is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from ranking.caveats import some
from ranking.counts import DENSE_KEYS, Cells, count
from ranking.graph import Mask
from ranking.leaderboard import Leaderboard
from ranking.rating import Options, rate
from ranking.votes import WINNERS, Floats, Votes

OVERALL: Final = "overall"
PART: Final = 1 << 15  # votes multiplied at once: their tags as floats stay in the cache


def rate_all(votes: Votes, tags: Mapping[str, Mask], **options: Any) -> dict[str, Leaderboard]:
    """Rate all votes, as `overall`, and those of every tag; each board as `rate` gives it.

    Args:
        votes: every vote once.
        tags: for each category the votes that are in it; a vote may be in many.
        options: those of `rate`.

    Returns:
        A board for `overall`, then one for each tag in order. A tag without votes has an empty one.

    Raises:
        What `rate` raises, for the first board that it raises it for.
    """
    held = {OVERALL: np.ones(len(votes), bool), **tags}
    chosen = Options(**{name: value for name, value in options.items() if name != "start"})
    if chosen.one_by_one or chosen.half_life is not None:
        return {name: rate(votes.only(mask), **options) for name, mask in held.items()}
    counted = count_all(votes, np.stack(list(held.values()), axis=1))
    return {
        name: _warned(rate(cells, **options), votes, mask)
        for (name, mask), cells in zip(held.items(), counted, strict=True)
    }


def count_all(votes: Votes, held: NDArray[np.bool_]) -> list[Cells]:
    """The cells of every category (a column of `held`): what `count` gives for its votes alone."""
    size, categories = len(votes.names), held.shape[1]
    keys = size * size * len(WINNERS)
    if keys * categories > DENSE_KEYS:
        return [count(votes.only(held[:, place])) for place in range(categories)]
    by_category = zip(*_sums(votes, held, keys), strict=True)
    return [_cells(votes.names, *sums) for sums in by_category]


def _sums(votes: Votes, held: NDArray[np.bool_], keys: int) -> list[Floats]:
    """Counts, weights and squared weights, each (category, cell): sums over the votes in both.

    A sparse matrix with a column for each vote, in it a one at the vote's cell, times the tags:
    each vote is read once, and its weight added to the row of its cell in all its categories.
    """
    sums = [np.zeros((keys, held.shape[1])) for _ in range(1 if votes.weight is None else 3)]
    step = max(PART, keys)
    for start in range(0, len(votes), step):
        rows = slice(start, start + step)
        cell = votes.a[rows] * np.int32(len(votes.names)) + votes.b[rows]
        cell = cell * np.int32(len(WINNERS)) + votes.winner[rows]
        tags, ends = held[rows].astype(np.float64), np.arange(len(cell) + 1, dtype=np.int32)
        worths = [np.ones(len(cell))]
        if votes.weight is not None:
            worths += [votes.weight[rows], np.square(votes.weight[rows])]
        for added, worth in zip(sums, worths, strict=True):
            added += csc_array((worth, cell, ends), shape=(keys, len(cell))) @ tags
    turned = [np.ascontiguousarray(added.T) for added in sums]
    return turned * 3 if votes.weight is None else turned


def _cells(names: tuple[str, ...], counted: Floats, summed: Floats, squared: Floats) -> Cells:
    key = np.flatnonzero(counted)
    pair, outcome = np.divmod(key, len(WINNERS))
    a, b = np.divmod(pair, max(len(names), 1))
    key = key[a != b]
    outcome, a, b = (column[a != b] for column in (outcome, a, b))
    return Cells(
        names,
        a.astype(np.int32),
        b.astype(np.int32),
        outcome.astype(np.int8),
        counted[key].astype(np.int64),
        summed[key],
        squared[key],
    )


def _warned(board: Leaderboard, votes: Votes, held: Mask) -> Leaderboard:
    """The board with the sentence on votes of a model against itself, which no count shows."""
    mirrored = votes.mirrored & held
    if not mirrored.any():
        return board
    met = np.isin(np.arange(len(votes.names)), votes.a[mirrored])
    said = f"votes left out because a model met itself: {int(mirrored.sum())}"
    return replace(board, warnings=(f"{said} ({some(votes.names, met)})", *board.warnings))
