"""Whom the next battle is between: drawn from the tallies, which are recalled now and then."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from sqlalchemy import select as columns
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena.matchmaking import NOBODY, Bounds, Chances, Ints, Pair, Record, even, weighed
from arena.settings import Settings
from arena.store.session import Store
from arena.store.sums import Tallied
from serving.accounts import OPERATOR
from serving.tables import Model, Provider

log = logging.getLogger(__name__)

RECALL_S = 2.0
# So many times as long as it took to recall: recalling takes no more than a tenth of the time.
TIMES = 9.0


class Seating:
    """Draws pairs by the operator's policy; a draw asks the store nothing.

    `tallied` gives the overall tally as it was last read for the boards.
    """

    def __init__(
        self, settings: Settings, store: Store, tallied: Callable[[], Tallied], rng: Random
    ) -> None:
        self._settings = settings
        self._store = store
        self._tallied = tallied
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
        """Look at the tally and at whose the contestants are; work out the next draws' chances."""
        if self._settings.sampling == "uniform":
            return
        async with self._store.read() as session:
            self._known = await known(session, self._tallied())
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
                log.exception("whose the contestants are could not be read for the draws")
            await asyncio.sleep(max(RECALL_S, TIMES * (time.monotonic() - began)))

    def _worked_out(self, who: Sequence[int]) -> Chances:
        if self._settings.sampling == "uniform":
            return even(who)
        return weighed(who, self._known, self._bounds, self._settings.sampling)


async def known(session: AsyncSession, tallied: Tallied) -> Record:
    """What the registry and the overall tally say of every contestant."""
    query = columns(
        col(Model.id), col(Model.provider_id), col(Model.organization), col(Provider.name)
    ).join(Provider, col(Provider.id) == col(Model.provider_id))
    found = (await session.execute(query.order_by(col(Model.id)))).all()
    codes = np.array([row[0] for row in found], dtype=np.int64)
    owners = [owner(row[0] or 0, *row[1:]) for row in found]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(owners))}
    provider = np.array([numbers[name] for name in owners], dtype=np.int64)
    return record(codes, provider, tallied)


def record(codes: Ints, provider: Ints, tallied: Tallied) -> Record:
    """The tally as the matchmaker takes it: outcomes of each two of these ascending codes."""
    at = np.searchsorted(codes, tallied.first), np.searchsorted(codes, tallied.second)
    won, lost, *neither = np.maximum(tallied.count, 0).T
    wins, ties = (np.zeros((len(codes), len(codes))) for _ in range(2))
    wins[at], wins[at[::-1]] = won, lost
    ties[at] = ties[at[::-1]] = sum(neither)
    return Record(codes, provider, wins, ties)


def owner(code: int, provider_id: int, organization: str | None, account: str) -> tuple[str, str]:
    """Whose share a contestant's draws count in: its account's; the operator's by organisation.

    The operator's contestants are other people's models; one without an organisation stands alone.
    """
    if account != OPERATOR:
        return "account", str(provider_id)
    return ("organization", organization) if organization else ("model", str(code))
