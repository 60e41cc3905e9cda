"""What the provider API shows of a model: everything that is held but its keys."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.contents import code, endpoints_of
from serving.entry import EntryLimits, EntryParams, EntryPrice, EntryTimeouts
from serving.registry import state_changes
from serving.tables import Check, Endpoint, Model, RegistryChange, State, UsageDay, now


class Standing(BaseModel):
    """Where a model stands."""

    name: str
    state: State


class EndpointView(BaseModel):
    """One address; `cooling_until` where it was taken out for a while."""

    base_url: str
    upstream_model: str
    protocol: str
    weight: int
    capacity: int | None
    has_api_key: bool
    cooling_until: datetime | None


class CheckView(BaseModel):
    """What one check of the last verification saw; `passed` is null for what is only recorded."""

    base_url: str
    name: str
    passed: bool | None
    words: str
    at: datetime


class UsageView(BaseModel):
    """What was asked of the model on one day (UTC); cost in US dollars."""

    day: date
    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0


class Entered(Standing):
    """All that is held of a model; the first endpoint is at the top, `endpoints` are the further.

    `version` counts the changes.
    """

    detail: str | None
    base_url: str | None
    upstream_model: str | None
    protocol: str
    weight: int
    capacity: int | None
    has_api_key: bool
    cooling_until: datetime | None
    endpoints: list[EndpointView]
    organization: str | None
    license: str | None
    contact: str | None
    alias: str | None
    released: datetime | None
    context_length: int | None
    modalities: list[str]
    system_prompt: str | None
    price: EntryPrice | None
    params: EntryParams
    limits: EntryLimits
    timeouts: EntryTimeouts
    checks: list[CheckView]
    usage_today: UsageView
    version: int
    created: datetime
    changed: datetime
    checked: datetime | None


class Listed(Standing):
    """One line of the list."""

    alias: str | None
    detail: str | None
    created: datetime
    changed: datetime


class Page(BaseModel):
    """Models by name; `next` is what to give as `after` for the page behind, null at the end."""

    models: list[Listed]
    next: str | None


class StateView(BaseModel):
    """A state the model was in from this moment on."""

    state: State
    detail: str | None
    at: datetime


class ChangeView(BaseModel):
    """A change, by whom; in `detail` by field the old and the new value, never a secret."""

    at: datetime
    by: str
    action: str
    detail: dict[str, Any]


class History(BaseModel):
    """All that ever happened to a model, oldest first."""

    states: list[StateView]
    changes: list[ChangeView]


async def shown(session: AsyncSession, model: Model) -> Entered:
    ends = [endpoint_view(end) for end in await endpoints_of(session, model)]
    first = ends[0].model_dump() if ends else NOWHERE
    return Entered.model_validate(
        {
            **model.model_dump(),
            **first,
            "endpoints": ends[1:],
            "checks": await checks_of(session, model),
            "usage_today": await usage_of(session, model, now().date()),
        }
    )


NOWHERE = {
    "base_url": None,
    "upstream_model": None,
    "protocol": "openai",
    "weight": 1,
    "capacity": None,
    "has_api_key": False,
    "cooling_until": None,
}


def endpoint_view(end: Endpoint) -> EndpointView:
    return EndpointView(**end.model_dump(), has_api_key=end.api_key is not None)


async def checks_of(session: AsyncSession, model: Model) -> list[CheckView]:
    query = select(Check).where(col(Check.model_id) == code(model)).order_by(col(Check.id))
    found = (await session.execute(query)).scalars()
    return [CheckView(**check.model_dump()) for check in found]


async def usage_of(session: AsyncSession, model: Model, day: date) -> UsageView:
    found = await session.get(UsageDay, (code(model), day))
    return UsageView(**found.model_dump()) if found else UsageView(day=day)


async def page(session: AsyncSession, provider_id: int, limit: int, after: str) -> Page:
    """One provider's own models in the order of their names, those behind `after`."""
    query = select(Model).where(col(Model.provider_id) == provider_id, col(Model.name) > after)
    query = query.order_by(col(Model.name)).limit(limit + 1)
    found = (await session.execute(query)).scalars().all()
    listed = [Listed(**model.model_dump()) for model in found[:limit]]
    return Page(models=listed, next=listed[-1].name if len(found) > limit else None)


async def history(session: AsyncSession, model: Model, changes: "list[RegistryChange]") -> History:
    return History(
        states=[StateView(**one.model_dump()) for one in await state_changes(session, model)],
        changes=[
            ChangeView(at=one.at, by=one.actor, action=one.action, detail=one.detail)
            for one in changes
        ],
    )
