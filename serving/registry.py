"""The registry of contestants: entered once, moved from state to state, never deleted.

Every function takes the session first and flushes; the caller commits.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from serving.accounts import OPERATOR
from serving.audit import ARENA, masked, note
from serving.chat import Params
from serving.contents import code, describe, entry_of, opened_key, replace_endpoints
from serving.entry import Entry, EntryLimits, EntryParams
from serving.errors import NameTaken, NotFound, WrongState
from serving.patience import Patience
from serving.sealing import Sealer
from serving.tables import Endpoint, Model, Provider, State, StateChange, now
from serving.target import Price, Quota, Route, Target
from serving.webhooks import announce

ALLOWED: dict[State, frozenset[State]] = {
    State.VERIFYING: frozenset({State.LIVE, State.FAILED, State.PAUSED, State.RETIRED}),
    State.LIVE: frozenset({State.PAUSED, State.FAILED, State.VERIFYING, State.RETIRED}),
    State.PAUSED: frozenset({State.LIVE, State.VERIFYING, State.RETIRED}),
    State.FAILED: frozenset({State.VERIFYING, State.PAUSED, State.RETIRED}),
    State.RETIRED: frozenset(),
}


async def register_model(
    session: AsyncSession, sealer: Sealer, provider: Provider, entry: Entry
) -> tuple[Model, bool]:
    """The model and whether it is new; the same entry by the same provider again changes nothing.

    Raises NameTaken where the name or the alias stands for another model or for other content.
    """
    found = await bearing(session, entry)
    if not found:
        try:
            async with session.begin_nested():
                return await add_model(session, sealer, provider, entry), True
        except IntegrityError:
            # Another process entered the name between our look and our write: look again.
            found = await bearing(session, entry)
    if len(found) == 1 and found[0].provider_id == provider.id:
        model = found[0]
        if await entry_of(session, sealer, model) == entry.whole():
            return model, False
    raise NameTaken(f"{entry.name!r} is taken: a contestant has this name or alias already")


async def bearing(session: AsyncSession, entry: Entry) -> Sequence[Model]:
    """Models known by the entry's name or alias, in any case of letters."""
    words = [word.lower() for word in (entry.name, entry.alias) if word]
    query = select(Model).where(
        or_(func.lower(Model.name).in_(words), func.lower(Model.alias).in_(words))
    )
    return (await session.execute(query)).scalars().all()


async def add_model(
    session: AsyncSession, sealer: Sealer, provider: Provider, entry: Entry
) -> Model:
    assert provider.id is not None
    model = Model(name=entry.name, alias=entry.alias, provider_id=provider.id)
    describe(model, entry)
    session.add(model)
    await session.flush()
    session.add(StateChange(model_id=code(model), state=model.state))
    said = masked(entry.model_dump(mode="json", exclude_defaults=True))
    note(session, provider.name, "entered", model, **said)
    await replace_endpoints(session, sealer, model, entry.routes())
    return model


async def get_model(
    session: AsyncSession, name: str, provider: Provider | None = None, lock: bool = False
) -> Model:
    """By name; with a provider only its own, so that nobody learns of another's entries.

    `lock` keeps every other writer of this model waiting until the transaction ends.
    """
    query = select(Model).where(col(Model.name) == name)
    if provider is not None:
        query = query.where(col(Model.provider_id) == provider.id)
    if lock:
        query = query.with_for_update()
    model = (await session.execute(query)).scalar_one_or_none()
    if model is None:
        raise NotFound(f"no model is named {name!r}")
    return model


async def list_models(session: AsyncSession) -> list[Model]:
    """Every contestant ever entered, in order of entry, retired ones too."""
    return list((await session.execute(select(Model).order_by(col(Model.id)))).scalars())


async def state_changes(session: AsyncSession, model: Model) -> list[StateChange]:
    query = select(StateChange).where(col(StateChange.model_id) == model.id)
    return list((await session.execute(query.order_by(col(StateChange.id)))).scalars())


async def set_state(
    session: AsyncSession,
    model: Model,
    state: State,
    detail: str | None = None,
    by: str = ARENA,
) -> None:
    """Move the model and note when, why and by whom; to be where one is already is no change."""
    if model.state == state:
        return
    if state not in ALLOWED[model.state]:
        raise WrongState(f"{model.name} is {model.state}: it cannot become {state}")
    previous, model.state, model.changed = model.state, state, now()
    model.detail = detail[:500] if detail else None
    model.version += 1
    session.add(StateChange(model_id=code(model), state=state, detail=model.detail))
    note(session, by, state.value, model, **({"why": model.detail} if model.detail else {}))
    await announce(session, model, previous)
    await session.flush()


async def live_targets(session: AsyncSession, sealer: Sealer) -> list[Target]:
    """What may be drawn for a battle now, in order of entry."""
    query = select(Model).where(col(Model.state) == State.LIVE).order_by(col(Model.id))
    models = (await session.execute(query)).scalars().all()
    return await targets_of(session, sealer, models)


async def count_live(session: AsyncSession) -> int:
    query = select(func.count()).select_from(Model).where(col(Model.state) == State.LIVE)
    return (await session.execute(query)).scalar_one()


async def target_of(session: AsyncSession, sealer: Sealer, model: Model) -> Target:
    return (await targets_of(session, sealer, [model]))[0]


async def targets_of(
    session: AsyncSession, sealer: Sealer, models: Sequence[Model]
) -> list[Target]:
    """The models as the gateway takes them, with their keys opened."""
    operators = select(Provider.id).where(col(Provider.name) == OPERATOR)
    operator = (await session.execute(operators)).scalar_one_or_none()
    own = {model.id for model in models if model.provider_id == operator}
    query = select(Endpoint).where(col(Endpoint.model_id).in_([model.id for model in models]))
    routes: dict[int, list[Route]] = defaultdict(list)
    for end in (await session.execute(query.order_by(col(Endpoint.id)))).scalars():
        routes[end.model_id].append(route_of(sealer, end, end.model_id in own))
    return [target_from(model, tuple(routes[code(model)])) for model in models]


def route_of(sealer: Sealer, end: Endpoint, trusted: bool) -> Route:
    return Route(
        base_url=end.base_url,
        upstream_model=end.upstream_model,
        api_key=opened_key(sealer, end),
        weight=end.weight,
        trusted=trusted,
        id=end.id,
        protocol=end.protocol,
        capacity=end.capacity,
        failures=end.failures,
        cooling_until=end.cooling_until,
    )


def target_from(model: Model, routes: tuple[Route, ...]) -> Target:
    return Target(
        model_id=code(model),
        name=model.name,
        routes=routes,
        params=Params(**EntryParams.model_validate(model.params).model_dump()),
        quota=Quota(**EntryLimits.model_validate(model.limits).model_dump()),
        context_length=model.context_length,
        system_prompt=model.system_prompt,
        price=Price(**model.price) if model.price else None,
        patience=Patience(**model.timeouts) if model.timeouts else None,
    )
