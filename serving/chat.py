"""What is said to a contestant and what comes back: Message, Params, Delta, End."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, in order, oldest first."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Params:
    """Sampling parameters of one request; `None` leaves the choice to the model's server."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def over(self, base: "Params") -> "Params":
        """These settings, and those of `base` where nothing is set."""
        return Params(
            temperature=base.temperature if self.temperature is None else self.temperature,
            top_p=base.top_p if self.top_p is None else self.top_p,
            max_tokens=base.max_tokens if self.max_tokens is None else self.max_tokens,
            stop=self.stop or base.stop,
            seed=base.seed if self.seed is None else self.seed,
        )


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts, and who counted: the upstream's own figures or our estimate from the text."""

    prompt: int
    completion: int
    source: Literal["upstream", "estimate"]


@dataclass(frozen=True, slots=True)
class End:
    """The last thing a stream gives; a stream that fails raises a GatewayError instead.

    Times are seconds since the stream was asked for. `chunks` counts the events that bore text,
    `attempts` the endpoints tried. `endpoint` is the id of the one that answered; `cost` is in US
    dollars, None for a model whose price is not known.
    """

    finish_reason: FinishReason
    usage: Usage
    first_token_s: float
    total_s: float
    chunks: int
    attempts: int
    endpoint: int | None = None
    cost: float | None = None

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens a second from the first to the last; None for an answer too short to say."""
        seconds = self.total_s - self.first_token_s
        return (self.usage.completion - 1) / seconds if seconds > 0 < self.chunks - 1 else None
