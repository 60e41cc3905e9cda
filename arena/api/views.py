"""A battle as its visitor may see it: everything but the names, until they are told."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from arena import voting
from arena.store.tables import Battle, BattleState, Mode, Turn, TurnState, Vote


class VoteView(BaseModel):
    """A vote as the one who cast it sees it."""

    vote_id: str
    winner: str
    margin: int | None
    tags: list[str]
    comment: str | None
    blind: bool
    rated: bool
    unrated_reason: str | None
    time: datetime


class TurnView(BaseModel):
    """A turn; the times and token counts of hidden sides stay out, since they can tell a model."""

    turn: int
    state: TurnState
    prompt: str
    answer_a: str
    answer_b: str
    finish_a: str | None
    finish_b: str | None
    language: str | None
    time: datetime
    vote: VoteView | None


class BattleView(BaseModel):
    """The battle; `models` is null until the reveal."""

    battle_id: str
    mode: Mode
    state: BattleState
    models: dict[str, str | None] | None
    turns: list[TurnView]
    time: datetime


async def battle_view(
    session: AsyncSession, battle: Battle, turns: Sequence[Turn], votes: Sequence[Vote]
) -> BattleView:
    """What GET /battles/{id} and /me/data show of a battle."""
    shown = battle.revealed or battle.mode is not Mode.ANONYMOUS
    by_turn = {vote.turn_id: vote for vote in votes}
    return BattleView(
        battle_id=battle.id,
        mode=battle.mode,
        state=battle.state,
        models=await voting.names(session, battle) if shown else None,
        turns=[_turn_view(turn, by_turn.get(turn.id)) for turn in turns],
        time=battle.created,
    )


def _turn_view(turn: Turn, vote: Vote | None) -> TurnView:
    seen = {name: getattr(turn, name) for name in TurnView.model_fields if hasattr(turn, name)}
    return TurnView(**seen, turn=turn.n, time=turn.created, vote=_vote_view(vote) if vote else None)


def _vote_view(vote: Vote) -> VoteView:
    seen = {name: getattr(vote, name) for name in VoteView.model_fields if hasattr(vote, name)}
    return VoteView(**seen, vote_id=vote.id, time=vote.created)
