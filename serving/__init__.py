"""One streaming door to every contestant, the registry of contestants, the vLLM processes."""

from serving.chat import Delta, End, Message, Params, Usage
from serving.dial import DialPolicy
from serving.entry import Entry
from serving.errors import GatewayError, ServingError
from serving.exchange import Patience
from serving.gateway import Gateway, open_gateway
from serving.probe import Prober
from serving.problems import Problem, install_problem_handlers
from serving.provider_api import provider_router
from serving.sealing import Sealer
from serving.target import Route, Target

__all__ = [
    "Delta",
    "DialPolicy",
    "End",
    "Entry",
    "Gateway",
    "GatewayError",
    "Message",
    "Params",
    "Patience",
    "Problem",
    "Prober",
    "Route",
    "Sealer",
    "ServingError",
    "Target",
    "Usage",
    "install_problem_handlers",
    "open_gateway",
    "provider_router",
]
