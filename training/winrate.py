"""A mean with its 95 % interval, clustered by prompt: win rates with ties half, and differences."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
METHOD = "mean ± 1.96 standard errors, cluster-robust sandwich by prompt with G / (G - 1)"


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval, of `count` values in `clusters` clusters."""

    mean: float
    lower: float
    upper: float
    count: int
    clusters: int
    method: str = METHOD


def clustered(values: Sequence[float], clusters: Sequence[str]) -> Estimate:
    """The mean and its interval; values of one cluster may depend on each other.

    The standard error is the cluster-robust sandwich with the factor G / (G - 1) of G clusters. A
    single cluster tells nothing of it: the interval is then without bounds.

    Raises:
        ValueError: there are no values, or not one cluster a value.
    """
    if not values or len(values) != len(clusters):
        raise ValueError("one cluster a value, and at least one value")
    mean = sum(values) / len(values)
    sums: defaultdict[str, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    groups = len(sums)
    if groups == 1:
        return Estimate(mean, -math.inf, math.inf, len(values), groups)
    squares = sum(part * part for part in sums.values()) * groups / (groups - 1)
    reach = Z95 * math.sqrt(squares) / len(values)
    return Estimate(mean, mean - reach, mean + reach, len(values), groups)
