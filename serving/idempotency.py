"""Idempotency-Key: the same call with the same key is done once and answered twice alike.

The key and the answer are written in the transaction of the work itself. So of two calls at once
one works and the other waits for it, and what fails leaves nothing: it may be tried again. An
answer is remembered for a day.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from serving.errors import Unfit
from serving.sealing import Sealer
from serving.tables import Provider, RememberedCall, now

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PATTERN = r"^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body; `replayed` where they were given before."""

    status: int
    body: Mapping[str, Any]
    replayed: bool = False


async def once(
    session: AsyncSession,
    sealer: Sealer,
    provider: Provider,
    key: str,
    request: str,
    work: Callable[[], Awaitable[Answer]],
) -> Answer:
    """The answer of `work`, done now or remembered; the caller commits.

    `request` is the whole of what is asked; only a keyed hash of it is kept.

    Raises:
        Unfit: the key was used for another request.
    """
    assert provider.id is not None
    old = delete(RememberedCall).where(col(RememberedCall.created) < now() - KEPT)
    await session.execute(old)
    call = RememberedCall(provider_id=provider.id, key=key, digest=sealer.digest(request), status=0)
    try:
        async with session.begin_nested():
            session.add(call)
    except IntegrityError:
        first = await session.get_one(RememberedCall, (provider.id, key))
        if not any(compare_digest(first.digest, one) for one in sealer.digests(request)):
            raise Unfit(f"this {HEADER} was used for another request") from None
        return Answer(first.status, first.body, replayed=True)
    answer = await work()
    call.status, call.body = answer.status, dict(answer.body)
    await session.flush()
    return answer
