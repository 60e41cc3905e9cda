"""The provider API: a provider enters a contestant, asks after it, changes and retires it."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import JSONResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving import steps
from serving.accounts import Scope
from serving.changes import Changes
from serving.edge import EdgeRoute, key_holder
from serving.entry import Entry, Name
from serving.etags import unchanged
from serving.idempotency import HEADER, PATTERN, REPLAYED
from serving.probe import Prober
from serving.provider_account import account_router
from serving.provider_desk import Desk
from serving.provider_views import Entered, History, Page, Standing
from serving.sealing import Sealer
from serving.tables import Provider

PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
Refusals = dict[int | str, dict[str, Any]]
REFUSALS: Refusals = {
    401: {"description": "No provider key, or one that is unknown or disabled", **PROBLEM},
    403: {"description": "The key does not open this", **PROBLEM},
    413: {"description": "The request is too long", **PROBLEM},
    422: {"description": "The request is not understood", **PROBLEM},
    503: {"description": "A stored secret cannot be opened", **PROBLEM},
}
BROKEN: Refusals = {400: {"description": "The body is no JSON", **PROBLEM}}
UNKNOWN: Refusals = {404: {"description": "Not a model of yours", **PROBLEM}}
CONFLICT: Refusals = {409: {"description": "Not in this state", **PROBLEM}}
TAKEN: Refusals = {409: {"description": "The name is taken", **PROBLEM}}
SAME: Refusals = {304: {"description": "What you hold is what there is"}}
STALE: Refusals = {412: {"description": "It has changed since you read it", **PROBLEM}}

ModelPath = Annotated[Name, Path(description="The name the model was entered under.")]
CallKey = Annotated[str | None, Header(alias=HEADER, pattern=PATTERN, max_length=255)]
Condition = Annotated[str | None, Header(max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str, Query(max_length=96, pattern=r"^[\x20-\x7e]*$")]


def provider_router(
    sessions: async_sessionmaker[AsyncSession],
    sealer: Sealer,
    prober: Prober,
    own_engines: Collection[str] = (),
) -> APIRouter:
    """The routes under /api/v1/provider, on these sessions; nothing is global.

    `own_engines` are the base URLs of the arena's engines, where only the operator's own account
    may enter a model.
    """
    desk = Desk(sessions, sealer, prober, own_engines)
    by_key = Annotated[Provider, Depends(key_holder(sessions, sealer, Scope.MODELS))]
    models = APIRouter(prefix="/api/v1/provider/models", tags=["provider"], route_class=EdgeRoute)
    add_entering(models, desk, by_key)
    add_reading(models, desk, by_key)
    add_stepping(models, desk, by_key)
    both = APIRouter(responses=REFUSALS)
    both.include_router(models)
    both.include_router(account_router(sessions, sealer, prober.gateway.policy, by_key))
    return both


def add_entering(router: APIRouter, desk: Desk, by_key: Any) -> None:
    """What writes a model down: entering it and changing it."""

    @router.post("", status_code=202, response_model=Standing, responses=TAKEN | BROKEN)
    async def enter_model(
        entry: Entry, provider: by_key, idempotency_key: CallKey = None
    ) -> Response:
        """Enter a contestant: verified, then live or failed. The same entry again is no error.

        With an Idempotency-Key the same call within a day is given the same answer again.
        """
        answer = await desk.enter(entry, provider, idempotency_key)
        headers = {REPLAYED: "true"} if answer.replayed else None
        return JSONResponse(dict(answer.body), answer.status, headers)

    refused = UNKNOWN | CONFLICT | STALE | BROKEN

    @router.patch("/{name:path}", response_model=Entered, responses=refused)
    async def change_model(
        name: ModelPath, changes: Changes, provider: by_key, if_match: Condition = None
    ) -> Response:
        """Change the given fields, null clears one. Another address is verified before it is used.

        A null `alias` shows the name in public from now on.
        """
        return await desk.change(name, changes, provider, if_match)


def add_reading(router: APIRouter, desk: Desk, by_key: Any) -> None:
    """What a provider is told of its own models."""

    @router.get("")
    async def list_models(provider: by_key, limit: Limit = 50, after: After = "") -> Page:
        """Your own models by name, a page at a time."""
        return await desk.page(provider, limit, after)

    @router.get("/{name:path}/history", responses=UNKNOWN)
    async def show_history(name: ModelPath, provider: by_key) -> History:
        """Every state one of your models was in, and every change, by whom."""
        return await desk.history(name, provider)

    @router.get("/{name:path}", response_model=Entered, responses=UNKNOWN | SAME)
    async def show_model(
        name: ModelPath, provider: by_key, if_none_match: Condition = None
    ) -> Response:
        """One of your own models: its state, its last checks, and what it was asked today."""
        answer = await desk.shown(name, provider)
        if unchanged(if_none_match, answer.headers["ETag"]):
            return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
        return answer


def add_stepping(router: APIRouter, desk: Desk, by_key: Any) -> None:
    """What moves a model from one state to another."""

    @router.delete("/{name:path}", responses=UNKNOWN)
    async def retire_model(name: ModelPath, provider: by_key) -> Standing:
        """Take it out for ever; its name and its history stay. Twice is no error."""
        return await desk.step(steps.retire, name, provider)

    @router.post("/{name:path}/pause", responses=UNKNOWN | CONFLICT)
    async def pause_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it for no further battle, until it is resumed."""
        return await desk.step(steps.pause, name, provider)

    @router.post("/{name:path}/resume", responses=UNKNOWN | CONFLICT)
    async def resume_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it again. Only a paused model is resumed."""
        return await desk.step(steps.resume, name, provider)
