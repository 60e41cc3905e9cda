"""One streaming door to every contestant, the registry of contestants, the vLLM processes."""

from serving.chat import Delta, End, Message, Params, Usage
from serving.target import Route, Target

__all__ = ["Delta", "End", "Message", "Params", "Route", "Target", "Usage"]
