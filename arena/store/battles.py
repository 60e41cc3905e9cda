"""Queries on battles, turns and votes; the session comes first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store.tables import Audit, Battle, BattleState, Turn, TurnState, Vote
from serving.tables import now

SPOKEN = (TurnState.DONE, TurnState.CANCELLED)


async def battle_of(
    session: AsyncSession, visitor_id: str, battle_id: str, lock: bool = False
) -> Battle | None:
    """This battle, if it is this visitor's; `lock` keeps others waiting where the database can."""
    query = select(Battle).where(Battle.id == battle_id, Battle.visitor_id == visitor_id)
    query = query.with_for_update() if lock else query
    return (await session.execute(query)).scalar_one_or_none()


async def open_battles(session: AsyncSession, visitor_id: str) -> Sequence[Battle]:
    """The visitor's battles that are still open."""
    query = select(Battle).where(Battle.visitor_id == visitor_id, Battle.state == BattleState.OPEN)
    return (await session.execute(query.with_for_update())).scalars().all()


async def idle_battles(session: AsyncSession, before: datetime) -> Sequence[Battle]:
    """Open battles nobody touched since `before`."""
    query = select(Battle).where(Battle.state == BattleState.OPEN, col(Battle.active) < before)
    return (await session.execute(query.limit(500).with_for_update())).scalars().all()


async def turns_of(session: AsyncSession, battle_id: str) -> Sequence[Turn]:
    """The battle's turns in order."""
    query = select(Turn).where(Turn.battle_id == battle_id).order_by(col(Turn.n))
    return (await session.execute(query)).scalars().all()


async def turn_of(session: AsyncSession, battle_id: str, n: int) -> Turn | None:
    """The battle's n-th turn, counted from 1."""
    query = select(Turn).where(Turn.battle_id == battle_id, Turn.n == n)
    return (await session.execute(query)).scalar_one_or_none()


async def votes_of(session: AsyncSession, battle_id: str) -> Sequence[Vote]:
    """The battle's votes, oldest first."""
    query = select(Vote).where(Vote.battle_id == battle_id).order_by(col(Vote.created))
    return (await session.execute(query)).scalars().all()


async def end_orphans(session: AsyncSession, process: str, before: datetime) -> int:
    """Mark turns as interrupted whose process is gone: ours of an earlier life, or a silent one."""
    gone = (col(Turn.process) == process) | (col(Turn.saved) < before)
    change = (
        update(Turn)
        .where(col(Turn.state) == TurnState.RUNNING, gone)
        .values(state=TurnState.INTERRUPTED, saved=now())
        .returning(col(Turn.id))
    )
    return len((await session.execute(change)).all())


def audit(session: AsyncSession, actor: str, action: str, subject: str, **detail: object) -> None:
    """Note who did what to what, in the same transaction as the deed."""
    session.add(Audit(actor=actor, action=action, subject=subject, detail=dict(detail)))
