"""The tallies: observations by day, category, kind, pair and outcome, posted and counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import delete, func, update
from sqlalchemy import select as columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena import features
from arena.store.tables import Battle, Kind, Observation, Tally, Turn, Vote

OVERALL = "overall"
KEY = ("day", "category", "kind", "model_a", "model_b", "outcome")
COUNTED = ("count", "weight_sum", "weight_sq_sum")
MEASURED = tuple(f"{n}_{side}" for n in ("first_token_ms", "total_ms", "cost") for side in "ab")
Insert = Callable[..., sqlite.Insert | postgresql.Insert]
INSERTS: dict[str, Insert] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair's outcomes over days and kinds: how many, their weights, their squared weights."""

    model_a: int
    model_b: int
    outcome: str
    count: int
    weight_sum: float
    weight_sq_sum: float


def observation(battle: Battle, turn: Turn, vote: Vote) -> Observation:
    """The observation a battle's rated vote stands for."""
    if battle.model_a is None or battle.model_b is None:
        raise ValueError(f"battle {battle.id} was voted on without a pair")
    (shown,) = features.counted([(turn.answer_a, turn.answer_b)])
    return Observation(
        vote_id=vote.id,
        day=vote.created.date(),
        categories=sorted(set(turn.category_tags)),
        kind=vote.kind,
        model_a=battle.model_a,
        model_b=battle.model_b,
        outcome=vote.winner,
        weight=vote.weight,
        pair_probability=battle.pair_probability,
        language=turn.language,
        voted=vote.created,
        counted_by=features.VERSION,
        **{name: getattr(turn, name) for name in MEASURED},
        **shown,
    )


async def post(session: AsyncSession, seen: Observation, sign: int = 1) -> None:
    """Write an observation down and add it to its tallies; `sign=-1` is the correcting entry."""
    await post_all(session, [(seen, sign)])


async def post_all(session: AsyncSession, entries: Iterable[tuple[Observation, int]]) -> None:
    """`post` for many at once: a tally is written once, by what they come to, in order of key."""
    changes: dict[tuple[Any, ...], list[float]] = {}
    for seen, sign in entries:
        seen.sign = sign
        session.add(seen)
        for category in (OVERALL, *seen.categories):
            key = (seen.day, category, seen.kind, seen.model_a, seen.model_b, seen.outcome)
            added = (sign, sign * seen.weight, sign * seen.weight**2)
            before = changes.get(key, [0, 0.0, 0.0])
            changes[key] = [one + other for one, other in zip(before, added, strict=True)]
    rows = [
        dict(zip((*KEY, *COUNTED), (*key, *changes[key]), strict=True)) for key in sorted(changes)
    ]
    rows = [row for row in rows if any(row[name] for name in COUNTED)]
    if not rows:
        return
    new = INSERTS[session.get_bind().dialect.name](Tally.metadata.tables["tally"])
    summed = {name: new.table.c[name] + new.excluded[name] for name in COUNTED}
    await session.execute(new.on_conflict_do_update(index_elements=KEY, set_=summed), rows)


async def blank(session: AsyncSession, vote_id: str, day: date) -> None:
    """Leave of an observation only what is counted: the pair, who won, the day."""
    midnight = datetime.combine(day, time(), tzinfo=UTC)
    nothing = dict.fromkeys((*MEASURED, *features.COLUMNS))
    change = update(Observation).where(col(Observation.vote_id) == vote_id)
    await session.execute(change.values(language=None, voted=midnight, **nothing))


async def cells(
    session: AsyncSession, kinds: Sequence[str], category: str | None = None
) -> dict[str, list[Cell]]:
    """Every category's cells (or one category's), summed over days and the given kinds."""
    keys = [col(Tally.category), col(Tally.model_a), col(Tally.model_b), col(Tally.outcome)]
    counted = (col(Tally.count), col(Tally.weight_sum), col(Tally.weight_sq_sum))
    query = columns(*keys, *(func.sum(column) for column in counted))
    query = query.where(col(Tally.kind).in_([Kind(kind) for kind in kinds]))
    if category is not None:
        query = query.where(col(Tally.category) == category)
    found: dict[str, list[Cell]] = {}
    for row in await session.execute(query.group_by(*keys).order_by(*keys)):
        name, *rest = tuple[Any, ...](row)
        cell = Cell(*rest)
        if cell.count:
            found.setdefault(name, []).append(cell)
    return found


async def rated(session: AsyncSession) -> Iterable[tuple[Battle, Turn, Vote]]:
    """Every closed battle that counts, with its rated vote and the turn it was cast on."""
    query = (
        select(Battle, Turn, Vote)
        .join(Vote, col(Vote.id) == col(Battle.rated_vote))
        .join(Turn, col(Turn.id) == col(Vote.turn_id))
        .order_by(col(Battle.id))
    )
    return [(battle, turn, vote) for battle, turn, vote in await session.execute(query)]


async def rebuild(session: AsyncSession) -> int:
    """Observations and tallies again from the votes; returns how many observations there are."""
    await session.execute(delete(Tally))
    await session.execute(delete(Observation))
    battles = list(await rated(session))
    for battle, turn, vote in battles:
        await post(session, observation(battle, turn, vote))
    return len(battles)
