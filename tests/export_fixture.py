"""A record to export: visitors, battles, turns and votes written straight into a store."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arena import house, voting
from arena.store import visitors
from arena.store.session import Store
from arena.store.tables import Battle, BattleState, Kind, Mode, Turn, TurnState, Visitor, Vote
from export import Moderation, Options
from export.record import Voted
from serving.sealing import Sealer
from serving.target import Route

SEALER = Sealer("a secret of the tests")
UNCHECKED = Options(moderation=Moderation.NONE)
ON_SQLITE = pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Said:
    """One turn: the prompt, both answers, and the vote on it, if there is one."""

    prompt: str = "What is a bee?"
    a: str = "An insect."
    b: str = "A kind of bird."
    winner: voting.Choice | None = "model_a"
    margin: int | None = None
    comment: str | None = None
    state: TurnState = TurnState.DONE
    tainted: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Who:
    """Whose battle it is and how it was played."""

    kind: Kind = Kind.PERSON
    publication: bool = True
    mode: Mode = Mode.ANONYMOUS
    closed: bool = True
    codes: tuple[int, int | None] = (1, 2)
    visitor: Visitor | None = field(default=None)


async def enter(store: Store, *names: str) -> None:
    """Contestants with the codes 1, 2, …"""
    entries = [house.House(name, Route("http://127.0.0.1:1/v1", name)) for name in names]
    await house.enter(store, SEALER, entries)


async def play(store: Store, *said: Said, who: Who = Who()) -> tuple[Visitor, str]:
    """One visitor's battle, closed by the reveal; the visitor and the battle's id."""
    async with store.write() as session:
        visitor = who.visitor or await visitors.add_visitor(session, who.kind)
        if who.visitor is None:
            visitors.add_consent(session, visitor.id, "v1", who.publication)
    async with store.write() as session:
        battle = Battle(visitor_id=visitor.id, kind=who.kind, mode=who.mode)
        battle.model_a, battle.model_b = who.codes
        session.add(battle)
        await session.flush()
        for n, turn in enumerate(said, 1):
            session.add(written(turn, battle.id, n))
            await session.flush()
            if turn.winner is not None:
                ballot = voting.Ballot(n, turn.winner, turn.margin, (), turn.comment)
                await voting.cast(session, visitor, battle.id, ballot)
        if who.closed:
            await voting.close(session, battle)
    return visitor, battle.id


async def plenty(store: Store, visitor: Visitor, battles: int) -> None:
    """Many closed battles of one turn at once, written without the rules of a vote."""
    async with store.write() as session:
        for number in range(battles):
            battle = Battle(visitor_id=visitor.id, mode=Mode.ANONYMOUS, state=BattleState.CLOSED)
            battle.model_a, battle.model_b = 1, 2
            said = Said(f"Question {number}", winner="tie")
            turn = written(said, battle.id, 1)
            for row in (battle, turn, _vote(turn, said, battle)):
                session.add(row)
                await session.flush()


def _vote(turn: Turn, said: Said, battle: Battle) -> Vote:
    return Vote(
        turn_id=turn.id,
        battle_id=battle.id,
        visitor_id=battle.visitor_id,
        kind=battle.kind,
        winner=said.winner or "tie",
    )


def written(said: Said, battle_id: str, n: int) -> Turn:
    """The turn as it lies in the store."""
    return Turn(
        battle_id=battle_id,
        n=n,
        prompt=said.prompt,
        answer_a=said.a,
        answer_b=said.b,
        finish_a="stop",
        finish_b="stop",
        tokens_a=len(said.a.split()),
        tokens_b=len(said.b.split()),
        state=said.state,
        tainted=said.tainted,
        category_tags=list(said.tags),
        language="en",
    )


async def agree(store: Store, visitor: Visitor, publication: bool) -> None:
    """The visitor accepts the terms again, with or without publication."""
    async with store.write() as session:
        visitors.add_consent(session, visitor.id, "v1", publication)


def voted(*said: Said, **battle: Any) -> Voted:
    """A vote on the last turn, with no store; the consents are the caller's to add."""
    played = Battle(visitor_id="v", mode=Mode.ANONYMOUS, state=BattleState.CLOSED, model_a=1)
    played.model_b = 2
    for name, value in battle.items():
        setattr(played, name, value)
    turns = [written(turn, played.id, n) for n, turn in enumerate(said, 1)]
    last = said[-1]
    vote = _vote(turns[-1], last, played)
    vote.created = later(played.created, 60)
    return Voted(vote, turns[-1], played, turns[:-1])


def later(moment: datetime, seconds: int) -> datetime:
    """The moment so many seconds after another."""
    return moment + timedelta(seconds=seconds)


def rows(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    """The rows of one split, from every shard, in order."""
    shards = sorted((folder / "data").glob(f"{split}-*.parquet"))
    found: Sequence[dict[str, Any]] = pa.concat_tables(map(pq.read_table, shards)).to_pylist()
    return list(found)


def described(folder: Path) -> Any:
    """The manifest of a dataset folder."""
    return json.loads((folder / "manifest.json").read_bytes())
