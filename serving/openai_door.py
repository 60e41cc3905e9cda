"""The OpenAI-compatible door: /v1/chat/completions and /v1/models for keys with the scope `chat`.

Who may call what: a live contestant whose name is public is called by that name. A pre-release one
answers its own provider alone, live or paused: to anyone else it is not there, under its alias no
more than under its name, so that nobody can put a prompt to it and compare the answer with those
of a hidden side in a battle.
"""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, or_, select
from starlette.exceptions import HTTPException

from serving.accounts import PREFIX_LENGTH, Scope, authenticate
from serving.errors import GatewayError, KeyRefused, ScopeMissing, SealBroken, TooLong
from serving.gateway import Gateway
from serving.openai_answer import ChatAnswer, Envelope
from serving.openai_errors import UPSTREAM, ApiError, from_gateway
from serving.openai_pace import Pace
from serving.openai_request import Asked, read_request
from serving.recall import Recall
from serving.registry import target_of
from serving.release import hidden, public_name
from serving.sealing import Sealer
from serving.tables import Model, Provider, State
from serving.target import Target

# How much longer than the contestant may take to speak the caller may take to listen.
LISTENING_S = 60.0
# How long a key and a model are taken for what they were: a revoked key ends so much later.
KNOWN_S = 1.0


class ShapedRoute(APIRoute):
    """Whatever goes wrong is said in OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def shaped(request: Request) -> Response:
            try:
                return await handler(request)
            except ApiError as error:
                return error.response()
            except HTTPException as error:
                return ApiError(error.status_code, str(error.detail)).response()

        return shaped


class Door:
    """The routes; `sessions` are only read from, and none is held while a model speaks."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        sealer: Sealer,
        gateway: Gateway,
        pace: Pace,
    ) -> None:
        self._sessions = sessions
        self._sealer = sealer
        self._gateway = gateway
        self._pace = pace
        self._providers = Recall[str, Provider](KNOWN_S)
        self._models = Recall[tuple[int | None, str], tuple[str, Target]](KNOWN_S)

    async def list_models(self, request: Request) -> Response:
        async with self._sessions() as session:
            provider = await self._caller(session, key_of(request))
            models = await callable_models(session, provider)
        return written({"object": "list", "data": [shown(model) for model in models]})

    async def show_model(self, request: Request, name: str) -> Response:
        async with self._sessions() as session:
            provider = await self._caller(session, key_of(request))
            return written(shown(await called(session, provider, name)))

    async def complete(self, request: Request) -> Response:
        key = key_of(request)
        provider = await self._providers.get(key, lambda: self._known(key))
        await self._pace.hit(key[:PREFIX_LENGTH])
        asked = read_request(await request.body())
        name, target = await self._models.get(
            (provider.id, asked.model), lambda: self._found(provider, asked.model)
        )
        refuse_what_would_be_cut(self._gateway, target, asked)
        patience = target.patience or self._gateway.patience
        parts = self._gateway.stream(target, asked.messages, asked.params)
        envelope = Envelope(name, asked.usage)
        return ChatAnswer(parts, envelope, asked.stream, patience.total + LISTENING_S)

    async def _known(self, key: str) -> Provider:
        async with self._sessions() as session:
            return await self._caller(session, key)

    async def _found(self, provider: Provider, name: str) -> tuple[str, Target]:
        async with self._sessions() as session:
            model = await called(session, provider, name)
            return public_name(model), await opened(session, self._sealer, model)

    async def _caller(self, session: AsyncSession, key: str) -> Provider:
        try:
            return await authenticate(session, self._sealer, key, Scope.CHAT)
        except KeyRefused as error:
            raise ApiError(401, str(error), code="invalid_api_key") from error
        except ScopeMissing as error:
            raise ApiError(403, str(error), "permission_error", code="missing_scope") from error


def openai_router(
    sessions: async_sessionmaker[AsyncSession],
    sealer: Sealer,
    gateway: Gateway,
    per_minute: int = 0,
) -> APIRouter:
    """The routes under /v1; a key may ask so many times a minute, 0 is no limit."""
    router = APIRouter(prefix="/v1", route_class=ShapedRoute, include_in_schema=False)
    door = Door(sessions, sealer, gateway, Pace(per_minute))
    router.get("/models")(door.list_models)
    router.get("/models/{name:path}")(door.show_model)
    router.post("/chat/completions")(door.complete)
    return router


def key_of(request: Request) -> str:
    """The key the request carries; raises ApiError 401 where it carries none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise ApiError(401, "send `Authorization: Bearer <key>`", code="invalid_api_key")
    return key.strip()


def refuse_what_would_be_cut(gateway: Gateway, target: Target, asked: Asked) -> None:
    """In a battle the oldest turns that do not fit stay out; here the caller chooses."""
    try:
        excess = gateway.excess(target, asked.messages, asked.params)
    except GatewayError as error:
        raise from_gateway(error) from error
    if excess:
        raise from_gateway(TooLong(f"{target.name}: {excess} turns do not fit"))


async def callable_models(session: AsyncSession, provider: Provider) -> list[Model]:
    """Everything this provider may call, in order of entry."""
    standing = col(Model.state).in_([State.LIVE, State.PAUSED])
    found = await session.execute(select(Model).where(standing).order_by(col(Model.id)))
    return [model for model in found.scalars() if may_call(provider, model)]


async def called(session: AsyncSession, provider: Provider, name: str) -> Model:
    """By its public name, or by the name its own provider gave it; 404 for all else."""
    either = or_(col(Model.name) == name, col(Model.alias) == name)
    for model in (await session.execute(select(Model).where(either))).scalars():
        own = model.provider_id == provider.id
        if may_call(provider, model) and name in (public_name(model), model.name if own else None):
            return model
    why = f"The model {name!r} does not exist or is not yours to call."
    raise ApiError(404, why, param="model", code="model_not_found")


def may_call(provider: Provider, model: Model) -> bool:
    """One's own while it is live or paused; others' while they are live and their name is out."""
    if model.provider_id == provider.id:
        return model.state in (State.LIVE, State.PAUSED)
    return model.state == State.LIVE and not hidden(model)


async def opened(session: AsyncSession, sealer: Sealer, model: Model) -> Target:
    try:
        return await target_of(session, sealer, model)
    except SealBroken as error:
        why = "The model cannot be reached at the moment."
        raise ApiError(503, why, UPSTREAM, code="no_endpoint") from error


def shown(model: Model) -> dict[str, Any]:
    return {
        "id": public_name(model),
        "object": "model",
        "created": int(model.created.timestamp()),
        "owned_by": model.organization or "unknown",
    }


def written(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
