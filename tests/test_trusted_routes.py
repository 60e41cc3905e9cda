"""The operator may enter a contestant anywhere; nobody else reaches what is behind the wall."""

from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from arena import house
from arena.api.app import create_app
from arena.client import ArenaClient, Refused
from serving import accounts, registry
from serving.entry import Entry
from serving.errors import NameTaken, Unreachable
from serving.gateway import open_gateway
from serving.manner import Manner
from tests.conftest import running_site
from tests.echo_fixture import ask
from tests.site_fixture import Site


async def test_the_operators_contestants_answer_from_a_private_address(tmp_path: Path) -> None:
    manners = {"one": Manner(), "two": Manner()}
    async with running_site(tmp_path, manners, allow_hosts=()) as site, site.visitor() as visitor:
        assert (await visitor.ask(await visitor.open_battle(), "hi there")).state == "done"


async def test_a_provider_cannot_enter_that_address(tmp_path: Path) -> None:
    async with running_site(tmp_path, allow_hosts=()) as site:
        async with site.services.store.write() as session:
            key = await accounts.create_provider(session, site.services.sealer, "someone")
        async with ArenaClient(site.url, key) as provider:
            body = {"name": "x", "base_url": site.upstream.url, "upstream_model": "fast"}
            with pytest.raises(Refused) as caught:
                await provider.call("POST", "provider/models", body)
    assert caught.value.status == 422


@pytest.mark.parametrize(("name", "allowed"), [("operator", True), ("someone", False)])
async def test_only_the_operators_key_enters_a_model_at_an_engine_of_the_house(
    tmp_path: Path, name: str, allowed: bool
) -> None:
    async with running_site(tmp_path, allow_hosts=()) as site:
        async with site.services.store.write() as session:
            with suppress(NameTaken):
                await accounts.create_provider(session, site.services.sealer, name)
            key = await accounts.rotate_key(session, site.services.sealer, name)
        object.__setattr__(site.services, "engine_urls", (site.upstream.url,))
        app = create_app(site.services)
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x", headers=headers
        ) as client:
            body = {"name": "child", "base_url": site.upstream.url, "upstream_model": "slow"}
            answer = await client.post("/api/v1/provider/models", json=body)
            assert answer.status_code == (202 if allowed else 422)
            elsewhere = {**body, "name": "x", "base_url": "http://127.0.0.1:9/v1"}
            refused = await client.post("/api/v1/provider/models", json=elsewhere)
            assert refused.status_code == 422
        await site.services.prober.settled()


async def test_an_address_that_slipped_in_is_still_not_dialled(tmp_path: Path) -> None:
    async with running_site(tmp_path, allow_hosts=()) as site:
        sealer = site.services.sealer
        async with site.services.store.write() as session:
            await accounts.create_provider(session, sealer, "someone")
            provider = await accounts.get_provider(session, "someone")
            entry = Entry(name="x", base_url=site.upstream.url, upstream_model="fast")
            model, _ = await registry.register_model(session, sealer, provider, entry)
            target = await registry.target_of(session, sealer, model)
        async with open_gateway() as gateway:
            with pytest.raises(Unreachable):
                await ask(gateway, target, [])
    assert site.upstream.stats.requests == 0


async def test_an_engine_that_moved_is_found_at_its_new_address(site: Site) -> None:
    old, new = site.upstream.url, "http://127.0.0.1:9/v1"
    await house.move(site.services.store, {old: new})
    async with site.visitor() as visitor:
        assert (await visitor.ask(await visitor.open_battle(), "hi there")).state == "failed"
    await house.move(site.services.store, {new: old})
    async with site.visitor() as visitor:
        assert (await visitor.ask(await visitor.open_battle(), "hi there")).state == "done"
