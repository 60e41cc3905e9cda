"""Which snapshots keep their blocks: all of the last hour, then one an hour, a day, a month."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import orjson
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.snapshots import blocks_of
from arena.store.tables import Block, Snapshot

# The last of each such stretch keeps its blocks, up to that age.
STRETCHES = (
    (timedelta(days=2), "%Y-%m-%d %H"),
    (timedelta(days=60), "%Y-%m-%d"),
    (timedelta.max, "%Y-%m"),
)
WHOLE = timedelta(hours=1)


def kept(times: Sequence[datetime], moment: datetime, whole: timedelta = WHOLE) -> set[int]:
    """The places, among times in order, of the snapshots that keep their blocks."""
    last: dict[tuple[str, str], int] = {}
    found = {len(times) - 1} if times else set()
    for place, time in enumerate(times):
        age = moment - time
        if age <= whole:
            found.add(place)
            continue
        form = next(form for most, form in STRETCHES if age <= most)
        last[form, time.strftime(form)] = place
    return found | set(last.values())


async def thin(session: AsyncSession, moment: datetime, whole: timedelta = WHOLE) -> int:
    """Drop the blocks that only snapshots name which need not keep them; gives how many."""
    query = select(Snapshot.id, Snapshot.created).order_by(col(Snapshot.id))
    rows = [(row[0], row[1]) for row in await session.execute(query)]
    places = kept([created for _, created in rows], moment, whole)
    held = select(Snapshot.content).where(
        col(Snapshot.id).in_([rows[place][0] for place in places])
    )
    needed = set(named((await session.execute(held)).scalars()))
    there = set((await session.execute(select(Block.hash))).scalars())
    for name in there - needed:
        await session.execute(delete(Block).where(col(Block.hash) == name))
    return len(there - needed)


def named(contents: Iterable[str]) -> Iterable[str]:
    """The hashes of the blocks that snapshots name."""
    for content in contents:
        for blocks in blocks_of(orjson.loads(content)).values():
            yield blocks.tally
            yield blocks.board
