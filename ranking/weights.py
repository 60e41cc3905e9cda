"""Votes weighed: by how crowded their pair is, how likely it was to be drawn, how old they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ranking.counts import Cells, count, without_absent
from ranking.errors import OptionError, VotesError
from ranking.pairs import Pairs
from ranking.votes import Votes

DAY: Final = 86_400.0  # seconds
CROWD: Final = 50  # votes from which a pair counts no more than its share


def weighed(observations: Votes | Cells, how: str) -> tuple[Votes | Cells, Pairs]:
    """The votes in which two models met, and their pairs, weighed as `--weights` says."""
    if isinstance(observations, Votes):
        observations = observations.only(~observations.mirrored)
    present = without_absent(observations)
    if how == "inverse-propensity":
        if isinstance(present, Cells):
            raise OptionError("weights by inverse propensity need votes one by one, not counts")
        present = by_propensity(present)
    pairs = Pairs.of(count(present) if isinstance(present, Votes) else present)
    if not present.names:
        return present, pairs
    return present, normalised(by_pair(pairs) if how == "pair" else pairs)


def normalised(pairs: Pairs) -> Pairs:
    """The same pairs with weights that average 1 over the votes."""
    total = pairs.weight.sum()
    if not total > 0:
        raise VotesError("every vote weighs 0")
    return pairs.scaled(float(pairs.count.sum() / total))


def by_pair(pairs: Pairs) -> Pairs:
    """Each vote times 1 / max(votes of its pair, 50): no pair outweighs another by being busy."""
    return pairs.scaled(1 / np.maximum(pairs.votes, CROWD))


def by_propensity(votes: Votes) -> Votes:
    """Each vote times 1 / the chance its pair was drawn with: as if pairs were drawn evenly."""
    if votes.probability is None:
        raise OptionError("weights by inverse propensity need a pair_probability for every vote")
    weight = 1 / votes.probability
    return replace(votes, weight=weight if votes.weight is None else weight * votes.weight)


def by_age(votes: Votes, half_life: float, now: float | None = None) -> Votes:
    """Each vote times 1/2 for every `half_life` seconds before `now`, or before the last vote."""
    if votes.time is None:
        raise OptionError("weights by age need a timestamp for every vote")
    if not half_life > 0:
        raise OptionError(f"a half-life is a time above 0, not {half_life}")
    if not len(votes):
        return votes
    age = (votes.time.max() if now is None else now) - votes.time
    weight = np.exp2(-age / half_life)
    return replace(votes, weight=weight if votes.weight is None else weight * votes.weight)
