"""What a reader must know before trusting a board: the sentences under `warnings`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from ranking.bradley_terry import Fit
from ranking.graph import Mask
from ranking.pairs import Pairs
from ranking.votes import Indices

FEWEST: Final = 5  # votes below which no interval is shown
SHOWN: Final = 5  # names a sentence lists before it only counts
FEW_VOTERS: Final = 30


def caveats(
    names: Sequence[str], pairs: Pairs, fitted: Fit, asked: str, min_votes: int
) -> Iterator[str]:
    """One sentence for everything in the votes that weakens the ratings."""
    votes = pairs.per_model(pairs.votes, pairs.votes)
    shape = fitted.structure
    if shape.group.max() > 0:
        yield _groups(names, shape.group)
    for open_end, sentence in (
        (shape.no_top & ~shape.no_bottom, "no upper bound (never lost to the rest): {}"),
        (shape.no_bottom & ~shape.no_top, "no lower bound (never beat the rest): {}"),
        (
            shape.no_top & shape.no_bottom,
            "no bound either way (won or lost all against the rest): {}",
        ),
    ):
        if open_end.any():
            yield sentence.format(some(names, open_end)) + "; the rating leans on one imagined tie"
    if (votes < FEWEST).any():
        yield f"no interval below {FEWEST} votes: {some(names, votes < FEWEST)}"
    if (votes < min_votes).any():
        yield f"left out, with under {min_votes} votes: {some(names, votes < min_votes)}"
    if asked != fitted.ties:
        yield f"{asked} ties cannot be fitted to these votes; ties count as half a win instead"


def unequal_weights(pairs: Pairs) -> bool:
    """Whether votes of one cell weigh differently, which the bootstrap by cells cannot see."""
    return bool(np.any(pairs.square * pairs.count > pairs.weight**2 * (1 + 1e-9)))


def _groups(names: Sequence[str], group: Indices) -> str:
    parts = [some(names, group == label) for label in range(int(group.max()) + 1)]
    listed = " | ".join(parts[:SHOWN]) + (" | ..." if len(parts) > SHOWN else "")
    return (
        f"{len(parts)} groups of models never met, so ratings cannot be compared between them, "
        f"each is rated around its own mean: {listed}"
    )


def some(names: Sequence[str], marked: Mask) -> str:
    """The first names that are marked, and how many more."""
    chosen: Iterable[int] = np.flatnonzero(marked)[:SHOWN]
    more = int(marked.sum()) - SHOWN
    return ", ".join(names[i] for i in chosen) + (f" and {more} more" if more > 0 else "")
