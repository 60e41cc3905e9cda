"""The live contestants, ready to be drawn: read anew when the registry has changed."""

import time
from collections.abc import Callable, Sequence

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.registry import live_targets
from serving.sealing import Sealer
from serving.tables import RegistryChange
from serving.target import Target

# What other processes say of an endpoint's health is not in the audit; it is looked up this often.
RECALL_S = 1.0


class Live:
    """`targets` asks for the newest row of the audit, which every change of the registry writes."""

    def __init__(self, sealer: Sealer, clock: Callable[[], float] = time.monotonic) -> None:
        self._sealer = sealer
        self._clock = clock
        self._known: Sequence[Target] = ()
        self._newest: int | None = None
        self._due = 0.0

    async def targets(self, session: AsyncSession) -> Sequence[Target]:
        """As `registry.live_targets`, in one statement where nothing has changed."""
        newest = await newest_change(session)
        if newest is None or newest != self._newest or self._clock() >= self._due:
            self._known = await live_targets(session, self._sealer)
            self._newest, self._due = newest, self._clock() + RECALL_S
        return self._known


async def newest_change(session: AsyncSession) -> int | None:
    """The audit's newest row: another one where anything in the registry has changed."""
    return (await session.execute(select(func.max(col(RegistryChange.id))))).scalar_one()
