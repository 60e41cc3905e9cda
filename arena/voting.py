"""The rules of a vote: who may cast one, what the reveal shows, what is rated at the close."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from arena.errors import Conflict, NotFound
from arena.store import battles, tallies
from arena.store.tables import (
    Battle,
    BattleState,
    Mode,
    Turn,
    TurnState,
    Visitor,
    Vote,
)
from serving.release import public_name
from serving.tables import Model, now

Choice = Literal["model_a", "model_b", "tie", "both_bad"]

UNVOTABLE = {
    TurnState.RUNNING: "this turn is still being answered; vote when both have ended",
    TurnState.FAILED: "this turn failed, so there is nothing to vote on; earlier votes stand",
    TurnState.INTERRUPTED: "this turn was interrupted, so there is nothing to vote on",
}
SECOND = "this turn already has your vote; a vote is cast once"


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the visitor chose on one turn."""

    turn: int
    winner: Choice
    margin: int | None = None
    tags: tuple[str, ...] = ()
    comment: str | None = None


def unrated_reason(battle: Battle, turn: Turn, vote: Vote) -> str | None:
    """Why this vote can never be the battle's observation; `None` if it can."""
    if battle.mode is not Mode.ANONYMOUS or not vote.blind:
        return "not_blind"
    if turn.state is not TurnState.DONE:
        return f"turn_{turn.state}"
    return "tainted" if turn.tainted else None


def chosen(
    battle: Battle, turns: Mapping[str, Turn], votes: Sequence[Vote]
) -> tuple[Vote | None, dict[str, str]]:
    """The vote a closing battle is rated by, its last good one, and why each other is not."""
    reasons = {vote.id: unrated_reason(battle, turns[vote.turn_id], vote) for vote in votes}
    good = [vote for vote in votes if reasons[vote.id] is None]
    last = max(good, key=lambda vote: turns[vote.turn_id].n, default=None)
    return last, {vote.id: reasons[vote.id] or "earlier_turn" for vote in votes if vote is not last}


async def cast(
    session: AsyncSession, visitor: Visitor, battle_id: str, ballot: Ballot
) -> tuple[Battle, Vote]:
    """Write one vote, with its audit line, in the caller's transaction.

    Raises:
        NotFound: not this visitor's battle, or no such turn.
        Conflict: the turn cannot be voted on, or has its vote.
    """
    battle = await own_battle(session, visitor, battle_id)
    turn = await battles.turn_of(session, battle.id, ballot.turn)
    if turn is None:
        raise NotFound(f"this battle has no turn {ballot.turn}")
    if battle.mode is Mode.DIRECT:
        raise Conflict("a direct chat has one model; there is nothing to compare")
    if turn.state in UNVOTABLE:
        raise Conflict(UNVOTABLE[turn.state])
    vote = Vote(
        turn_id=turn.id,
        battle_id=battle.id,
        visitor_id=visitor.id,
        kind=visitor.kind,
        winner=ballot.winner,
        margin=ballot.margin,
        tags=list(ballot.tags),
        comment=ballot.comment,
        blind=battle.mode is Mode.ANONYMOUS and not battle.revealed,
        unrated_reason="battle_open" if battle.state is BattleState.OPEN else "after_close",
    )
    session.add(vote)
    battle.active = now()
    battles.audit(session, f"visitor:{visitor.id}", "vote", vote.id, turn=turn.id)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(SECOND) from error
    return battle, vote


async def reveal(session: AsyncSession, battle: Battle) -> dict[str, str | None]:
    """The names behind the sides; closes the battle.

    Raises:
        Conflict: nothing was voted on yet.
    """
    if battle.mode is Mode.ANONYMOUS and not await battles.votes_of(session, battle.id):
        raise Conflict("vote first; the names are shown after a vote")
    await close(session, battle)
    battle.revealed = True
    return await names(session, battle)


async def names(session: AsyncSession, battle: Battle) -> dict[str, str | None]:
    """The public names of a battle's models."""
    return {
        "model_a": await _public_name(session, battle.model_a),
        "model_b": await _public_name(session, battle.model_b),
    }


async def close(session: AsyncSession, battle: Battle) -> None:
    """End an open battle; its last good vote is posted to the tallies."""
    if battle.state is not BattleState.OPEN:
        return
    turns = {turn.id: turn for turn in await battles.turns_of(session, battle.id)}
    votes = await battles.votes_of(session, battle.id)
    finished = any(turn.state in battles.SPOKEN for turn in turns.values())
    battle.state = BattleState.CLOSED if finished else BattleState.VOID
    battle.closed = now()
    last, reasons = chosen(battle, turns, votes)
    for vote in votes:
        vote.rated, vote.unrated_reason = vote is last, reasons.get(vote.id)
    if last is not None:
        battle.rated_vote = last.id
        await tallies.post(session, tallies.observation(battle, turns[last.turn_id], last))
    await session.flush()


async def own_battle(
    session: AsyncSession, visitor: Visitor, battle_id: str, lock: bool = True
) -> Battle:
    """The visitor's battle, or NotFound for anyone else's; `lock` it where it will be changed."""
    battle = await battles.battle_of(session, visitor.id, battle_id, lock)
    if battle is None:
        raise NotFound("there is no such battle of yours")
    return battle


async def _public_name(session: AsyncSession, code: int | None) -> str | None:
    model = await session.get(Model, code) if code is not None else None
    return public_name(model) if model else None
