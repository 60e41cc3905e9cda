"""Changes of a model on SQLite and on PostgreSQL alike: in order, none lost, all in the audit."""

import asyncio
from itertools import pairwise

from arena.store.session import Store
from serving import steps
from serving.accounts import create_provider, get_provider, rotate_key
from serving.audit import changes_of
from serving.changes import Changes
from serving.entry import Entry
from serving.provider_views import page, shown
from serving.registry import get_model, register_model
from serving.resealing import reseal
from serving.sealing import Sealer
from tests.registry_fixture import SEALER, entry


async def enter(store: Store, *names: str) -> None:
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
        for name in names:
            lab = await get_provider(session, "lab")
            await register_model(session, SEALER, lab, entry(name, api_key="sesame"))


def anywhere(entry: Entry) -> None:
    """Whatever the address."""


async def change(store: Store, **fields: object) -> int:
    """Change the model "m"; gives the version it had before."""
    async with store.write() as session:
        model = await get_model(session, "m", lock=True)
        before = model.version
        await asyncio.sleep(0.01)
        await steps.change(session, SEALER, model, Changes(**fields), anywhere, "lab")
        return before


async def test_changes_at_once_wait_for_each_other(store: Store) -> None:
    await enter(store, "m")
    versions = await asyncio.gather(*(change(store, license=f"L{n}") for n in range(5)))
    assert sorted(versions) == [1, 2, 3, 4, 5]
    async with store.read() as session:
        model = await get_model(session, "m")
        changed = [one for one in await changes_of(session, model) if one.action == "changed"]
    licences = [one.detail["license"] for one in changed]
    assert all(left[1] == right[0] for left, right in pairwise(licences)), licences


async def test_what_is_held_is_shown_page_by_page(store: Store) -> None:
    await enter(store, "a", "m", "z")
    async with store.read() as session:
        lab = await get_provider(session, "lab")
        first = await page(session, lab.id or 0, 2, "")
        second = await page(session, lab.id or 0, 2, first.next or "")
        view = await shown(session, await get_model(session, "m", lab))
    assert [one.name for one in (*first.models, *second.models)] == ["a", "m", "z"]
    assert view.has_api_key and view.usage_today.requests == 0


async def test_secrets_are_sealed_anew_while_keys_are_rotated(store: Store) -> None:
    await enter(store, "m")
    fresh = Sealer("a new secret for tests", ["a secret for tests only"])
    async with store.write() as session:
        assert await reseal(session, fresh, "operator") == 1
        await rotate_key(session, fresh, "lab")
    async with store.read() as session:
        assert (await shown(session, await get_model(session, "m"))).version == 1
