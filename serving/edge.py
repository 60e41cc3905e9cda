"""The edge of the provider and admin APIs: bounded bodies, keys, our errors as problems."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.types import Message, Receive

from serving.accounts import Scope, authenticate, rehash
from serving.errors import (
    AddressRefused,
    KeyRefused,
    NameTaken,
    NotFound,
    RegistryError,
    ScopeMissing,
    SealBroken,
    ServingError,
    Stale,
    Unfit,
    WrongState,
)
from serving.problems import Problem
from serving.sealing import Sealer
from serving.tables import Provider

BODY_BYTES = 64 * 1024
CHALLENGE = {"WWW-Authenticate": "Bearer"}
BY_KEY = HTTPBearer(auto_error=False, description="A provider key: `arena providers create`")
BY_TOKEN = HTTPBearer(
    auto_error=False, scheme_name="OperatorToken", description="The operator's token"
)

# In order: the first that the error is an instance of.
ANSWERS: tuple[tuple[type[ServingError], int, str], ...] = (
    (KeyRefused, 401, "The provider key is unknown or disabled"),
    (ScopeMissing, 403, "The key does not open this"),
    (NotFound, 404, "There is no such thing of yours"),
    (NameTaken, 409, "The name is taken"),
    (WrongState, 409, "The model's state does not allow it"),
    (Stale, 412, "It has changed since you read it"),
    (AddressRefused, 422, "The address is not dialled"),
    (SealBroken, 503, "A stored secret cannot be opened; tell the operator"),
    (Unfit, 422, "It does not fit what is held"),
    (RegistryError, 422, "The request is not understood"),
)


def problem_of(error: ServingError) -> Problem:
    for kind, status, title in ANSWERS:
        if isinstance(error, kind):
            return Problem(status, title, str(error), CHALLENGE if status == 401 else None)
    raise error


class EdgeRoute(APIRoute):
    """Refuses a body over BODY_BYTES while it is read, and says our errors as problems."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(Request(request.scope, bounded(request.receive)))
            except ServingError as error:
                raise problem_of(error) from error
            except ValidationError as error:
                faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
                raise RequestValidationError(faults) from error

        return answered


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


KeyHolder = Callable[..., Coroutine[Any, Any, Provider]]


def key_holder(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, scope: Scope
) -> KeyHolder:
    """A dependency that gives the provider whose key the request carries, if it opens `scope`."""

    async def known_provider(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BY_KEY)],
    ) -> Provider:
        if credentials is None:
            raise KeyRefused("send `Authorization: Bearer <provider key>`")
        async with sessions() as session:
            provider = await authenticate(session, sealer, credentials.credentials, scope)
            if sealer.has_older:
                await rehash(session, sealer, credentials.credentials)
                await session.commit()
            return provider

    return known_provider


def operator_only(token: str) -> Callable[..., Coroutine[Any, Any, None]]:
    """A dependency that lets the operator's token through; an empty one lets nobody."""

    async def known_operator(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BY_TOKEN)],
    ) -> None:
        given = credentials.credentials.encode() if credentials else b""
        if not hmac.compare_digest(given, token.encode()) or not token:
            hint = "Send `Authorization: Bearer <operator token>`."
            raise Problem(401, "This is for the operator", hint, CHALLENGE)

    return known_operator
