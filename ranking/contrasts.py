"""Two models compared: how far apart, how sure, and who wins the next battle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from ranking.bradley_terry import Fit, fit
from ranking.caveats import FEWEST
from ranking.coefficients import controlled
from ranking.counts import Cells
from ranking.covariance import errors
from ranking.errors import OptionError
from ranking.intervals import Z
from ranking.pairs import Pairs
from ranking.rating import SCALE, Cluster, Ties, Weights
from ranking.ties import TIES
from ranking.votes import Floats, Votes
from ranking.weights import weighed


@dataclass(frozen=True)
class Contrast:
    """The first model's rating less the second's, with its 95 % interval, on the rating scale.

    `win` is the score the first may expect of a battle: its chance to win, plus half that of a
    tie. `stronger` is how surely it is truly the stronger. `battles`, `wins`, `losses` and `ties`
    count where the two met. None: nothing bounds it, or the votes are too few to say.
    """

    first: str
    second: str
    difference: float
    lower: float | None
    upper: float | None
    win: float
    win_lower: float
    win_upper: float
    stronger: float | None
    battles: int
    wins: int
    losses: int
    ties: int

    def to_dict(self) -> dict[str, Any]:
        """The object `arena rate --contrast --json` prints under `contrast`."""
        return asdict(self)


def contrast(
    observations: Votes | Cells,
    first: str,
    second: str,
    *,
    ties: Ties = "half",
    weights: Weights = "none",
    cluster: Cluster = "none",
    style: bool = False,
) -> Contrast:
    """Compare two models, from the fit of all.

    The interval is that of the difference, sharper than two intervals laid side by side.

    Raises:
        OptionError: a model has no vote, both are one, or no votes join them.
    """
    present, pairs = weighed(observations, weights)
    i, j = _places(present.names, first, second)
    fitted, apart = _fitted(present, pairs, ties, by_voter=cluster == "voter", style=style)
    if fitted.structure.group[i] != fitted.structure.group[j]:
        raise OptionError(f"no votes, direct or through others, compare {first!r} with {second!r}")
    error = math.sqrt(float(apart[i, j]))
    lower, middle, upper = _bounds(pairs, fitted, i, j, error)
    win_lower, win, win_upper = _score(fitted, np.array([lower, middle, upper]))
    bounded = lower > -math.inf or upper < math.inf
    return Contrast(
        first,
        second,
        SCALE * middle,
        _finite(SCALE * lower),
        _finite(SCALE * upper),
        win,
        win_lower,
        win_upper,
        float(ndtr(middle / error)) if bounded else None,
        *_met(pairs, i, j),
    )


def _places(names: Sequence[str], first: str, second: str) -> tuple[int, int]:
    if first == second:
        raise OptionError(f"a contrast takes two models, not {first!r} twice")
    for model in (first, second):
        if model not in names:
            raise OptionError(f"the model {model!r} is not among the {len(names)} models rated")
    return names.index(first), names.index(second)


def _fitted(
    present: Votes | Cells, pairs: Pairs, ties: Ties, *, by_voter: bool, style: bool
) -> tuple[Fit, Floats]:
    """The fit of all models and the variance of every difference."""
    voters = present if isinstance(present, Votes) and by_voter else None
    if by_voter and (voters is None or voters.voter is None):
        raise OptionError("intervals by voter need votes that name their voter (column judge)")
    everyone = np.ones(pairs.size, bool)
    if style:
        if isinstance(present, Cells) or ties != "half":
            raise OptionError("style control needs votes one by one, and counts ties as half")
        answer = controlled(present, pairs, everyone, by_voter)
        return answer.fit, answer.errors.apart
    fitted = fit(pairs, ties)
    return fitted, errors(pairs, fitted, everyone, voters).apart


def _bounds(pairs: Pairs, fitted: Fit, i: int, j: int, error: float) -> tuple[float, float, float]:
    """Lower bound, difference, upper bound, on the scale of strengths."""
    shape = fitted.structure
    middle = float(fitted.strengths[i] - fitted.strengths[j])
    votes = pairs.per_model(pairs.votes, pairs.votes)
    few = min(votes[i], votes[j]) < FEWEST
    lower = -math.inf if few or shape.no_bottom[i] or shape.no_top[j] else middle - Z * error
    upper = math.inf if few or shape.no_top[i] or shape.no_bottom[j] else middle + Z * error
    return lower, middle, upper


def _score(fitted: Fit, d: Floats) -> list[float]:
    """A win's chance and half a tie's at each difference; 0 and 1 where it has no bound."""
    finite = np.clip(d, -500.0, 500.0)
    terms = TIES[fitted.ties].terms(finite, fitted.tie)
    scores: list[float] = (terms.chance[0] + terms.chance[2] / 2).tolist()
    return scores


def _met(pairs: Pairs, i: int, j: int) -> tuple[int, int, int, int]:
    """Battles of the two, the first's wins, its losses, and the ties."""
    place = np.flatnonzero((pairs.first == min(i, j)) & (pairs.second == max(i, j)))
    won, lost, tied = pairs.count[:, place].sum(axis=1).astype(int).tolist()
    if i > j:
        won, lost = lost, won
    return won + lost + tied, won, lost, tied


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None
