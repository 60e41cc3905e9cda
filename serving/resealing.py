"""A new secret for the site: every sealed secret in the store is sealed anew with it."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.audit import note
from serving.sealing import Sealer
from serving.tables import Endpoint, Provider


async def reseal(session: AsyncSession, sealer: Sealer, by: str) -> int:
    """Gives how many were resealed; the caller commits.

    Raises:
        SealBroken: one was sealed with a secret that is not given; then nothing is to be committed.
    """
    held = 0
    keyed = select(Endpoint).where(col(Endpoint.api_key).is_not(None)).with_for_update()
    for end in (await session.execute(keyed)).scalars():
        end.api_key = sealer.resealed(end.api_key or "")
        held += 1
    told = select(Provider).where(col(Provider.webhook_secret).is_not(None)).with_for_update()
    for provider in (await session.execute(told)).scalars():
        provider.webhook_secret = sealer.resealed(provider.webhook_secret or "")
        held += 1
    note(session, by, "resealed", secrets=held)
    await session.flush()
    return held
