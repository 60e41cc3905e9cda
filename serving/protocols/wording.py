"""What the bodies of all protocols are made of: messages, instructions, what is set."""

from collections.abc import Iterable
from typing import Any

import orjson

from serving.chat import Message


def whole(text: str) -> str:
    """Halves of a surrogate pair, which UTF-8 cannot carry, become the replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def listed(messages: Iterable[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": whole(message.content)} for message in messages]


def parted(messages: tuple[Message, ...]) -> tuple[str | None, list[dict[str, str]]]:
    """The system's messages as one text, and the others, for protocols that keep them apart."""
    system = [whole(message.content) for message in messages if message.role == "system"]
    others = [message for message in messages if message.role != "system"]
    return "\n\n".join(system) or None, listed(others)


def written(body: dict[str, Any]) -> bytes:
    """The body, without what nobody has set."""
    return orjson.dumps({name: value for name, value in body.items() if value is not None})
