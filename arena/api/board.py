"""The leaderboard and the list of contestants over HTTP."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from arena.api.access import With
from arena.errors import Unacceptable
from arena.roster import roster
from arena.store.tallies import OVERALL

router = APIRouter(tags=["leaderboard"])


class RatingView(BaseModel):
    """One contestant's row; a null bound is not known yet. Units: rating points, mean 1000."""

    model: str
    rating: float
    lower: float | None
    upper: float | None
    rank: int
    rank_lower: int
    rank_upper: int
    votes: int
    wins: int
    losses: int
    ties: int


class SnapshotView(BaseModel):
    """Which snapshot a board belongs to; each names the hash of the one before."""

    id: int
    time: datetime
    hash: str
    previous: str | None
    signature: str | None


class BoardView(BaseModel):
    """One category's board. `kinds` says whose votes it counts."""

    method: str
    votes: int
    models: list[RatingView]
    warnings: list[str]
    category: str
    categories: list[str]
    kinds: list[str]
    snapshot: SnapshotView


class StateView(BaseModel):
    """A state and since when."""

    state: str
    at: datetime


class ChecksView(BaseModel):
    """The last verification: how many checks passed and failed, and whether it names itself."""

    passed: int
    failed: int
    names_itself: bool | None
    at: datetime


class ContestantView(BaseModel):
    """A contestant ever entered; one that has an `alias` and is not `released` goes under it.

    `battles` are closed ones, `votes` those the board counts; `states` are the last ones, oldest
    first. Units: tokens, US dollars for a million tokens.
    """

    name: str
    alias: str | None
    organization: str | None
    license: str | None
    state: str
    created: datetime
    changed: datetime
    released: datetime | None
    battles: int
    votes: int
    context_length: int | None
    modalities: list[str]
    price: dict[str, float] | None
    system_prompt: str | None
    states: list[StateView]
    checks: ChecksView | None


class HiddenView(BaseModel):
    """How long a name may be hidden under an alias: whichever comes first."""

    days: int
    votes: int


class ContestantsView(BaseModel):
    """Every contestant ever entered, retired ones too."""

    models: list[ContestantView]
    hidden_at_most: HiddenView


@router.get("/leaderboard", response_model=BoardView)
async def leaderboard(
    parts: With,
    response: Response,
    category: Annotated[str, Query(max_length=64)] = OVERALL,
    style_control: bool = False,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """The board of a category, fitted from the tallies."""
    if style_control:
        raise Unacceptable("style control is not available in this version; leave it out")
    board = await parts.boards.board(category)
    etag = f'"{board["snapshot"]["hash"][:32]}-{category.encode().hex()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if if_none_match and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return board


@router.get("/models", response_model=ContestantsView)
async def contestants(
    parts: With, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Every contestant ever entered."""
    async with parts.store.read() as session:
        rows = await roster(session, parts.settings.kinds)
    view = ContestantsView(
        models=[ContestantView(**row) for row in rows],
        hidden_at_most=HiddenView(days=parts.settings.alias_days, votes=parts.settings.alias_votes),
    )
    body = view.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if if_none_match and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
