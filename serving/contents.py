"""What a model is entered as, written to its rows and read back from them: fields and endpoints."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.entry import Entry
from serving.errors import SealBroken
from serving.sealing import Sealer
from serving.tables import Endpoint, Model
from serving.target import Route


def describe(model: Model, entry: Entry) -> None:
    """Write down what the entry says of the model, but its names and where it answers."""
    model.organization = entry.organization
    model.license = entry.license
    model.contact = entry.contact
    model.context_length = entry.context_length
    model.system_prompt = entry.system_prompt
    model.modalities = list(entry.modalities)
    model.price = entry.price.model_dump() if entry.price else None
    model.params = entry.params.model_dump(mode="json", exclude_defaults=True)
    model.limits = entry.limits.model_dump(mode="json", exclude_defaults=True)
    model.timeouts = entry.timeouts.model_dump(mode="json", exclude_defaults=True)


def told_of(entry: Entry) -> dict[str, Any]:
    """An entry as the audit compares it, with its secrets."""
    return entry.whole().model_dump(mode="json")


async def replace_endpoints(
    session: AsyncSession, sealer: Sealer, model: Model, routes: Iterable[Route]
) -> bool:
    """The model answers at these addresses from now on; gives whether that is a change.

    An endpoint that stays keeps its id and what the breaker knows of it; from the first that moved
    on they are new, for the order is kept and an id never comes to mean another address.
    """
    wanted, held = list(routes), await endpoints_of(session, model)
    same = 0
    for old, new in zip(held, wanted, strict=False):
        if (old.base_url, old.upstream_model) != (new.base_url, new.upstream_model):
            break
        same += 1
    changed = len(held) != same or len(wanted) != same
    for old in held[same:]:
        await session.delete(old)
    await session.flush()
    for old, new in zip(held[:same], wanted[:same], strict=True):
        changed = write_route(sealer, old, new) or changed
    for new in wanted[same:]:
        fresh = Endpoint(
            model_id=code(model), base_url=new.base_url, upstream_model=new.upstream_model
        )
        write_route(sealer, fresh, new)
        session.add(fresh)
        await session.flush()
    await session.flush()
    return changed


def write_route(sealer: Sealer, end: Endpoint, route: Route) -> bool:
    """How the address is called, by the route; a key that stays is not sealed anew."""
    same_key = holds_key(sealer, end, route.api_key or None)
    held = (end.protocol, end.weight, end.capacity)
    if same_key and held == (route.protocol, route.weight, route.capacity):
        return False
    if not same_key:
        end.api_key = sealer.seal(route.api_key) if route.api_key else None
    end.protocol, end.weight, end.capacity = route.protocol, route.weight, route.capacity
    return True


def holds_key(sealer: Sealer, end: Endpoint, key: str | None) -> bool:
    """A key that cannot be opened any more is another one."""
    try:
        return opened_key(sealer, end) == key
    except SealBroken:
        return False


async def endpoints_of(session: AsyncSession, model: Model) -> Sequence[Endpoint]:
    """Where the model answers, its first address first."""
    query = select(Endpoint).where(col(Endpoint.model_id) == model.id).order_by(col(Endpoint.id))
    return (await session.execute(query)).scalars().all()


async def entry_of(session: AsyncSession, sealer: Sealer, model: Model) -> Entry | None:
    """What the model is entered as, read back with its keys; None where it has no endpoint."""
    ends = await endpoints_of(session, model)
    if not ends:
        return None
    first, *further = [
        {
            "base_url": end.base_url,
            "upstream_model": end.upstream_model,
            "api_key": opened_key(sealer, end),
            "protocol": end.protocol,
            "weight": end.weight,
            "capacity": end.capacity,
        }
        for end in ends
    ]
    return Entry.model_validate(
        {
            **first,
            "endpoints": further,
            "name": model.name,
            "alias": None if model.released else model.alias,
            "organization": model.organization,
            "license": model.license,
            "contact": model.contact,
            "context_length": model.context_length,
            "system_prompt": model.system_prompt,
            "modalities": model.modalities,
            "price": model.price,
            "params": model.params,
            "limits": model.limits,
            "timeouts": model.timeouts,
        }
    )


def opened_key(sealer: Sealer, end: Endpoint) -> str | None:
    return sealer.open(end.api_key) if end.api_key else None


def code(model: Model) -> int:
    """The model's code for ever; it has one from the moment it is flushed."""
    assert model.id is not None
    return model.id
