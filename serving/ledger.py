"""What each model has answered on each day: counted in memory, kept in the store by the journal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from serving.target import Target

Day = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Sum:
    """Streams of one model in one day, their tokens, and their cost in US dollars."""

    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def plus(self, other: "Sum", sign: int = 1) -> "Sum":
        return Sum(
            self.requests + sign * other.requests,
            self.failures + sign * other.failures,
            self.prompt_tokens + sign * other.prompt_tokens,
            self.completion_tokens + sign * other.completion_tokens,
            self.cost + sign * other.cost,
        )

    @property
    def tokens(self) -> int:
        """Asked and answered together, as quotas count them."""
        return self.prompt_tokens + self.completion_tokens


class Ledger:
    """Sums not yet in the store, and what the store held of today when it was last read."""

    def __init__(self) -> None:
        self._unwritten: dict[Day, Sum] = {}
        self._stored: dict[Day, int] = {}

    def add(self, model_id: int, amount: Sum) -> None:
        """One stream has ended."""
        day = model_id, today()
        self._unwritten[day] = self._unwritten.get(day, Sum()).plus(amount)

    def exhausted(self, target: Target) -> bool:
        """Has the model spent its tokens of today, as far as this process knows?"""
        most = target.quota.tokens_per_day
        if most is None:
            return False
        day = target.model_id, today()
        return self._stored.get(day, 0) + self._unwritten.get(day, Sum()).tokens >= most

    def unwritten(self) -> dict[Day, Sum]:
        """What is to be added to the store, in an order that is the same in every process."""
        return dict(sorted(self._unwritten.items()))

    def written(self, sums: dict[Day, Sum], stored: dict[Day, int]) -> None:
        """These are in the store, which holds `stored` tokens now; what came meanwhile stays."""
        self._stored = stored
        for day, amount in sums.items():
            left = self._unwritten.pop(day).plus(amount, -1)
            if left.requests:
                self._unwritten[day] = left


def today() -> date:
    """The day in UTC, as all sums are kept by."""
    return datetime.now(UTC).date()
