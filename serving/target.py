"""Where to send a request: a contestant seen as the addresses at which it answers."""

from dataclasses import dataclass, field
from datetime import datetime

from serving.chat import Params
from serving.patience import Patience

Key = tuple[int | None, str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a model: what to dial, what the model is called there, and the key to it.

    `trusted` routes were entered by the operator, who may have them anywhere; the dial policy holds
    for all others. `id` is the Endpoint's, None for one that is in no registry. `capacity` is how
    many streams it holds at once (None: not said); `protocol` is a name of serving/protocols.
    `failures` and `cooling_until` are what the processes on this store last said of its breaker.
    """

    base_url: str
    upstream_model: str
    api_key: str | None = field(default=None, repr=False)
    weight: int = 1
    trusted: bool = False
    id: int | None = None
    protocol: str = "openai"
    capacity: int | None = None
    failures: int = field(default=0, compare=False)
    cooling_until: datetime | None = field(default=None, compare=False)

    @property
    def key(self) -> Key:
        """The same for the same endpoint at the same address, however often it is read."""
        return self.id, self.base_url, self.upstream_model


@dataclass(frozen=True, slots=True)
class Quota:
    """What a model takes: streams at once in one process; per minute and day over all of them."""

    concurrent: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    prompt: float = 0.0
    completion: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """A contestant as the gateway needs it; every route leads to the same model.

    `params` are the model's own defaults; `context_length` is in tokens, prompt and answer
    together; `system_prompt` opens every conversation; `patience` takes the gateway's place. A
    `trial` is a probe's: sent as it is, whatever is known of the endpoint, and counted nowhere.
    """

    model_id: int
    name: str
    routes: tuple[Route, ...]
    params: Params = field(default_factory=Params)
    quota: Quota = field(default_factory=Quota)
    context_length: int | None = None
    system_prompt: str | None = None
    price: Price | None = None
    patience: Patience | None = None
    trial: bool = False
