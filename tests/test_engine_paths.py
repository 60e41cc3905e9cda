"""The calls that load and unload adapters stay the operator's: no gateway, no door leads there."""

from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from serving.chat import Message
from serving.errors import GatewayError
from serving.gateway import open_gateway
from serving.target import Route, Target
from tests.adapter_engine import AdapterEngine, adapter_engine
from tests.conftest import running_site
from tests.echo_fixture import LOOPBACK, ask

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
