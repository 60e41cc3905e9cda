"""Battles over HTTP: open, prompt, follow, stop, vote, reveal, look."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from arena import voting
from arena.api.access import Consented, With, free_of_limits
from arena.api.stream import live_stream, stored_stream
from arena.api.views import BattleView, battle_view
from arena.battle import Prompt
from arena.errors import Conflict
from arena.guard import checked_text
from arena.store import battles as record
from arena.store.tables import Mode, TurnState

router = APIRouter(tags=["battles"])

COMMENT_CHARS = 2_000
Tag = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z_-]*$")]
Render = Literal["text", "html"]
Number = Annotated[int, Path(ge=1, le=1_000)]


class NewBattle(BaseModel):
    """How the models are chosen; `models` names them where they are not drawn."""

    mode: Mode = Mode.ANONYMOUS
    models: list[Annotated[str, Field(max_length=96)]] = Field(default=[], max_length=2)


class BattleId(BaseModel):
    """Names the battle in later calls."""

    battle_id: str


class NewTurn(BaseModel):
    """One prompt for both sides; `render: html` adds a `block` event for each closed block."""

    prompt: str
    render: Render = "text"


class NewVote(BaseModel):
    """A vote on one finished turn; `margin` is how much better, 1 to 3."""

    turn: int = Field(ge=1, le=1_000)
    winner: voting.Choice
    margin: int | None = Field(None, ge=1, le=3)
    tags: list[Tag] = Field(default=[], max_length=20)
    comment: str | None = None
    reveal: bool = False


class Names(BaseModel):
    """Who the two sides were."""

    model_a: str | None
    model_b: str | None


class VoteCast(BaseModel):
    """The vote's id, and the names if they were asked for."""

    vote_id: str
    reveal: Names | None


@router.post("/battles", status_code=201)
async def open_battle(new: NewBattle, visitor: Consented, parts: With) -> BattleId:
    """Open a battle; the visitor's earlier one is closed by it."""
    battle = await parts.battles.open(visitor, new.mode, new.models)
    return BattleId(battle_id=battle.id)


@router.post("/battles/{battle_id}/turns", response_class=StreamingResponse)
async def begin_turn(
    battle_id: str, new: NewTurn, request: Request, visitor: Consented, parts: With
) -> StreamingResponse:
    """Send one prompt to both sides and stream what they answer."""
    text = checked_text(new.prompt, parts.settings.prompt_chars)
    if not free_of_limits(visitor):
        await parts.limits.hit("turn", visitor.id)
    prompt = Prompt(text, parts.places.country(request))
    duel = await parts.battles.begin_turn(visitor, battle_id, prompt)
    return live_stream(duel, new.render == "html", parts.settings.heartbeat_seconds)


@router.get("/battles/{battle_id}/turns/{n}/stream", response_class=StreamingResponse)
async def follow_turn(
    battle_id: str,
    n: Number,
    visitor: Consented,
    parts: With,
    render: Annotated[Render, Query()] = "text",
) -> StreamingResponse:
    """The same stream from its beginning, for a reader that comes back."""
    turn, duel = await parts.battles.running(visitor, battle_id, n)
    html = render == "html"
    if duel is not None:
        return live_stream(duel, html, parts.settings.heartbeat_seconds)
    if turn.state is TurnState.RUNNING:
        raise Conflict(
            "this turn runs in another process of the site; it will be here when it ends"
        )
    return stored_stream(turn, html)


@router.post("/battles/{battle_id}/stop", status_code=202)
async def stop(battle_id: str, visitor: Consented, parts: With) -> Response:
    """Stop the running turn on both sides; what was written stays."""
    await parts.battles.stop(visitor, battle_id)
    return Response(status_code=202)


@router.post("/battles/{battle_id}/votes", status_code=201)
async def vote(battle_id: str, new: NewVote, visitor: Consented, parts: With) -> VoteCast:
    """Cast the one vote of a turn; with `reveal` the battle ends and the names are told."""
    comment = new.comment and new.comment.strip()
    if comment:
        comment = checked_text(comment, COMMENT_CHARS, "the comment")
    ballot = voting.Ballot(new.turn, new.winner, new.margin, tuple(new.tags), comment or None)
    async with parts.store.write() as session:
        battle, cast = await voting.cast(session, visitor, battle_id, ballot)
        names = await voting.reveal(session, battle) if new.reveal else None
    return VoteCast(vote_id=cast.id, reveal=Names(**names) if names else None)


@router.post("/battles/{battle_id}/reveal")
async def reveal(battle_id: str, visitor: Consented, parts: With) -> Names:
    """Tell the names and close the battle."""
    async with parts.store.write() as session:
        battle = await voting.own_battle(session, visitor, battle_id)
        return Names(**await voting.reveal(session, battle))


@router.get("/battles/{battle_id}")
async def look(battle_id: str, visitor: Consented, parts: With) -> BattleView:
    """The visitor's own battle; no names before the reveal."""
    async with parts.store.read() as session:
        battle = await voting.own_battle(session, visitor, battle_id, lock=False)
        turns = await record.turns_of(session, battle.id)
        votes = await record.votes_of(session, battle.id)
        return await battle_view(session, battle, turns, votes)
