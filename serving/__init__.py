"""One streaming door to every contestant, the registry of contestants, the vLLM processes."""

from serving.chat import Delta, End, Message, Params, Usage
from serving.dial import DialPolicy
from serving.engine import Engine
from serving.entry import Entry
from serving.errors import GatewayError, ServingError
from serving.exchange import Patience
from serving.gateway import Gateway, open_gateway
from serving.probe import Prober
from serving.problems import Problem, install_problem_handlers
from serving.provider_api import provider_router
from serving.sealing import Sealer
from serving.target import Route, Target
from serving.vllm import VLLM

__all__ = [
    "VLLM",
    "Delta",
    "DialPolicy",
    "End",
    "Engine",
    "Entry",
    "Gateway",
    "GatewayError",
    "Message",
    "Params",
    "Patience",
    "Prober",
    "Problem",
    "Route",
    "Sealer",
    "ServingError",
    "Target",
    "Usage",
    "install_problem_handlers",
    "open_gateway",
    "provider_router",
]
