"""Queries on the chain of snapshots, their blocks, and the names that stand in them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only
from sqlmodel import col, select

from arena.store.tables import Block, Snapshot
from arena.store.tallies import INSERTS
from serving.release import public_name
from serving.tables import Model


async def public_names(session: AsyncSession) -> dict[int, str]:
    """What every contestant is called in public, by code."""
    seen = load_only(Model.id, Model.name, Model.alias, Model.released)  # type: ignore[arg-type]
    models = (await session.execute(select(Model).options(seen))).scalars()
    return {model.id or 0: public_name(model) for model in models}


async def last_snapshot(session: AsyncSession, before: datetime | None = None) -> Snapshot | None:
    """The newest snapshot, or the newest from before a moment."""
    query = select(Snapshot).order_by(col(Snapshot.id).desc()).limit(1)
    query = query if before is None else query.where(col(Snapshot.created) <= before)
    return (await session.execute(query)).scalar_one_or_none()


async def write_blocks(session: AsyncSession, texts: Mapping[str, bytes]) -> None:
    """Those of these blocks that are not there yet."""
    insert = INSERTS[session.get_bind().dialect.name]
    for name, text in texts.items():
        row = insert(Block).values(hash=name, content=text.decode())
        await session.execute(row.on_conflict_do_nothing())
