"""Which prompts are asked far more often than the rest, found with bounded memory."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from export.spill import Spill

FEW = 10_000


@dataclass(frozen=True, slots=True)
class Frequent:
    """The prompts asked more than `cap` times, and how often each was.

    The cap is the smallest count that 99.99 % of the prompts do not pass, so that below ten
    thousand different prompts there is none above it.
    """

    cap: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, prompts: Iterable[str], near: Spill) -> Self:
        """Count prompts (keyed hashes) in a spill beside `near`."""
        spill = near.beside("prompts")
        for prompt in prompts:
            spill.add(prompt, None)
        histogram: Counter[int] = Counter()
        for bucket in spill.buckets():
            histogram.update(Counter(prompt for prompt, _ in bucket).values())
        cap = _quantile(histogram)
        counts: dict[str, int] = {}
        if histogram and cap < max(histogram):
            for bucket in spill.buckets():
                counted = Counter(prompt for prompt, _ in bucket)
                counts |= {prompt: count for prompt, count in counted.items() if count > cap}
        return cls(cap, counts)

    def chance(self, prompt: str) -> float:
        """With what chance a row of this prompt is in the sample that holds each to the cap."""
        return self.cap / self.counts[prompt] if prompt in self.counts else 1.0


def _quantile(histogram: Mapping[int, int]) -> int:
    """The smallest count that no more than one prompt in FEW passes; 0 without prompts."""
    left = sum(histogram.values()) // FEW
    for count in sorted(histogram, reverse=True):
        left -= histogram[count]
        if left < 0:
            return count
    return 0
