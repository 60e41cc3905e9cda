"""Where to send a request: a contestant seen as the addresses at which it answers."""

from dataclasses import dataclass, field

from serving.chat import Params
from serving.patience import Patience


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a model: what to dial, what the model is called there, and the key to it.

    `trusted` routes were entered by the operator, who may have them anywhere; the dial policy holds
    for all others. `id` is the Endpoint's, None for one that is in no registry. `capacity` is how
    many streams it holds at once (None: not said); `protocol` is a name of serving/protocols.
    """

    base_url: str
    upstream_model: str
    api_key: str | None = field(default=None, repr=False)
    weight: int = 1
    trusted: bool = False
    id: int | None = None
    protocol: str = "openai"
    capacity: int | None = None


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
    together; `system_prompt` opens every conversation; `patience` takes the gateway's place.
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
