"""The leaderboard over HTTP, and what can be seen behind it; JSON or CSV, each with an ETag."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from arena.api.access import With
from arena.api.written import Format, answer, as_csv, as_json
from arena.board_views import COLUMNS, ROWS
from arena.store.tallies import OVERALL

PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
SAID: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}}},
    304: {"description": "You hold it already"},
    404: {"description": "There is none (yet)", **PROBLEM},
    422: {"description": "The request is not understood", **PROBLEM},
}
router = APIRouter(prefix="/leaderboard", tags=["leaderboard"], responses=SAID)
Category = Annotated[str, Query(max_length=64)]
Form = Annotated[Format, Query(alias="format")]
Held = Annotated[str | None, Header(alias="If-None-Match")]


class RatingView(BaseModel):
    """One contestant's row; null is not known (yet). Units: rating points, mean 1000.

    `win_rate` is the mean chance against the others listed, `style_delta` what style control takes
    from the rating; `state` is null where the contestant goes under another name by now.
    """

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
    provisional: bool
    organization: str | None
    license: str | None
    price: dict[str, float] | None
    state: str | None
    style_delta: float | None
    win_rate: float | None


class SnapshotView(BaseModel):
    """Which snapshot a board belongs to; each names the hash of the one before."""

    id: int
    time: datetime
    hash: str
    previous: str | None
    signature: str | None


class Coefficient(BaseModel):
    """What one standard deviation more of a feature adds to the log odds of a win."""

    name: str
    coefficient: float
    lower: float | None
    upper: float | None


class StyleView(BaseModel):
    """Style control: when it was fitted, and what each feature is worth."""

    time: datetime
    features: list[Coefficient]


class BoardView(BaseModel):
    """One category's board. `kinds` says whose votes it counts.

    `delay_minutes` is how late the public sees boards, `rounding` in which steps ratings are shown.
    """

    method: str
    votes: int
    models: list[RatingView]
    warnings: list[str]
    category: str
    categories: list[str]
    kinds: list[str]
    delay_minutes: float
    rounding: float
    snapshot: SnapshotView
    style: StyleView | None


class PairsView(BaseModel):
    """Every model (row) against every other (column), best first."""

    models: list[str]
    battles: list[list[int]]
    wins: list[list[float | None]]
    predicted: list[list[float | None]]


class PastView(BaseModel):
    """One model's ratings at the times."""

    model: str
    rating: list[float | None]
    lower: list[float | None]
    upper: list[float | None]


class HistoryView(BaseModel):
    """Ratings at the end of each day, from all votes until then; the last is the board shown."""

    times: list[datetime]
    models: list[PastView]


class Swap(BaseModel):
    """Two neighbours, and how few votes, left out or turned round, would swap them."""

    above: str
    below: str
    drop: int | None
    flip: int | None
    votes: int


class RobustnessView(BaseModel):
    """When it was found, and every two neighbours on the board."""

    time: datetime
    pairs: list[Swap]


class CategoriesView(BaseModel):
    """Every model (row) in every category (column)."""

    models: list[str]
    categories: list[str]
    ratings: list[list[float | None]]
    ranks: list[list[int | None]]


class ProviderDraws(BaseModel):
    """One provider's contestants together."""

    provider: str
    models: int
    draws: int
    share: float


class ModelDraws(BaseModel):
    """One contestant."""

    provider: str
    model: str
    draws: int
    share: float


class SamplingView(BaseModel):
    """How often each was drawn into an anonymous battle that has ended."""

    providers: list[ProviderDraws]
    models: list[ModelDraws]


@router.get("", response_model=BoardView)
async def leaderboard(
    parts: With,
    category: Category = OVERALL,
    style_control: bool = False,
    form: Form = "json",
    if_none_match: Held = None,
) -> Response:
    """The board of a category, fitted from the tallies; or with style taken out."""
    view = await parts.views.board(category, style_control)
    return await _sent("leaderboard", view, form, if_none_match)


@router.get("/pairs", response_model=PairsView)
async def pairs(
    parts: With, category: Category = OVERALL, form: Form = "json", if_none_match: Held = None
) -> Response:
    """Who met whom how often, who won, and who is expected to."""
    return await _sent("pairs", await parts.views.pairs(category), form, if_none_match)


@router.get("/history", response_model=HistoryView)
async def history(
    parts: With, category: Category = OVERALL, form: Form = "json", if_none_match: Held = None
) -> Response:
    """Ratings over time."""
    return await _sent("history", await parts.views.history(category), form, if_none_match)


@router.get("/robustness", response_model=RobustnessView)
async def robustness(
    parts: With, category: Category = OVERALL, form: Form = "json", if_none_match: Held = None
) -> Response:
    """How few votes hold each two neighbours in their order."""
    return await _sent("robustness", await parts.views.robustness(category), form, if_none_match)


@router.get("/categories", response_model=CategoriesView)
async def categories(parts: With, form: Form = "json", if_none_match: Held = None) -> Response:
    """Every contestant in every category."""
    return await _sent("categories", await parts.views.categories(), form, if_none_match)


@router.get("/sampling", response_model=SamplingView)
async def sampling(parts: With, form: Form = "json", if_none_match: Held = None) -> Response:
    """How often each contestant, and each provider, was drawn."""
    return await _sent("sampling", await parts.views.sampling(), form, if_none_match)


async def _sent(
    name: str, view: Mapping[str, Any], form: Format, if_none_match: str | None
) -> Response:
    if form == "csv":
        body = await asyncio.to_thread(lambda: as_csv(ROWS[name](view), COLUMNS[name]))
    else:
        body = as_json(view)
    return answer(body, form, if_none_match)
