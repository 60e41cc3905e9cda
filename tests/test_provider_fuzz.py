"""Schemathesis on the provider and admin APIs: no 500, and every answer is as OpenAPI says.

The seed is fixed. Half of the cases are what the schema allows, half are what it forbids.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from serving.accounts import create_provider
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site

EXAMPLES = 8
NAMES = ("lab/model", "gone", "lab/unknown")
load_all_checks()
ANY = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]
FORBIDDEN = [*ANY, CHECKS.get_one("negative_data_rejection")]
DERANDOMIZED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def sensible(case: Any, upstream: str, number: int) -> None:
    """Names that are there, and an address that is dialled: else nothing would go any further."""
    if "name" in (case.path_parameters or {}) and "/models/" in case.path:
        case.path_parameters["name"] = NAMES[number % len(NAMES)]
    if isinstance(case.body, dict) and "base_url" in case.body and number % 4:
        case.body["base_url"] = upstream


def fuzz(operation: Any, mode: GenerationMode, url: str, key: str, upstream: str) -> int:
    """Send the cases of one operation; gives how many, raises for the first wrong answer."""
    sent = 0

    @DERANDOMIZED
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal sent
        sent += 1
        good = mode is GenerationMode.POSITIVE
        if good:
            sensible(case, upstream, sent)
        case.call_and_validate(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            checks=ANY if good else FORBIDDEN,
        )

    send()
    return sent


def fuzz_all(site: Site, key: str) -> dict[str, int]:
    """Every operation under /provider with the provider's key, every one under /admin with ours."""
    description = httpx.get(f"{site.url}/api/openapi.json").json()
    for methods in description["paths"].values():
        for described in methods.values():
            described.pop("security", None)  # the key is ours: it is never made up
    schema = schemathesis.openapi.from_dict(description)
    sent: dict[str, int] = {}
    for found in schema.include(path_regex=r"^/api/v1/(provider|admin)").get_all_operations():
        operation = found.ok()
        used = site.operator_token if "/admin/" in operation.path else key
        for mode in GenerationMode:
            label = f"{operation.label} {mode.value}"
            try:
                sent[label] = fuzz(operation, mode, site.url, used, site.upstream.url)
            except Unsatisfiable:
                assert not operation.query and not operation.path_parameters and not operation.body
                sent[label] = 0  # it takes nothing, so that nothing can be wrong
    return sent


@pytest.mark.slow
async def test_nothing_that_is_sent_is_an_error_of_ours(tmp_path: Path) -> None:
    async with running_site(tmp_path, {"m": Manner(tokens=12)}) as site:
        async with site.services.store.write() as session:
            key = await create_provider(session, site.services.sealer, "lab")
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=site.url, headers=headers) as client:
            for name in NAMES[:2]:
                body = {"name": name, "base_url": site.upstream.url, "upstream_model": "m"}
                await client.post("/api/v1/provider/models", json=body)
            await client.delete("/api/v1/provider/models/gone")
        sent = await asyncio.to_thread(fuzz_all, site, key)
    assert len(sent) >= 2 * 13
    assert sum(sent.values()) >= 2 * 13 * EXAMPLES * 0.8
