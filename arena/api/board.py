"""The leaderboard over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from arena.api.access import With
from arena.errors import Unacceptable
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
