"""Queries on visitors and what they consented to; the session comes first."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store.tables import Consent, Kind, Visitor


async def visitor(session: AsyncSession, visitor_id: str | None) -> Visitor | None:
    """The visitor of this id; an erased one is not there any more."""
    return await session.get(Visitor, visitor_id) if visitor_id else None


async def add_visitor(session: AsyncSession, kind: Kind) -> Visitor:
    """A new visitor; the id is what our cookie will carry."""
    new = Visitor(kind=kind)
    session.add(new)
    await session.flush()
    return new


def add_consent(session: AsyncSession, visitor_id: str, version: str, publication: bool) -> None:
    """Record what was accepted now; earlier records stay."""
    session.add(Consent(visitor_id=visitor_id, version=version, publication=publication))


async def consenting(
    session: AsyncSession, visitor_id: str | None
) -> tuple[Visitor, Consent] | None:
    """The visitor with what they accepted last, in one statement; `None` without either."""
    if visitor_id is None:
        return None
    query = (
        select(Visitor, Consent)
        .where(Visitor.id == visitor_id, Consent.visitor_id == Visitor.id)
        .order_by(col(Consent.id).desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None
