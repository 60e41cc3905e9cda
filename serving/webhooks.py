"""Webhooks: what a provider is told of a change of state, and how it is signed.

A change puts its Delivery into the outbox (serving/outbox.py) in the same transaction. Headers and
signature are those of the Standard Webhooks specification.
"""

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from serving.tables import Delivery, Model, Provider, State

PREFIX = "whsec_"


def new_secret() -> str:
    """A fresh signing secret, as receivers' libraries take it; it is shown once, and sealed."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over id.timestamp.body."""
    signed = hmac.new(key_of(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def key_of(secret: str) -> bytes:
    """What a secret stands for: base64 behind the prefix; any other text is taken as it is."""
    if secret.startswith(PREFIX):
        with suppress(ValueError):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()


async def announce(session: AsyncSession, model: Model, previous: State) -> None:
    """Put the model's new state into the outbox, where its provider wants to hear of it."""
    provider = await session.get_one(Provider, model.provider_id)
    if not (provider.webhook_url and provider.webhook_secret) or provider.disabled is not None:
        return
    told = {
        "name": model.name,
        "state": model.state.value,
        "previous": previous.value,
        "detail": model.detail,
        "at": model.changed.isoformat(),
    }
    event = {"type": "model.state", "data": told}
    session.add(Delivery(provider_id=model.provider_id, event=event))
