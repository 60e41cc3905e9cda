"""What the gateway needs to know of a protocol to speak it: one value a protocol, no class tree."""

from collections.abc import Callable
from dataclasses import dataclass

from serving.chat import Message, Params
from serving.reading import Read
from serving.target import Route


@dataclass(frozen=True, slots=True)
class Protocol:
    """Paths are under the base URL; `reader` gives a fresh reader of one stream's events.

    `key` gives the headers that carry a key, and those without which no request is understood.
    """

    path: str
    models: str
    key: Callable[[str | None], dict[str, str]]
    body: Callable[[Route, tuple[Message, ...], Params], bytes]
    reader: Callable[[Params], Read]


def bearer(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}
