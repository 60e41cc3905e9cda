"""Reads the votes from the store page by page, each with all that a decision about it needs."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store.session import Store
from arena.store.tables import Battle, Consent, Turn, Vote
from serving.tables import Model

PAGE = 200


@dataclass(frozen=True, slots=True)
class Voted:
    """A vote, its turn and battle, the battle's earlier turns, the visitor's consents by age."""

    vote: Vote
    turn: Turn
    battle: Battle
    earlier: Sequence[Turn] = ()
    consents: Sequence[Consent] = ()


@asynccontextmanager
async def one_moment(store: Store) -> AsyncIterator[AsyncSession]:
    """A session in which every page shows the record of the same moment."""
    async with store.read() as session:
        if store.engine.dialect.name == "postgresql":
            # SQLite's read transactions are that by themselves.
            options = {"isolation_level": "REPEATABLE READ"}
            await session.connection(execution_options=options)
        yield session


async def vote_count(session: AsyncSession) -> int:
    """How many votes there are to look at."""
    return (await session.execute(columns(func.count()).select_from(Vote))).scalar_one()


async def contestants(session: AsyncSession) -> Mapping[int, Model]:
    """Every contestant by its code."""
    found = (await session.execute(select(Model))).scalars()
    return {model.id: model for model in found if model.id is not None}


async def pages(session: AsyncSession, size: int = PAGE) -> AsyncIterator[list[Voted]]:
    """All votes in the order of their ids, `size` at a time; a page is all that is in memory."""
    last = ""
    while page := await _page(session, last, size):
        last = page[-1][0].id
        earlier = await _turns(session, {turn.battle_id for _, turn, _ in page if turn.n > 1})
        consents = await _consents(session, {battle.visitor_id for _, _, battle in page})
        yield [
            Voted(
                vote,
                turn,
                battle,
                [other for other in earlier[battle.id] if other.n < turn.n],
                consents[battle.visitor_id],
            )
            for vote, turn, battle in page
        ]


async def _page(session: AsyncSession, after: str, size: int) -> list[tuple[Vote, Turn, Battle]]:
    query = (
        select(Vote, Turn, Battle)
        .join(Turn, col(Turn.id) == col(Vote.turn_id))
        .join(Battle, col(Battle.id) == col(Vote.battle_id))
        .where(col(Vote.id) > after)
        .order_by(col(Vote.id))
        .limit(size)
    )
    return [(vote, turn, battle) for vote, turn, battle in await session.execute(query)]


async def _turns(session: AsyncSession, battles: Collection[str]) -> Mapping[str, list[Turn]]:
    query = select(Turn).where(col(Turn.battle_id).in_(battles)).order_by(col(Turn.n))
    found: defaultdict[str, list[Turn]] = defaultdict(list)
    for turn in (await session.execute(query)).scalars():
        found[turn.battle_id].append(turn)
    return found


async def _consents(
    session: AsyncSession, visitors: Collection[str | None]
) -> Mapping[str | None, list[Consent]]:
    query = select(Consent).where(
        col(Consent.visitor_id).in_([visitor for visitor in visitors if visitor])
    )
    found: defaultdict[str | None, list[Consent]] = defaultdict(list)
    for consent in (await session.execute(query.order_by(col(Consent.id)))).scalars():
        found[consent.visitor_id].append(consent)
    return found
