"""The admin API: the operator makes provider accounts and their keys over HTTP, with the token."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving.account_views import AccountView, NewKey, account, accounts, new_key
from serving.accounts import (
    LONGEST_OVERLAP,
    OPERATOR,
    PROVIDER_NAME,
    Scope,
    create_provider,
    disable_provider,
    get_provider,
    revoke_key,
    rotate_key,
)
from serving.audit import ADMIN
from serving.edge import EdgeRoute, operator_only
from serving.entry import Contact, Strict
from serving.errors import Unfit
from serving.sealing import Sealer

PROBLEM: dict[str, Any] = {"content": {"application/problem+json": {}}}
Refusals = dict[int | str, dict[str, Any]]
REFUSALS: Refusals = {
    401: {"description": "Not the operator's token", **PROBLEM},
    413: {"description": "The request is too long", **PROBLEM},
    422: {"description": "The request is not understood", **PROBLEM},
}
BROKEN: Refusals = {400: {"description": "The body is no JSON", **PROBLEM}}
UNKNOWN: Refusals = {404: {"description": "No such provider", **PROBLEM}}
TAKEN: Refusals = {409: {"description": "The name is taken", **PROBLEM}}

ProviderName = Annotated[str, Field(pattern=f"^{PROVIDER_NAME.pattern}$")]
ProviderPath = Annotated[str, Path(pattern=f"^{PROVIDER_NAME.pattern}$")]
KeyPath = Annotated[str, Path(pattern=r"^agon_[0-9a-f]{8}$")]
Days = Annotated[int, Field(ge=1, le=3650)]
LONGEST_HOURS = LONGEST_OVERLAP.days * 24


class NewProvider(Strict):
    """An account to make; its key has these scopes and no end unless one is given."""

    name: ProviderName
    contact: Contact | None = None
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=8)] = (Scope.MODELS,)
    expires_days: Days | None = None


class Rotation(Strict):
    """How long the old keys hold beside the new one, and how long the new one lives."""

    overlap_hours: Annotated[float, Field(ge=0, le=LONGEST_HOURS, allow_inf_nan=False)] = 0.0
    expires_days: Days | None = None


class Accounts(BaseModel):
    """Every account, in the order they were made."""

    providers: list[AccountView]


def admin_router(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, token: str
) -> APIRouter:
    """The routes under /api/v1/admin, for whoever has the operator's token."""
    router = APIRouter(
        prefix="/api/v1/admin/providers",
        tags=["admin"],
        route_class=EdgeRoute,
        responses=REFUSALS,
        dependencies=[Depends(operator_only(token))],
    )
    add_accounts(router, sessions, sealer)
    add_keys(router, sessions, sealer)
    return router


def add_accounts(
    router: APIRouter, sessions: async_sessionmaker[AsyncSession], sealer: Sealer
) -> None:
    """Accounts are made, listed and disabled."""

    @router.post("", status_code=201, responses=TAKEN | BROKEN)
    async def make_provider(new: NewProvider, response: Response) -> NewKey:
        """Make an account; the answer shows its key, and nothing ever will again."""
        check_name(new.name)
        async with sessions() as session:
            days = new.expires_days
            key = await create_provider(
                session, sealer, new.name, new.scopes, lifetime(days), new.contact, ADMIN
            )
            await session.commit()
            return await told_once(session, new.name, key, response)

    @router.get("")
    async def list_accounts() -> Accounts:
        """Every account and its keys, by their prefixes."""
        async with sessions() as session:
            return Accounts(providers=await accounts(session))

    @router.post("/{name}/disable", responses=UNKNOWN)
    async def disable(name: ProviderPath) -> AccountView:
        """Refuse every key of the provider from now on; its models stay as they are."""
        async with sessions() as session:
            provider = await disable_provider(session, name, ADMIN)
            await session.commit()
            return await account(session, provider)


def add_keys(router: APIRouter, sessions: async_sessionmaker[AsyncSession], sealer: Sealer) -> None:
    """An account's keys are replaced and refused."""

    @router.post("/{name}/rotate-key", status_code=201, responses=UNKNOWN | BROKEN)
    async def new_key_of(
        name: ProviderPath, response: Response, how: Rotation = Rotation()
    ) -> NewKey:
        """A new key; the old ones hold for the overlap, or stop at once."""
        check_name(name)
        async with sessions() as session:
            overlap = timedelta(hours=how.overlap_hours)
            key = await rotate_key(
                session, sealer, name, overlap, lifetime(how.expires_days), ADMIN
            )
            await session.commit()
            return await told_once(session, name, key, response)

    @router.delete("/{name}/keys/{prefix}", responses=UNKNOWN)
    async def end_key(name: ProviderPath, prefix: KeyPath) -> AccountView:
        """Refuse one key from now on. Twice is no error."""
        async with sessions() as session:
            await revoke_key(session, name, prefix, ADMIN)
            await session.commit()
            return await account(session, await get_provider(session, name))


def check_name(name: str) -> None:
    """The operator's own account may dial anything: over HTTP nobody is given a key to it."""
    if name == OPERATOR:
        raise Unfit("the operator's own keys are made by the commands on the arena's machine")


def lifetime(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days else None


async def told_once(session: AsyncSession, name: str, key: str, response: Response) -> NewKey:
    response.headers["Cache-Control"] = "no-store"
    return await new_key(session, name, key)
