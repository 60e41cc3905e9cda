"""The outbox: webhooks that are due are sent, signed, tried again more and more slowly, given up.

It survives a restart, and several processes may share one: whoever moves `due` ahead sends. What is
over, sent or given up, is kept for a month and then deleted.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import orjson
from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.errors import AddressRefused, SealBroken
from serving.gateway import Gateway
from serving.sealing import Sealer
from serving.tables import Delivery, Provider, now
from serving.target import Route
from serving.webhooks import signature

log = logging.getLogger(__name__)

WAITS_S = (5.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0)
TIMEOUT_S = 10.0
# Longer than an attempt: whoever took a delivery has it to itself until it is sent or has failed.
LEASE_S = 60.0
AT_ONCE = 20
LOOK_EVERY_S = 2.0
KEPT = timedelta(days=30)
PRUNE_EVERY = timedelta(hours=1)


def wait_after(attempts: int, waits: Sequence[float]) -> float | None:
    """Seconds until the next attempt, once so many have failed; None where it is given up."""
    return waits[attempts - 1] if attempts <= len(waits) else None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that is ours to send now, with all that is needed to send it."""

    id: int
    message_id: str
    attempts: int
    body: bytes
    url: str | None
    sealed: str | None


class Outbox:
    """Sends what is due, through the gateway's guarded session; several may share one outbox."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        sealer: Sealer,
        gateway: Gateway,
        waits: Sequence[float] = WAITS_S,
    ) -> None:
        self._sessions = sessions
        self._sealer = sealer
        self._gateway = gateway
        self._waits = tuple(waits)

    async def keep_sending(self, every: float = LOOK_EVERY_S) -> None:
        """Send what is due and delete what is long over, for ever."""
        prune_at = now()
        while True:
            try:
                while await self.send_due():
                    pass
                if now() >= prune_at:
                    prune_at = now() + PRUNE_EVERY
                    await self.prune(now() - KEPT)
            except SQLAlchemyError:  # a database that is away for a moment must not end the chore
                log.exception("the outbox of webhooks cannot be read")
            await asyncio.sleep(every)

    async def send_due(self) -> int:
        """One attempt at each delivery that is due, some at a time; gives how many were tried."""
        parcels = await self._claim(now())
        await asyncio.gather(*map(self._send, parcels))
        return len(parcels)

    async def prune(self, before: datetime) -> None:
        """Delete what was announced before this moment and is to be sent no more."""
        over = (col(Delivery.due).is_(None), col(Delivery.created) < before)
        async with self._sessions.begin() as session:
            await session.execute(delete(Delivery).where(*over))

    async def _claim(self, moment: datetime) -> list[Parcel]:
        """Take deliveries by moving `due` ahead: of two processes one finds them moved already."""
        over = col(Delivery.due) <= moment
        ids = select(Delivery.id).where(over).order_by(col(Delivery.due)).limit(AT_ONCE)
        async with self._sessions.begin() as session:
            take = update(Delivery).where(col(Delivery.id).in_(ids), over)
            leased = moment + timedelta(seconds=LEASE_S)
            taken = take.values(due=leased, attempts=Delivery.attempts + 1)
            got = (await session.execute(taken.returning(col(Delivery.id)))).scalars().all()
            query = select(Delivery, Provider).join(Provider).where(col(Delivery.id).in_(got))
            return [self._parcel(*row) for row in await session.execute(query)]

    def _parcel(self, delivery: Delivery, provider: Provider) -> Parcel:
        assert delivery.id is not None
        known = self._sealer.digest(f"webhook {delivery.id} {delivery.created.isoformat()}")
        url = provider.webhook_url if provider.disabled is None else None
        body = orjson.dumps(delivery.event)
        sealed = provider.webhook_secret
        return Parcel(delivery.id, f"msg_{known[:24]}", delivery.attempts, body, url, sealed)

    async def _send(self, parcel: Parcel) -> None:
        if parcel.url is None or parcel.sealed is None:
            await self._note(parcel, sent=None, due=None)  # nobody is there any more
            return
        failed = await self._attempt(parcel, parcel.url, parcel.sealed)
        if failed is None:
            await self._note(parcel, sent=now(), due=None)
            return
        wait = wait_after(parcel.attempts, self._waits)
        log.info("webhook %s, attempt %d: %s", parcel.message_id, parcel.attempts, failed)
        due = None if wait is None else now() + timedelta(seconds=wait)
        await self._note(parcel, sent=None, due=due)

    async def _attempt(self, parcel: Parcel, url: str, sealed: str) -> str | None:
        """Why it did not arrive, or None if it did. The answer's body is not read at all."""
        timestamp = int(now().timestamp())
        try:
            headers = {
                "Content-Type": "application/json",
                "webhook-id": parcel.message_id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signature(
                    self._sealer.open(sealed), parcel.message_id, timestamp, parcel.body
                ),
            }
            session = self._gateway.session_for(Route(url, "webhook"))
            async with asyncio.timeout(TIMEOUT_S):
                response = await session.post(
                    url, data=parcel.body, headers=headers, allow_redirects=False
                )
                response.close()
        except (AddressRefused, SealBroken) as error:
            return str(error)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return repr(error)
        return None if 200 <= response.status < 300 else f"HTTP {response.status}"

    async def _note(self, parcel: Parcel, sent: datetime | None, due: datetime | None) -> None:
        """What became of it, unless another took it since: the lease was over, it is not ours."""
        ours = (col(Delivery.id) == parcel.id, col(Delivery.attempts) == parcel.attempts)
        async with self._sessions.begin() as session:
            await session.execute(update(Delivery).where(*ours).values(sent=sent, due=due))
