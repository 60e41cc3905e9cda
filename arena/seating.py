"""Whom the next battle is between: drawn from the tallies, which are recalled now and then."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from random import Random

import numpy as np
from sqlalchemy import case, func
from sqlalchemy import select as columns
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena.matchmaking import NOBODY, Bounds, Chances, Pair, Record, even, weighed
from arena.settings import Settings
from arena.store.session import Store
from arena.store.tables import Kind, Tally
from arena.store.tallies import OVERALL
from ranking import Winner
from serving.accounts import OPERATOR
from serving.tables import Model, Provider

log = logging.getLogger(__name__)

RECALL_S = 5.0
# So many times as long as it took to recall: recalling takes no more than a tenth of the time.
TIMES = 9.0
PART = 2_000
DECIDED = (Winner.model_a, Winner.model_b)


class Seating:
    """Draws pairs by the operator's policy; a draw asks the store nothing."""

    def __init__(self, settings: Settings, store: Store, rng: Random) -> None:
        self._settings = settings
        self._store = store
        self._rng = rng
        self._bounds = Bounds(settings.sampling_new_votes, settings.sampling_provider_share)
        self._known = NOBODY
        self._chances: tuple[tuple[int, ...], Chances] | None = None

    def draw(self, live: Sequence[int]) -> Pair:
        """Two of the live contestants; the chances are worked out once for the same ones.

        Raises:
            NoPairLive: fewer than two are live.
        """
        who = tuple(live)
        if self._chances is None or self._chances[0] != who:
            self._chances = who, self._worked_out(who)
        return self._chances[1].draw(self._rng)

    async def recall(self) -> None:
        """Read the tallies and whose the contestants are; work out the next draws' chances."""
        if self._settings.sampling == "uniform":
            return
        async with self._store.read() as session:
            self._known = await record(session, self._settings.kinds)
        if self._chances is not None:
            who = self._chances[0]
            self._chances = who, await asyncio.to_thread(self._worked_out, who)

    async def keep_recalled(self) -> None:
        """Recall for ever."""
        while True:
            began = time.monotonic()
            try:
                await self.recall()
            except SQLAlchemyError:  # drawn by what is known until the database is back
                log.exception("the tallies could not be recalled for the draws")
            await asyncio.sleep(max(RECALL_S, TIMES * (time.monotonic() - began)))

    def _worked_out(self, who: Sequence[int]) -> Chances:
        if self._settings.sampling == "uniform":
            return even(who)
        return weighed(who, self._known, self._bounds, self._settings.sampling)


async def record(session: AsyncSession, kinds: Sequence[str]) -> Record:
    """The overall tally of these kinds of visitors as the matchmaker takes it."""
    query = columns(
        col(Model.id), col(Model.provider_id), col(Model.organization), col(Provider.name)
    ).join(Provider, col(Provider.id) == col(Model.provider_id))
    found = (await session.execute(query.order_by(col(Model.id)))).all()
    codes = np.array([row[0] for row in found], dtype=np.int64)
    owners = [owner(row[0] or 0, *row[1:]) for row in found]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(owners))}
    provider = np.array([numbers[name] for name in owners], dtype=np.int64)
    counted = np.array([row async for row in _counts(session, kinds)], dtype=np.int64)
    a, b, *said = counted.reshape(-1, 5).T
    at = np.searchsorted(codes, a), np.searchsorted(codes, b)
    wins, ties = (np.zeros((len(codes), len(codes))) for _ in range(2))
    np.add.at(wins, at, said[0])
    np.add.at(wins, at[::-1], said[1])
    np.add.at(ties, at, said[2])
    return Record(codes, provider, np.maximum(wins, 0), np.maximum(ties + ties.T, 0))


def owner(code: int, provider_id: int, organization: str | None, account: str) -> tuple[str, str]:
    """Whose share a contestant's draws count in: its account's; the operator's by organisation.

    The operator's contestants are other people's models; one without an organisation stands alone.
    """
    if account != OPERATOR:
        return "account", str(provider_id)
    return ("organization", organization) if organization else ("model", str(code))


async def _counts(session: AsyncSession, kinds: Sequence[str]) -> AsyncIterator[Sequence[int]]:
    """Per two seats (a, b): how often a won, b won, neither."""
    count, said = col(Tally.count), col(Tally.outcome)
    won = [func.sum(case((said == winner, count), else_=0)) for winner in DECIDED]
    neither = func.sum(case((said.in_(DECIDED), 0), else_=count))
    seats = col(Tally.model_a), col(Tally.model_b)
    query = columns(*seats, *won, neither).where(
        col(Tally.category) == OVERALL, col(Tally.kind).in_([Kind(kind) for kind in kinds])
    )
    found = await session.stream(query.group_by(*seats))
    async for rows in found.partitions(PART):
        for row in rows:
            yield tuple(row)
