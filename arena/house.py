"""The house's own contestants: what its engines serve, entered under the operator's account."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from arena.errors import Misconfigured
from arena.store.session import Store
from serving import accounts, registry
from serving.entry import Entry, EntryParams
from serving.errors import NotFound
from serving.sealing import Sealer
from serving.tables import Model, Provider, State
from serving.target import Route

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class House:
    """One contestant of the house: its name, where its engine answers, how it is asked."""

    name: str
    route: Route
    params: EntryParams = field(default_factory=EntryParams)
    organization: str | None = None
    license: str | None = None


async def operator(session: AsyncSession, sealer: Sealer) -> Provider:
    """The operator's own account; its key is never shown, so nobody signs in as it."""
    try:
        return await accounts.get_provider(session, OPERATOR)
    except NotFound:
        await accounts.create_provider(session, sealer, OPERATOR)
        return await accounts.get_provider(session, OPERATOR)


async def enter(store: Store, sealer: Sealer, contestants: Sequence[House]) -> None:
    """Enter the contestants, or move them to where their engine answers today, and open them.

    Raises:
        Misconfigured: a name belongs to a contestant of somebody else.
    """
    async with store.write() as session:
        account = await operator(session, sealer)
        for house in contestants:
            model = await _entered(session, sealer, account, house)
            await registry.replace_endpoints(session, sealer, model, [house.route])
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
