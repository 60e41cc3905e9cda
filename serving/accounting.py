"""The account of one stream: when it came, which endpoint answered, what it cost, how it ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from serving.chat import End, FinishReason, Message, Usage
from serving.context import Lengths
from serving.errors import GatewayError
from serving.exchange import Exchange
from serving.ledger import Ledger, Sum
from serving.metrics import Meters
from serving.quota import Quotas
from serving.reading import estimate
from serving.target import Price, Route, Target

STOPPED = "stopped"
WHOLE = "ok"


@dataclass(slots=True)
class Account:
    """One stream as it goes; times are the event loop's. It has an `exchange` once it is alive."""

    target: Target
    said: tuple[Message, ...]
    asked: float
    attempts: int = 0
    route: Route | None = None
    exchange: Exchange | None = None
    first: float | None = None

    def usage(self) -> Usage:
        """The upstream's counts, else an estimate; nothing for a stream that never showed life."""
        if self.exchange is None:
            return Usage(0, 0, "estimate")
        return self.exchange.usage or estimate(self.said, self.exchange.characters)

    def end(self, finish: FinishReason, now: float) -> End:
        """The stream's last word."""
        usage = self.usage()
        return End(
            finish_reason=finish,
            usage=usage,
            first_token_s=(self.first or now) - self.asked,
            total_s=now - self.asked,
            chunks=self.exchange.chunks if self.exchange else 0,
            attempts=self.attempts,
            endpoint=self.endpoint,
            cost=cost(usage, self.target.price),
        )

    @property
    def endpoint(self) -> int | None:
        """The id of the endpoint that was asked last."""
        return self.route.id if self.route else None


class Books:
    """Where every account is closed: in the ledger, the quotas, the metrics, the rates."""

    def __init__(self, ledger: Ledger, quotas: Quotas, meters: Meters, lengths: Lengths) -> None:
        self.ledger = ledger
        self.quotas = quotas
        self.meters = meters
        self.lengths = lengths

    @contextmanager
    def account(
        self, target: Target, said: tuple[Message, ...], clock: Callable[[], float]
    ) -> Iterator[Account]:
        """Around one stream. What ends neither by itself nor by a GatewayError was stopped."""
        account, outcome, failures = Account(target, said, clock()), STOPPED, 0
        try:
            yield account
            outcome = WHOLE
        except GatewayError as error:
            error.endpoint = account.endpoint
            outcome, failures = type(error).__name__, int(error.fault == "contestant")
            raise
        finally:
            if not target.trial:
                self._close(account, outcome, failures)

    def _close(self, account: Account, outcome: str, failures: int) -> None:
        target, usage = account.target, account.usage()
        first_s = account.first - account.asked if account.first is not None else None
        self.meters.ended(target.model_id, outcome, usage, first_s)
        if not account.attempts:
            return
        spent = cost(usage, target.price) or 0.0
        amount = Sum(1, failures, usage.prompt, usage.completion, spent)
        self.ledger.add(target.model_id, amount)
        self.quotas.spend(target, amount.tokens)
        if usage.source == "upstream" and target.context_length is not None:
            self.lengths.learn(target.model_id, account.said, usage.prompt)


def cost(usage: Usage, price: Price | None) -> float | None:
    """US dollars; None where the price is not known."""
    if price is None:
        return None
    return (usage.prompt * price.prompt + usage.completion * price.completion) / 1_000_000
