"""The house's own contestants: what its engines serve, entered under the operator's account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena.errors import Misconfigured
from arena.settings import Settings
from arena.store.session import Store
from serving import accounts, registry
from serving.accounts import OPERATOR
from serving.audit import ARENA, note
from serving.contents import code, replace_endpoints
from serving.dial import DialPolicy
from serving.entry import Entry, EntryParams
from serving.errors import NotFound
from serving.gateway import open_gateway
from serving.probe import Verdict, verify
from serving.sealing import Sealer
from serving.steps import MOVED
from serving.tables import Endpoint, Model, Provider, State
from serving.target import Route


@dataclass(frozen=True, slots=True)
class House:
    """One contestant of the house: its name, where its engine answers, how it is asked."""

    name: str
    route: Route
    params: EntryParams = field(default_factory=EntryParams)
    organization: str | None = None
    license: str | None = None
    context_length: int | None = None


async def operator(session: AsyncSession, sealer: Sealer) -> Provider:
    """The operator's own account; its key is never shown, so nobody signs in as it."""
    try:
        return await accounts.get_provider(session, OPERATOR)
    except NotFound:
        await accounts.create_provider(session, sealer, OPERATOR)
        return await accounts.get_provider(session, OPERATOR)


async def move(store: Store, moved: Mapping[str, str]) -> None:
    """Whoever is entered at an engine's old address is found at its new one."""
    async with store.write() as session:
        for old, new in moved.items():
            change = update(Endpoint).where(col(Endpoint.base_url) == old).values(base_url=new)
            if (await session.execute(change.returning(col(Endpoint.id)))).all():
                note(session, ARENA, MOVED, base_url=[old, new])


async def enter(store: Store, sealer: Sealer, contestants: Sequence[House]) -> None:
    """Enter the contestants, or move them to where their engine answers today, and open them.

    Raises:
        Misconfigured: a name belongs to a contestant of somebody else.
    """
    async with store.write() as session:
        account = await operator(session, sealer)
        for house in contestants:
            model = await _entered(session, sealer, account, house)
            if await replace_endpoints(session, sealer, model, [house.route]):
                note(session, ARENA, MOVED, model, base_url=house.route.base_url)
            model.context_length = house.context_length or model.context_length
            if model.state in (State.VERIFYING, State.FAILED):
                if model.state is State.FAILED:
                    await registry.set_state(session, model, State.VERIFYING)
                await registry.set_state(session, model, State.LIVE, "served by the arena's engine")


async def _entered(session: AsyncSession, sealer: Sealer, account: Provider, house: House) -> Model:
    entry = Entry(
        name=house.name,
        base_url=house.route.base_url,
        upstream_model=house.route.upstream_model,
        api_key=house.route.api_key,
        organization=house.organization,
        license=house.license,
        params=house.params,
    )
    found = await registry.bearing(session, entry)
    if not found:
        return await registry.add_model(session, sealer, account, entry)
    if found[0].provider_id != account.id:
        raise Misconfigured(f"{house.name!r} is another provider's contestant; rename the engine's")
    return found[0]


async def enter_by_hand(store: Store, settings: Settings, fields: Mapping[str, Any]) -> None:
    """Enter a contestant for the operator, at any address; it is verified next.

    Raises:
        Misconfigured: a field cannot be used. RegistryError: the name is taken.
    """
    try:
        entry = Entry(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise Misconfigured(f"{first['loc'][0]}: {first['msg']}") from error
    sealer = Sealer(settings.secret, settings.old_secrets)
    async with store.write() as session:
        await registry.register_model(session, sealer, await operator(session, sealer), entry)


async def probe(store: Store, settings: Settings, name: str) -> Verdict:
    """Verify a contestant now and set its state.

    The operator's own contestants may live anywhere, others only where providers may.
    """
    sealer = Sealer(settings.secret, settings.old_secrets)
    async with store.write() as session:
        model = await registry.get_model(session, name)
        if model.state is not State.VERIFYING:
            await registry.set_state(session, model, State.VERIFYING, by=OPERATOR)
    async with open_gateway(policy=DialPolicy.of(*settings.allow_hosts)) as gateway:
        return await verify(store.writers, sealer, gateway, code(model))
