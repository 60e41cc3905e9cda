"""One streaming door to every contestant, the registry of contestants, the vLLM processes.

The public names are loaded when first asked for, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serving.chat import Delta, End, Message, Params, Usage
    from serving.dial import DialPolicy
    from serving.engine import Engine
    from serving.entry import Entry
    from serving.errors import GatewayError, ServingError
    from serving.gateway import Gateway, open_gateway
    from serving.openai_door import openai_router
    from serving.patience import Patience
    from serving.probe import Prober
    from serving.problems import Problem, install_problem_handlers
    from serving.provider_api import provider_router
    from serving.sealing import Sealer
    from serving.target import Route, Target
    from serving.vllm import VLLM

_HOMES = {
    "Delta": "chat",
    "DialPolicy": "dial",
    "End": "chat",
    "Engine": "engine",
    "Entry": "entry",
    "Gateway": "gateway",
    "GatewayError": "errors",
    "Message": "chat",
    "Params": "chat",
    "Patience": "patience",
    "Prober": "probe",
    "Problem": "problems",
    "Route": "target",
    "Sealer": "sealing",
    "ServingError": "errors",
    "Target": "target",
    "Usage": "chat",
    "VLLM": "vllm",
    "install_problem_handlers": "problems",
    "open_gateway": "gateway",
    "openai_router": "openai_door",
    "provider_router": "provider_api",
}

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
    "openai_router",
    "provider_router",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'serving' has no attribute {name!r}")
    return getattr(import_module(f"serving.{_HOMES[name]}"), name)
