"""The provider API: a provider enters a contestant, asks after it, pauses and resumes it."""

from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import Message, Receive

from serving.accounts import OPERATOR, authenticate
from serving.entry import Entry, EntryLimits, EntryParams, Name
from serving.errors import AddressRefused, KeyRefused, NameTaken, NotFound, WrongState
from serving.probe import Prober
from serving.problems import Problem
from serving.registry import code, entry_of, get_model, register_model, set_state
from serving.sealing import Sealer
from serving.tables import Model, Provider, State

BODY_BYTES = 64 * 1024
PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No provider key, or one that is unknown or disabled", **PROBLEM},
    422: {"description": "The request is not understood", **PROBLEM},
}
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Not a model of yours", **PROBLEM}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "Not in this state", **PROBLEM}}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "The name is taken", **PROBLEM}}

ModelPath = Annotated[Name, Path(description="The name the model was entered under.")]


class Standing(BaseModel):
    """Where a model stands."""

    name: str
    state: State


class Entered(Standing):
    """All that is held of a model, but its key."""

    detail: str | None
    base_url: str | None
    upstream_model: str | None
    organization: str | None
    license: str | None
    alias: str | None
    params: EntryParams
    limits: EntryLimits
    created: datetime
    changed: datetime


class BoundedRoute(APIRoute):
    """Refuses a body over BODY_BYTES while it is read, whatever its Content-Length says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def bounded_handler(request: Request) -> Response:
            return await handler(Request(request.scope, bounded(request.receive)))

        return bounded_handler


def bounded(receive: Receive) -> Receive:
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES:
            raise Problem(413, "The request is too long", f"At most {BODY_BYTES} bytes are read.")
        return message

    return counting


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
        prefix="/api/v1/provider",
        tags=["provider"],
        route_class=BoundedRoute,
        responses=REFUSALS,
    )
    bearer = HTTPBearer(auto_error=False, description="A provider key: `arena providers create`")

    async def known_provider(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Provider:
        try:
            async with sessions() as session:
                key = credentials.credentials if credentials else ""
                return await authenticate(session, sealer, key)
        except KeyRefused as error:
            headers = {"WWW-Authenticate": "Bearer"}
            hint = "Send `Authorization: Bearer <provider key>`."
            raise Problem(401, "The provider key is unknown or disabled", hint, headers) from error

    by_key = Annotated[Provider, Depends(known_provider)]

    @router.post("/models", status_code=202, responses=TAKEN)
    async def enter_model(entry: Entry, provider: by_key) -> Standing:
        """Enter a contestant: verified, then live or failed. The same entry again is no error."""
        if provider.name != OPERATOR or entry.base_url not in own_engines:
            check_address(prober, entry)
        async with sessions() as session:
            try:
                model, _ = await register_model(session, sealer, provider, entry)
            except NameTaken as error:
                raise Problem(409, "The name is taken", str(error)) from error
            if model.state == State.FAILED:
                await set_state(session, model, State.VERIFYING)
            await session.commit()
            if model.state == State.VERIFYING:
                prober.soon(code(model))
            return Standing(name=model.name, state=model.state)

    @router.get("/models/{name:path}", responses=UNKNOWN)
    async def show_model(name: ModelPath, provider: by_key) -> Entered:
        """One of your own models, with its state and, where it failed, the reason."""
        async with sessions() as session:
            model = await own_model(session, name, provider)
            return shown(model, await entry_of(session, sealer, model))

    @router.post("/models/{name:path}/pause", responses=UNKNOWN | CONFLICT)
    async def pause_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it for no further battle, until it is resumed."""
        return await moved(sessions, name, provider, State.PAUSED)

    @router.post("/models/{name:path}/resume", responses=UNKNOWN | CONFLICT)
    async def resume_model(name: ModelPath, provider: by_key) -> Standing:
        """Draw it again. Only a paused model is resumed."""
        return await moved(sessions, name, provider, State.LIVE)

    return router


def check_address(prober: Prober, entry: Entry) -> None:
    try:
        prober.gateway.policy.check_url(entry.base_url)
    except AddressRefused as error:
        raise Problem(422, "The base URL is not dialled", str(error)) from error


async def own_model(session: AsyncSession, name: str, provider: Provider) -> Model:
    try:
        return await get_model(session, name, provider)
    except NotFound as error:
        raise Problem(404, "Not a model of yours", str(error)) from error


async def moved(
    sessions: async_sessionmaker[AsyncSession], name: str, provider: Provider, state: State
) -> Standing:
    """A provider pauses what is live and resumes what is paused, nothing else."""
    other = State.LIVE if state == State.PAUSED else State.PAUSED
    async with sessions() as session:
        model = await own_model(session, name, provider)
        try:
            if model.state not in (state, other):
                raise WrongState(f"{name} is {model.state}: it cannot become {state}")
            await set_state(session, model, state)
        except WrongState as error:
            raise Problem(409, "The model's state does not allow it", str(error)) from error
        await session.commit()
        return Standing(name=model.name, state=model.state)


def shown(model: Model, entry: Entry | None) -> Entered:
    return Entered(
        name=model.name,
        state=model.state,
        detail=model.detail,
        base_url=entry.base_url if entry else None,
        upstream_model=entry.upstream_model if entry else None,
        organization=model.organization,
        license=model.license,
        alias=model.alias,
        params=EntryParams.model_validate(model.params),
        limits=EntryLimits.model_validate(model.limits),
        created=model.created,
        changed=model.changed,
    )
