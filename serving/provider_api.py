"""The provider API: a provider enters a contestant, asks after it, changes and retires it."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import JSONResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving import steps
from serving.accounts import OPERATOR, Scope
from serving.audit import changes_of
from serving.changes import Changes
from serving.contents import code
from serving.edge import EdgeRoute, key_holder
from serving.entry import Entry, Name
from serving.errors import Stale
from serving.etags import still, tag_of, unchanged
from serving.idempotency import HEADER, PATTERN, REPLAYED, Answer, once
from serving.probe import Prober
from serving.provider_account import account_router
from serving.provider_views import Entered, History, Page, Standing, history, page, shown
from serving.registry import get_model, register_model, set_state
from serving.sealing import Sealer
from serving.tables import Model, Provider, State

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
    router = APIRouter(
        prefix="/api/v1/provider", tags=["provider"], route_class=EdgeRoute, responses=REFUSALS
    )
    by_key = Annotated[Provider, Depends(key_holder(sessions, sealer, Scope.MODELS))]

    def check(entry: Entry, provider: Provider) -> None:
        """Raises AddressRefused for the first address that is not dialled."""
        for route in entry.routes():
            if provider.name != OPERATOR or route.base_url not in own_engines:
                prober.gateway.policy.check_url(route.base_url)

    @router.post("/models", status_code=202, response_model=Standing, responses=TAKEN | BROKEN)
    async def enter_model(
        entry: Entry, provider: by_key, idempotency_key: CallKey = None
    ) -> Response:
        """Enter a contestant: verified, then live or failed. The same entry again is no error.

        With an Idempotency-Key the same call within a day is given the same answer again.
        """
        check(entry, provider)
        entered: list[Model] = []

        async def work() -> Answer:
            model, _ = await register_model(session, sealer, provider, entry)
            if model.state == State.FAILED:
                await set_state(session, model, State.VERIFYING, by=provider.name)
            entered.append(model)
            return Answer(202, Standing(name=model.name, state=model.state).model_dump())

        async with sessions() as session:
            if idempotency_key is None:
                answer = await work()
            else:
                request = f"enter {entry.model_dump_json()}"
                answer = await once(session, sealer, provider, idempotency_key, request, work)
            await session.commit()
        for model in entered:
            verify(model)
        headers = {REPLAYED: "true"} if answer.replayed else None
        return JSONResponse(dict(answer.body), answer.status, headers)

    def verify(model: Model) -> None:
        if model.state is State.VERIFYING:
            prober.soon(code(model))

    @router.get("/models")
    async def list_models(
        provider: by_key,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[str, Query(max_length=96, pattern=r"^[\x20-\x7e]*$")] = "",
    ) -> Page:
        """Your own models by name, a page at a time."""
        async with sessions() as session:
            return await page(session, provider.id or 0, limit, after)

    @router.get("/models/{name:path}/history", responses=UNKNOWN)
    async def show_history(name: ModelPath, provider: by_key) -> History:
        """Every state one of your models was in, and every change, by whom."""
        async with sessions() as session:
            model = await get_model(session, name, provider)
            return await history(session, model, list(await changes_of(session, model)))

    @router.get("/models/{name:path}", response_model=Entered, responses=UNKNOWN | SAME)
    async def show_model(
        name: ModelPath, provider: by_key, if_none_match: Condition = None
    ) -> Response:
        """One of your own models: its state, its last checks, and what it was asked today."""
        async with sessions() as session:
            answer = await answered(session, await get_model(session, name, provider))
        if unchanged(if_none_match, answer.headers["ETag"]):
            return Response(status_code=304, headers={"ETag": answer.headers["ETag"]})
        return answer

    @router.patch(
        "/models/{name:path}",
        response_model=Entered,
        responses=UNKNOWN | CONFLICT | STALE | BROKEN,
    )
    async def change_model(
        name: ModelPath, changes: Changes, provider: by_key, if_match: Condition = None
    ) -> Response:
        """Change the given fields, null clears one. Another address is verified before it is used.

        A null `alias` shows the name in public from now on.
        """
        async with sessions() as session:
            model = await get_model(session, name, provider, lock=True)
            if not still(if_match, model.version):
                raise Stale(f"{name} is at version {model.version} now; read it again")
            await steps.change(
                session,
                sealer,
                model,
                changes,
                lambda entry: check(entry, provider),
                provider.name,
            )
            answer = await answered(session, model)
            await session.commit()
        verify(model)
        return answer

    @router.delete("/models/{name:path}", responses=UNKNOWN)
    async def retire_model(name: ModelPath, provider: by_key) -> Standing:
        """Take it out for ever; its name and its history stay. Twice is no error."""
        return await stepped(steps.retire, name, provider)

    @router.post("/models/{name:path}/pause", responses=UNKNOWN | CONFLICT)
    async def pause_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it for no further battle, until it is resumed."""
        return await stepped(steps.pause, name, provider)

    @router.post("/models/{name:path}/resume", responses=UNKNOWN | CONFLICT)
    async def resume_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it again. Only a paused model is resumed."""
        return await stepped(steps.resume, name, provider)

    async def stepped(step: steps.Step, name: str, provider: Provider) -> Standing:
        async with sessions() as session:
            model = await get_model(session, name, provider, lock=True)
            await step(session, model, provider.name)
            await session.commit()
        verify(model)
        return Standing(name=model.name, state=model.state)

    both = APIRouter()
    both.include_router(router)
    both.include_router(
        account_router(sessions, sealer, prober.gateway.policy, by_key), responses=REFUSALS
    )
    return both


async def answered(session: AsyncSession, model: Model) -> Response:
    """The model as it is shown, with its ETag."""
    body = (await shown(session, model)).model_dump_json().encode()
    headers = {"ETag": tag_of(model.version, body), "Cache-Control": "private, no-cache"}
    return Response(body, headers=headers, media_type="application/json")
