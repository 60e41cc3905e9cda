"""What the two answers of an observation look like, counted when it is posted or later by a job."""

from collections.abc import Sequence
from typing import Any

from ranking.style import FEATURES, count

# Raised when the counting changes: the job then counts the older rows again.
VERSION = 1
COLUMNS = tuple(f"{name}_{side}" for side in "ab" for name in FEATURES)
Counts = dict[str, Any]


def counted(pairs: Sequence[tuple[str, str]]) -> list[Counts]:
    """For each pair of answers its counts by column; None where both are empty: erased."""
    if not pairs:
        return []
    sides = [count([pair[side] for pair in pairs]).tolist() for side in (0, 1)]
    return [
        dict(zip(COLUMNS, (*a, *b), strict=True)) if any(pair) else dict.fromkeys(COLUMNS)
        for pair, a, b in zip(pairs, *sides, strict=True)
    ]
