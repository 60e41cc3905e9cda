"""Who can be compared with whom: groups that never met, and models that only won or only lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from ranking.pairs import Pairs
from ranking.votes import Indices

Mask = NDArray[np.bool_]
NO_CORE: Final = -1


@dataclass(frozen=True, eq=False)
class Structure:
    """Where the likelihood has a finite maximum, per model.

    `group`: models joined by votes, directly or not. `core`: in the part of its group in which
    everyone is beaten, through others, by everyone; there the maximum is finite and unique (Ford
    1957). A model outside could be any distance above or below: `no_top`, `no_bottom`.
    """

    group: Indices
    core: Mask
    no_top: Mask
    no_bottom: Mask

    @property
    def whole(self) -> bool:
        """One group, all of it core: the ordinary case."""
        return bool(self.core.all())


def structure(pairs: Pairs) -> Structure:
    """Find the groups and, in each, the core: the strongly connected part with most votes inside.

    A group whose parts tie for most votes, or in which every model stands alone, has no core.
    """
    beats = _beats(pairs)
    _, part = connected_components(beats, connection="strong")
    groups, group = connected_components(beats, connection="weak")
    core_part = _core_parts(pairs, part, group, groups)
    core = part == core_part[group]
    no_top, no_bottom = np.zeros(pairs.size, bool), np.zeros(pairs.size, bool)
    if not core.all():
        for label in np.unique(group[~core]):
            _open_ends(beats, np.flatnonzero(group == label), core, no_top, no_bottom)
    return Structure(group.astype(np.int64), core, no_top, no_bottom)


def ties_are_bounded(pairs: Pairs) -> bool:
    """Whether a tie parameter has a finite maximum over cores (Davidson's and Rao-Kupper's alike).

    It has none where strengths exist that put every winner at least 1 above its loser and every
    tied pair at most 1 apart: scaling them up, with the tie parameter, never stops to fit better.
    They exist unless some circle of meetings holds more wins than ties (Bellman and Ford).
    """
    won, lost, tied = pairs.weight > 0
    if not tied.any():
        return False
    if (won & lost).any():
        return True
    below = np.concatenate(
        [pairs.second[won], pairs.first[lost], pairs.first[tied], pairs.second[tied]]
    )
    above = np.concatenate(
        [pairs.first[won], pairs.second[lost], pairs.second[tied], pairs.first[tied]]
    )
    room = np.repeat([-1, 1], [won.sum() + lost.sum(), 2 * tied.sum()])
    at = np.zeros(pairs.size, dtype=np.int64)
    for _ in range(pairs.size + 1):
        pushed = at.copy()
        np.minimum.at(pushed, below, at[above] + room)
        if np.array_equal(pushed, at):
            return False
        at = pushed
    return True


def _beats(pairs: Pairs) -> Any:
    """Sparse graph with an edge from each winner to each loser; a tie is an edge both ways."""
    down = pairs.weight[0] + pairs.weight[2] > 0
    up = pairs.weight[1] + pairs.weight[2] > 0
    rows = np.concatenate([pairs.first[down], pairs.second[up]])
    columns = np.concatenate([pairs.second[down], pairs.first[up]])
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(pairs.size, pairs.size))


def _core_parts(pairs: Pairs, part: Indices, group: Indices, groups: int) -> Indices:
    """For each group the part that is its core, or NO_CORE."""
    inside = part[pairs.first] == part[pairs.second]
    held = np.bincount(part[pairs.first[inside]], pairs.votes[inside], minlength=part.max() + 1)
    core_part = np.full(groups, NO_CORE)
    for label in range(groups):
        parts = np.unique(part[group == label])
        most = parts[held[parts] == held[parts].max()]
        if len(most) == 1 and held[most[0]] > 0:
            core_part[label] = most[0]
    return core_part


def _open_ends(beats: Any, members: Indices, core: Mask, no_top: Mask, no_bottom: Mask) -> None:
    """A model is bounded above if all the core (or, without one, all others) can reach it."""
    known = members[core[members]]
    anchors = known[:1] if len(known) else members  # a core reaches all that one of it reaches
    beaten_by, beaten = beats.T.tocsr(), beats
    for model in members[~core[members]]:
        above = breadth_first_order(beaten_by, model, return_predecessors=False)
        below = breadth_first_order(beaten, model, return_predecessors=False)
        no_top[model] = not np.isin(anchors, above).all()
        no_bottom[model] = not np.isin(anchors, below).all()
