"""What the provider API does: each call in a transaction of its own, and a probe where one is due.

The routes (serving/provider_api.py) only translate.
"""

from collections.abc import Collection
from dataclasses import dataclass

from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving import provider_views, steps
from serving.accounts import OPERATOR
from serving.audit import changes_of
from serving.changes import Changes
from serving.contents import code
from serving.entry import Entry
from serving.errors import Stale
from serving.etags import still, tag_of
from serving.idempotency import Answer, once
from serving.probe import Prober
from serving.provider_views import History, Page, Standing
from serving.registry import get_model, register_model, set_state
from serving.sealing import Sealer
from serving.tables import Model, Provider, State


@dataclass(frozen=True, slots=True)
class Desk:
    """Where providers are served; `own_engines` are base URLs that only the operator may enter."""

    sessions: async_sessionmaker[AsyncSession]
    sealer: Sealer
    prober: Prober
    own_engines: Collection[str]

    async def enter(self, entry: Entry, provider: Provider, call_key: str | None) -> Answer:
        """Enter it and begin to verify it; with a key the same call is answered alike."""
        self.check(entry, provider)
        entered: list[Model] = []

        async def work() -> Answer:
            model, _ = await register_model(session, self.sealer, provider, entry)
            if model.state == State.FAILED:
                await set_state(session, model, State.VERIFYING, by=provider.name)
            entered.append(model)
            return Answer(202, Standing(name=model.name, state=model.state).model_dump())

        async with self.sessions() as session:
            if call_key is None:
                answer = await work()
            else:
                request = f"enter {entry.model_dump_json()}"
                answer = await once(session, self.sealer, provider, call_key, request, work)
            await session.commit()
        for model in entered:
            self.verify(model)
        return answer

    async def change(
        self, name: str, changes: Changes, provider: Provider, if_match: str | None
    ) -> Response:
        """Lay the changes over it; raises what `steps.change` raises, and Stale."""
        async with self.sessions() as session:
            model = await get_model(session, name, provider, lock=True)
            if not still(if_match, model.version):
                raise Stale(f"{name} is at version {model.version} now; read it again")
            await steps.change(
                session,
                self.sealer,
                model,
                changes,
                lambda entry: self.check(entry, provider),
                provider.name,
            )
            answer = await answered(session, model)
            await session.commit()
        self.verify(model)
        return answer

    async def step(self, step: steps.Step, name: str, provider: Provider) -> Standing:
        async with self.sessions() as session:
            model = await get_model(session, name, provider, lock=True)
            await step(session, model, provider.name)
            await session.commit()
        self.verify(model)
        return Standing(name=model.name, state=model.state)

    async def shown(self, name: str, provider: Provider) -> Response:
        async with self.sessions() as session:
            return await answered(session, await get_model(session, name, provider))

    async def page(self, provider: Provider, limit: int, after: str) -> Page:
        async with self.sessions() as session:
            return await provider_views.page(session, provider.id or 0, limit, after)

    async def history(self, name: str, provider: Provider) -> History:
        async with self.sessions() as session:
            model = await get_model(session, name, provider)
            changes = list(await changes_of(session, model))
            return await provider_views.history(session, model, changes)

    def check(self, entry: Entry, provider: Provider) -> None:
        """Raises AddressRefused for the first address that is not dialled."""
        for route in entry.routes():
            if provider.name != OPERATOR or route.base_url not in self.own_engines:
                self.prober.gateway.policy.check_url(route.base_url)

    def verify(self, model: Model) -> None:
        if model.state is State.VERIFYING:
            self.prober.soon(code(model))


async def answered(session: AsyncSession, model: Model) -> Response:
    """The model as it is shown, with its ETag."""
    body = (await provider_views.shown(session, model)).model_dump_json().encode()
    headers = {"ETag": tag_of(model.version, body), "Cache-Control": "private, no-cache"}
    return Response(body, headers=headers, media_type="application/json")
