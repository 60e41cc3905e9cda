"""Tags of stored turns, given again; what is rated moves between the tallies with them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, or_, text
from sqlalchemy import select as columns
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena import tags
from arena.store import tallies
from arena.store.session import Store
from arena.store.tables import Battle, Observation, Turn, Vote

AT_ONCE = 50  # turns in one transaction: visitors wait no longer for the lock than it takes
# Less than the second after which PostgreSQL breaks a deadlock: it is never a visitor who loses.
GIVES_WAY = "SET LOCAL lock_timeout = '300ms'"
GIVEN_WAY = frozenset({"55P03", "40P01"})  # lock not available, deadlock
TRIES, PAUSE_S = 20, 0.2
BY_MODEL = " + "
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Change:
    """What a turn shall carry, and who says so."""

    turn_id: str
    battle_id: str
    language: str
    tags: tuple[str, ...]
    by: str


@dataclass(slots=True)
class Report:
    """What a run came to: turns looked at, turns changed, rated observations moved, tags by tag."""

    rules: str
    dry_run: bool
    turns: int = 0
    changed: int = 0
    moved: int = 0
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def count(self, before: Sequence[str], after: Sequence[str], rated: bool) -> None:
        """One turn more."""
        self.turns += 1
        if set(before) != set(after):
            self.changed += 1
            self.moved += rated
            self.added.update(set(after) - set(before))
            self.removed.update(set(before) - set(after))

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        told = {name: getattr(self, name) for name in ("rules", "dry_run", "turns", "changed")}
        by_tag = {name: dict(sorted(getattr(self, name).items())) for name in ("added", "removed")}
        return told | {"observations_moved": self.moved} | by_tag


def by_rules(turn: Turn) -> Change:
    """The tags of today's rules; those that a model guessed are left as they are."""
    spoken = tags.language(turn.prompt)
    rules, model = tags.RULES, (turn.tagged_by or "").partition(BY_MODEL)[2]
    if not model:
        given = tags.categories(turn.prompt, spoken, turn.n)
        return Change(turn.id, turn.battle_id, spoken, tuple(given), rules)
    kept = tags.GUESSED & set(turn.category_tags)
    held = kept | tags.certain(turn.prompt, spoken, turn.n)
    return Change(turn.id, turn.battle_id, spoken, tuple(sorted(held)), rules + BY_MODEL + model)


def by_model(turn: Turn, model: str, guessed: frozenset[str]) -> Change:
    """The rules' certain tags and what a model said of the others."""
    spoken = tags.language(turn.prompt)
    held = guessed | tags.certain(turn.prompt, spoken, turn.n)
    by = tags.RULES + BY_MODEL + model[:LONGEST_NAME]
    return Change(turn.id, turn.battle_id, spoken, tuple(sorted(held)), by)


async def backfill(
    store: Store, dry_run: bool, tell: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """Tag every stored turn by today's rules that was tagged otherwise; erased ones are left alone.

    What is done stays done: a run that was stopped is taken up where it was by the next.
    """
    report = Report(tags.RULES, dry_run)
    async with store.read() as session:
        due = (await session.execute(columns(func.count()).where(_due()))).scalar_one()
    last = ""
    while True:
        async with store.read() as session:
            query = select(Turn).where(_due(), col(Turn.id) > last).order_by(col(Turn.id))
            turns = (await session.execute(query.limit(AT_ONCE))).scalars().all()
            rated = await _rated(session, [turn.id for turn in turns]) if dry_run else {}
        if not turns:
            return report
        last = turns[-1].id
        changes = [by_rules(turn) for turn in turns]
        if dry_run:
            for turn, change in zip(turns, changes, strict=True):
                report.count(turn.category_tags, change.tags, turn.id in rated)
        else:
            await settle(store, changes, report)
        tell(report.turns, due)


async def settle(store: Store, changes: Sequence[Change], report: Report | None = None) -> None:
    """Write the changes in one transaction; who is in the way is let by, and it is tried again."""
    for left in reversed(range(TRIES)):
        fresh = Report(tags.RULES, dry_run=False)
        try:
            async with store.write() as session:
                await _apply(session, changes, fresh)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in GIVEN_WAY or not left:
                raise
            await asyncio.sleep(PAUSE_S)
            continue
        if report is not None:
            _add(report, fresh)
        return


async def _apply(session: AsyncSession, changes: Sequence[Change], report: Report) -> None:
    """Each turn as its change says; a rated observation leaves its tallies for the new ones.

    The battles are locked first, as a close or an erasure does, so that none comes between.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(GIVES_WAY))
    wanted = {change.turn_id: change for change in changes}
    within = col(Battle.id).in_({change.battle_id for change in changes})
    locked = select(Battle).where(within).order_by(col(Battle.id)).with_for_update()
    battles = {battle.id: battle for battle in (await session.execute(locked)).scalars()}
    query = select(Turn).where(col(Turn.id).in_(wanted), col(Turn.prompt) != "")
    turns = (await session.execute(query.order_by(col(Turn.id)))).scalars().all()
    votes = await _rated(session, list(wanted))
    entries: list[tuple[Observation, int]] = []
    for turn in turns:
        change, vote = wanted[turn.id], votes.get(turn.id)
        report.count(turn.category_tags, change.tags, vote is not None)
        battle = battles[turn.battle_id]
        moves = vote is not None and set(turn.category_tags) != set(change.tags)
        if moves and vote is not None:
            gone = tallies.observation(battle, turn, vote)
            same = gone.model_dump(exclude={"id", "sign", "categories", "language"})
            same |= {"categories": sorted(set(change.tags)), "language": change.language}
            entries += [(gone, -1), (Observation(**same), 1)]
        turn.category_tags, turn.tagged_by = list(change.tags), change.by
        turn.language = change.language
    await tallies.post_all(session, entries)


async def _rated(session: AsyncSession, turn_ids: Sequence[str]) -> dict[str, Vote]:
    """Of these turns, those whose vote stands in the tallies, with that vote."""
    query = select(Vote).join(Battle, col(Battle.rated_vote) == col(Vote.id))
    found = await session.execute(query.where(col(Vote.turn_id).in_(turn_ids)))
    return {vote.turn_id: vote for vote in found.scalars()}


def _due() -> Any:
    """Turns that other rules than today's have tagged, and that still have their prompt."""
    today = or_(
        col(Turn.tagged_by) == tags.RULES,
        col(Turn.tagged_by).startswith(tags.RULES + BY_MODEL, autoescape=True),
    )
    return and_(col(Turn.prompt) != "", or_(col(Turn.tagged_by).is_(None), ~today))


def _add(report: Report, more: Report) -> None:
    report.turns += more.turns
    report.changed += more.changed
    report.moved += more.moved
    report.added.update(more.added)
    report.removed.update(more.removed)
