"""One streaming door to every contestant, the registry of contestants, the vLLM processes."""

from serving.chat import Delta, End, Message, Params, Usage
from serving.dial import DialPolicy
from serving.errors import GatewayError, ServingError
from serving.exchange import Patience
from serving.gateway import Gateway, open_gateway
from serving.target import Route, Target

__all__ = [
    "Delta",
    "DialPolicy",
    "End",
    "Gateway",
    "GatewayError",
    "Message",
    "Params",
    "Patience",
    "Route",
    "ServingError",
    "Target",
    "Usage",
    "open_gateway",
]
