"""The observations that count as columns of votes, for what needs a row per vote."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena import features
from arena.store.tables import Kind, Observation, Vote
from arena.store.tallies import OVERALL
from ranking.style import FEATURES, differences
from ranking.votes import WINNERS, Votes

PART = 2_000  # rows at once: nobody waits longer for the event loop than these take
CODES = {winner.value: code for code, winner in enumerate(WINNERS)}
READ = (
    *("id", "vote_id", "sign", "categories", "model_a", "model_b", "outcome", "weight"),
    *("pair_probability", "voted", *features.COLUMNS),
)


@dataclass(frozen=True, eq=False)
class Observed:
    """Every rated vote, and which of them each category holds; `styled` where style is known."""

    votes: Votes
    places: Mapping[str, NDArray[np.int64]]
    styled: NDArray[np.bool_]
    last: int

    def votes_of(self, category: str, styled: bool = False) -> Votes:
        """The votes of a category, or those of them whose answers were counted."""
        kept = np.zeros(len(self.votes), bool)
        kept[self.places.get(category, [])] = True
        return self.votes.only(kept & self.styled if styled else kept)


async def newest(session: AsyncSession, until: datetime) -> int:
    """The number of the newest observation of a vote cast until a moment; 0 where there is none."""
    query = columns(col(Observation.id)).where(col(Observation.voted) <= until)
    found = await session.execute(query.order_by(col(Observation.id).desc()).limit(1))
    return found.scalar_one_or_none() or 0


async def read(
    session: AsyncSession,
    kinds: Sequence[str],
    names: Mapping[int, str],
    until: datetime,
) -> Observed:
    """The observations of votes cast until a moment, without those that were taken back."""
    last = await newest(session, until)
    taken_back = (
        columns(col(Observation.vote_id), func.max(col(Observation.id)))
        .where(col(Observation.sign) < 0)
        .group_by(col(Observation.vote_id))
    )
    gone = {row[0]: row[1] for row in await session.execute(taken_back)}
    query = columns(*(getattr(Observation, name) for name in READ), col(Vote.visitor_id))
    query = query.join(Vote, col(Vote.id) == col(Observation.vote_id)).where(
        col(Observation.id) <= last,
        col(Observation.kind).in_([Kind(kind) for kind in kinds]),
        col(Observation.voted) <= until,
    )
    rows: list[Any] = []
    found = await session.stream(query.order_by(col(Observation.id)))
    async for part in found.partitions(PART):
        rows += [row for row in part if row.id > gone.get(row.vote_id, 0)]
    return await asyncio.to_thread(_observed, rows, names, last)


def _observed(rows: Sequence[Any], names: Mapping[int, str], last: int) -> Observed:
    codes = sorted({code for row in rows for code in (row.model_a, row.model_b)})
    place = {code: at for at, code in enumerate(codes)}
    voters: dict[str, int] = {}
    for row in rows:
        voters.setdefault(row.visitor_id or row.vote_id, len(voters))
    shown = np.array(
        [[getattr(row, name) or 0 for name in features.COLUMNS] for row in rows], dtype=np.int64
    ).reshape(-1, 2 * len(FEATURES))
    known = all(row.pair_probability is not None for row in rows)
    votes = Votes(
        tuple(names[code] for code in codes),
        np.array([place[row.model_a] for row in rows], dtype=np.int32),
        np.array([place[row.model_b] for row in rows], dtype=np.int32),
        np.array([CODES[row.outcome] for row in rows], dtype=np.int8),
        np.array([row.weight for row in rows], dtype=np.float64),
        np.array([voters[row.visitor_id or row.vote_id] for row in rows], dtype=np.int32),
        np.array([row.pair_probability for row in rows], dtype=np.float64) if known else None,
        np.array([row.voted.timestamp() for row in rows], dtype=np.float64),
        FEATURES,
        differences(shown[:, : len(FEATURES)], shown[:, len(FEATURES) :]),
    )
    held: dict[str, list[int]] = {OVERALL: list(range(len(rows)))}
    for at, row in enumerate(rows):
        for category in row.categories:
            held.setdefault(category, []).append(at)
    places = {name: np.array(at, dtype=np.int64) for name, at in held.items()}
    styled = np.array([row.tokens_a is not None for row in rows], dtype=bool)
    return Observed(votes, places, styled, last)
