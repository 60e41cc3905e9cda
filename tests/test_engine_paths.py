"""The calls that load and unload adapters stay the operator's: no gateway, no door leads there."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from arena.api.app import create_app
from serving.accounts import Scope
from serving.chat import Message
from serving.errors import GatewayError
from serving.gateway import open_gateway
from serving.target import Route, Target
from tests.adapter_engine import AdapterEngine, adapter_engine
from tests.conftest import running_site
from tests.door_fixture import a_key, operators_key
from tests.echo_fixture import LOOPBACK, ask
from tests.site_fixture import Site

RUNTIME = ("load_lora_adapter", "unload_lora_adapter")
HELLO = [Message("user", '{"lora_name": "x", "lora_path": "/x"}')]


async def through_the_gateway(engine: AdapterEngine, base_url: str, upstream_model: str) -> None:
    """One stream at a provider's route on an engine whose address the operator has listed."""
    target = Target(1, "a-model", (Route(base_url, upstream_model),))
    async with open_gateway(LOOPBACK) as gateway:
        with suppress(GatewayError):
            await ask(gateway, target, HELLO)
    assert engine.runtime_calls == 0


@pytest.mark.parametrize("path", RUNTIME)
@pytest.mark.parametrize(
    "ending",
    ["", "/", "?", "?x=", "#", "#/", "%3F", "%23", "/%2e%2e", "/..", ";", "\\", "%00", "?/"],
)
async def test_no_base_url_leads_to_them(path: str, ending: str) -> None:
    async with adapter_engine() as engine:
        await through_the_gateway(engine, f"{engine.url}/{path}{ending}", "base")


@pytest.mark.parametrize(
    "name", ["../load_lora_adapter", "/v1/unload_lora_adapter", "base\r\nX: y"]
)
async def test_no_name_of_a_model_leads_to_them(name: str) -> None:
    async with adapter_engine() as engine:
        await through_the_gateway(engine, engine.url, name)


@pytest.mark.parametrize(
    "path",
    [f"{root}/{call}" for root in ("/v1", "/api/v1", "/api/v1/provider") for call in RUNTIME]
    + ["/adapters", "/v1/adapters", "/v1/../v1/load_lora_adapter", "/invocations"],
)
async def test_the_site_forwards_none_of_them(tmp_path: Path, path: str) -> None:
    async with running_site(tmp_path) as site:
        token = site.services.settings.operator_token
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=site.url, headers=headers) as anyone:
            answer = await anyone.post(path, json={"lora_name": "x", "lora_path": "/x"})
        assert answer.status_code in (401, 403, 404, 405)
        assert site.upstream.stats.requests == 0


@pytest.mark.parametrize("path", [f"/v1/{call}" for call in RUNTIME])
@pytest.mark.parametrize("whose", [a_key, operators_key])
async def test_no_key_to_the_door_opens_them(
    tmp_path: Path, path: str, whose: Callable[[Site], Awaitable[str]]
) -> None:
    async with running_site(tmp_path) as site:
        headers = {"Authorization": f"Bearer {await whose(site)}"}
        async with httpx.AsyncClient(base_url=site.url, headers=headers) as caller:
            answer = await caller.post(path, json={"lora_name": "x", "lora_path": "/x"})
            asked = {"model": "../load_lora_adapter", "messages": [], "lora_name": "x"}
            other = await caller.post("/v1/chat/completions", json=asked)
        assert (answer.status_code, other.status_code // 100) == (404, 4)
        assert site.upstream.stats.requests == 0


def entry(base_url: str, **more: object) -> dict[str, object]:
    return {"name": "x", "base_url": base_url, "upstream_model": "fast", **more}


async def test_a_providers_key_enters_no_engine_neither_first_nor_beside_nor_later(
    tmp_path: Path,
) -> None:
    public = "https://models.example/v1"
    async with running_site(tmp_path, allow_hosts=()) as site:
        object.__setattr__(site.services, "engine_urls", (site.upstream.url,))
        engine = {"base_url": site.upstream.url, "api_key": "k"}
        headers = {"Authorization": f"Bearer {await a_key(site, scope=Scope.MODELS)}"}
        transport = httpx.ASGITransport(create_app(site.services))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://x/api/v1/provider", headers=headers
        ) as caller:
            first = await caller.post("/models", json=entry(site.upstream.url))
            beside = await caller.post("/models", json=entry(public, endpoints=[engine]))
            entered = await caller.post("/models", json=entry(public))
            await site.services.prober.settled()
            later = [
                await caller.patch("/models/x", json=change)
                for change in ({"endpoints": [engine]}, engine)
            ]
    assert [first.status_code, beside.status_code, entered.status_code] == [422, 422, 202]
    assert [answer.status_code for answer in later] == [422, 422]
    assert site.upstream.stats.requests == 0
