"""A stranger with curl: from nothing to a live contestant, changed, read again and retired."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from serving.manner import Manner
from tests.conftest import running_site
from tests.curl_fixture import curl_path


@dataclass(frozen=True, slots=True)
class Curl:
    """curl with a key; gives the status, the headers and the body as JSON."""

    url: str
    key: str

    async def __call__(
        self, method: str, path: str, body: Any = None, *headers: str
    ) -> tuple[int, dict[str, str], Any]:
        words = [curl_path(), "-sS", "-i", "-X", method, f"{self.url}/api/v1{path}"]
        for header in (f"Authorization: Bearer {self.key}", *headers):
            words += ["-H", header]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        assert process.returncode == 0
        head, _, content = said.decode().partition("\r\n\r\n")
        status, *lines = head.split("\r\n")
        found = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return int(status.split()[1]), found, json.loads(content) if content else None


@pytest.fixture
async def curl(tmp_path: Path) -> AsyncIterator[tuple[Curl, dict[str, Any]]]:
    """A provider's curl, whose key the operator's curl made; and what to enter."""
    async with running_site(tmp_path, {"m": Manner(tokens=12)}) as site:
        admin = Curl(site.url, site.operator_token)
        status, _, made = await admin("POST", "/admin/providers", {"name": "stranger"})
        assert status == 201
        entry = {"name": "lab/model", "base_url": site.upstream.url, "upstream_model": "m"}
        yield Curl(site.url, made["key"]), entry


async def live(curl: Curl) -> dict[str, str]:
    """Ask until it is live; the headers of the answer."""
    async with asyncio.timeout(30):
        while True:
            status, headers, shown = await curl("GET", "/provider/models/lab/model")
            assert status == 200
            if shown["state"] != "verifying":
                assert shown["state"] == "live", shown
                return headers
            await asyncio.sleep(0.1)


async def test_a_stranger_enters_a_model_changes_and_retires_it(
    curl: tuple[Curl, dict[str, Any]],
) -> None:
    ask, entry = curl
    once = "Idempotency-Key: 7f0c"
    first = await ask("POST", "/provider/models", entry, once)
    assert (first[0], first[2]) == (202, {"name": "lab/model", "state": "verifying"})
    again = await ask("POST", "/provider/models", entry, once)
    assert (again[2], again[1]["idempotent-replayed"]) == (first[2], "true")

    tag = (await live(ask))["etag"]
    read = await ask("GET", "/provider/models/lab/model", None, f"If-None-Match: {tag}")
    assert read[0] == 304

    change = {"license": "MIT"}
    status, headers, shown = await ask(
        "PATCH", "/provider/models/lab/model", change, f"If-Match: {tag}"
    )
    assert (status, shown["license"]) == (200, "MIT") and headers["etag"] != tag
    late = await ask("PATCH", "/provider/models/lab/model", change, f"If-Match: {tag}")
    assert (late[0], late[1]["content-type"]) == (412, "application/problem+json")

    gone = await ask("DELETE", "/provider/models/lab/model")
    assert (gone[0], gone[2]["state"]) == (200, "retired")
    listed = await ask("GET", "/provider/models")
    assert [one["state"] for one in listed[2]["models"]] == ["retired"]
