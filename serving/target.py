"""Where to send a request: a contestant seen as the addresses at which it answers."""

from dataclasses import dataclass, field

from serving.chat import Params


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a model: what to dial, what the model is called there, and the key to it.

    `trusted` routes were entered by the operator, who may have them anywhere; the dial policy holds
    for all others.
    """

    base_url: str
    upstream_model: str
    api_key: str | None = field(default=None, repr=False)
    weight: int = 1
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A contestant as the gateway needs it; every route leads to the same model.

    `params` are the model's own defaults; `concurrent` is the most streams one process may hold
    open to it at once (`None`: no limit).
    """

    model_id: int
    name: str
    routes: tuple[Route, ...]
    params: Params = field(default_factory=Params)
    concurrent: int | None = None
