"""The protocols in which contestants are spoken to, by the name an endpoint has for its own."""

from serving.errors import Unreachable
from serving.protocols.anthropic import ANTHROPIC
from serving.protocols.openai import OPENAI
from serving.protocols.protocol import Protocol
from serving.protocols.responses import RESPONSES
from serving.target import Route

PROTOCOLS: dict[str, Protocol] = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "responses": RESPONSES,
}

__all__ = ["PROTOCOLS", "Protocol", "protocol_of"]


def protocol_of(route: Route) -> Protocol:
    """Raises Unreachable for a name that is not in the table."""
    try:
        return PROTOCOLS[route.protocol]
    except KeyError:
        raise Unreachable(f"the protocol {route.protocol!r} is not spoken here") from None
