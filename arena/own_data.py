"""What is held about a visitor, and its erasure."""

from datetime import datetime, time

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena import voting
from arena.store import battles, tallies
from arena.store.tables import Audit, Battle, Consent, Turn, Visitor, Vote

ERASED = "visitor:erased"


async def consents(session: AsyncSession, visitor: Visitor) -> list[Consent]:
    """Everything this visitor ever accepted, oldest first."""
    query = select(Consent).where(Consent.visitor_id == visitor.id).order_by(col(Consent.id))
    return list((await session.execute(query)).scalars())


async def battles_of(session: AsyncSession, visitor: Visitor, lock: bool = False) -> list[Battle]:
    """Every battle of this visitor, oldest first; `lock` those that will be changed."""
    query = select(Battle).where(Battle.visitor_id == visitor.id).order_by(col(Battle.created))
    query = query.with_for_update() if lock else query
    return list((await session.execute(query)).scalars())


async def erase(session: AsyncSession, visitor: Visitor, keep_observations: bool) -> None:
    """Erase text, comments and identifiers; open battles are closed first.

    With `keep_observations` the bare result of each rated battle stays counted without an owner;
    else a correcting entry takes it out of the tallies.
    """
    for battle in await battles_of(session, visitor, lock=True):
        await voting.close(session, battle)
        if not keep_observations:
            await _withdraw(session, battle)
        battle.visitor_id = None
        await _blank(session, battle)
    await session.flush()
    await session.execute(delete(Consent).where(col(Consent.visitor_id) == visitor.id))
    actor = f"visitor:{visitor.id}"
    await session.execute(update(Audit).where(col(Audit.actor) == actor).values(actor=ERASED))
    battles.audit(session, ERASED, "erase", "one visitor")
    await session.execute(delete(Visitor).where(col(Visitor.id) == visitor.id))


async def _blank(session: AsyncSession, battle: Battle) -> None:
    for turn in await battles.turns_of(session, battle.id):
        turn.prompt = turn.answer_a = turn.answer_b = ""
        turn.country = turn.language = None
    for vote in await battles.votes_of(session, battle.id):
        vote.visitor_id, vote.comment, vote.tags = None, None, []
        midnight = time(tzinfo=vote.created.tzinfo)
        vote.created = datetime.combine(vote.created.date(), midnight)
        await tallies.blank(session, vote.id, vote.created.date())


async def _withdraw(session: AsyncSession, battle: Battle) -> None:
    vote = await session.get(Vote, battle.rated_vote) if battle.rated_vote else None
    turn = await session.get(Turn, vote.turn_id) if vote else None
    if vote is None or turn is None:
        return
    await tallies.post(session, tallies.observation(battle, turn, vote), sign=-1)
    vote.rated, vote.unrated_reason, battle.rated_vote = False, "erased", None
