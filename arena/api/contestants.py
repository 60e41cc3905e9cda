"""The public list of contestants over HTTP, with the ETag of what it says."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from arena.api.access import With
from arena.kept import Kept
from arena.roster import roster
from arena.services import Services
from serving.live import newest_change

router = APIRouter(tags=["leaderboard"])


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


@dataclass(frozen=True, slots=True)
class Written:
    """The list as it is sent."""

    body: bytes
    etag: str


async def write(parts: Services) -> Written:
    """Read it all from the store: at a million battles that takes seconds, see `Kept`."""
    async with parts.store.read() as session:
        rows = await roster(session, parts.settings.kinds)
    view = ContestantsView(
        models=[ContestantView(**row) for row in rows],
        hidden_at_most=HiddenView(days=parts.settings.alias_days, votes=parts.settings.alias_votes),
    )
    body = view.model_dump_json().encode()
    return Written(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def kept_list(parts: Services) -> Kept[Written]:
    """For `app.state.contestants`."""
    return Kept(lambda: write(parts))


@router.get("/models", response_model=ContestantsView)
async def contestants(
    request: Request, parts: With, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Every contestant ever entered. Counts may lag a little; who there is, and how, does not."""
    async with parts.store.read() as session:
        newest = await newest_change(session)
    written = await cast(Kept[Written], request.app.state.contestants).get(newest)
    headers = {"ETag": written.etag, "Cache-Control": "no-cache"}
    if if_none_match and written.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(written.body, media_type="application/json", headers=headers)
