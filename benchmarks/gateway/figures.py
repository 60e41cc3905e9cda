"""Numbers out of measurements: percentiles, medians over rounds, what a side adds to direct."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, isnan, nan
from statistics import median

from benchmarks.gateway.schedule import Point

FEW = 50  # chunks
KEPT_UP = 0.9  # of the chunks that pass directly: a side that passes fewer is saturated
HOPELESS = 0.5  # a peer that passes fewer is asked for no more streams


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that `share` of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(ceil(share * len(ranked)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Round:
    """One side at one point, once."""

    point: Point
    cpu_s: float
    chunks: int
    window_s: float
    firsts: list[float]
    gap_s: float
    streams: int
    broken: int
    turned_away: int

    @property
    def cpu_us(self) -> float:
        """CPU microseconds a chunk; no number where too few chunks passed to tell."""
        return self.cpu_s / self.chunks * 1e6 if self.chunks >= FEW else nan

    @property
    def per_core(self) -> float:
        """Chunks a second of CPU; no number where too few passed, or nobody's CPU was measured."""
        return self.chunks / self.cpu_s if self.chunks >= FEW and self.cpu_s else nan

    @property
    def rate(self) -> float:
        """Chunks a second."""
        return self.chunks / self.window_s

    def first_ms(self, share: float) -> float:
        return percentile(self.firsts, share) * 1000 if self.firsts else nan


@dataclass(slots=True)
class Rounds:
    """One side at one point, all its rounds; `direct` are the same rounds without a side."""

    of: list[Round] = field(default_factory=list)
    direct: list[Round] = field(default_factory=list)

    def middle(self, name: str) -> float:
        """The median over the rounds of one of a round's numbers, where there is one."""
        values: list[float] = [getattr(one, name) for one in self.of]
        return float(median([value for value in values if not isnan(value)] or [nan]))

    def added_ms(self, share: float) -> float:
        """Median over the rounds of what the side adds to the first token's percentile."""
        pairs = zip(self.of, self.direct, strict=True)
        return median(one.first_ms(share) - bare.first_ms(share) for one, bare in pairs)

    def middle_first_ms(self, share: float) -> float:
        return median(one.first_ms(share) for one in self.of)

    def total(self, name: str) -> int:
        return sum(getattr(one, name) for one in self.of)

    @property
    def share(self) -> float:
        """Passed of what the same arrivals brought with nothing between, median over the rounds."""
        pairs = zip(self.of, self.direct, strict=True)
        return median(one.rate / max(bare.rate, 1e-9) for one, bare in pairs)

    @property
    def saturated(self) -> bool:
        return self.share < KEPT_UP or self.total("turned_away") > 0

    @property
    def longest_gap(self) -> float:
        return max(one.gap_s for one in self.of)
