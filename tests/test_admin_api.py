"""The admin API and a provider's own account: keys over HTTP, shown once; webhook settings."""

from typing import Any

import httpx
import pytest
from sqlmodel import select

from serving.edge import operator_only
from serving.problems import Problem
from serving.sealing import Sealer
from serving.tables import Endpoint, Provider, RegistryChange
from tests.provider_fixture import (
    ACCOUNT,
    ADMIN,
    MODELS,
    TOKEN,
    Site,
    assert_problem,
    bearer,
    provider_site,  # noqa: F401 -- a fixture
)
from tests.registry_fixture import SEALER


async def admin(site: Site, method: str, path: str = "", body: Any = None) -> httpx.Response:
    return await site.client.request(method, ADMIN + path, json=body, headers=bearer(TOKEN))


async def opens(site: Site, key: str, path: str = MODELS) -> int:
    async with site.with_key(key) as client:
        return (await client.get(path)).status_code


async def test_an_account_is_made_and_its_key_opens_the_provider_api(site: Site) -> None:
    made = await admin(site, "POST", body={"name": "lab", "contact": "a@b", "expires_days": 9})
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    told = made.json()
    assert told["key"].startswith(told["prefix"]) and told["scopes"] == ["models"]
    assert told["expires"] is not None
    assert await opens(site, told["key"]) == 200


async def test_the_list_shows_every_account_and_no_key(site: Site) -> None:
    key = (await admin(site, "POST", body={"name": "lab"})).json()["key"]
    answer = await admin(site, "GET")
    assert [one["name"] for one in answer.json()["providers"]] == ["someone", "lab"]
    assert key[14:] not in answer.text and key[:13] in answer.text


async def test_a_rotated_key_overlaps_as_long_as_it_is_told(site: Site) -> None:
    old = (await admin(site, "POST", body={"name": "lab"})).json()["key"]
    new = await admin(site, "POST", "/lab/rotate-key", {"overlap_hours": 1})
    assert new.status_code == 201
    assert [await opens(site, key) for key in (old, new.json()["key"])] == [200, 200]
    last = (await admin(site, "POST", "/lab/rotate-key")).json()["key"]
    keys = (old, new.json()["key"], last)
    assert [await opens(site, key) for key in keys] == [401, 401, 200]


async def test_a_key_is_revoked_and_an_account_disabled(site: Site) -> None:
    made = (await admin(site, "POST", body={"name": "my lab"})).json()
    revoked = await admin(site, "DELETE", f"/my%20lab/keys/{made['prefix']}")
    assert revoked.json()["keys"][0]["state"] == "revoked"
    assert await opens(site, made["key"]) == 401
    new = (await admin(site, "POST", "/my lab/rotate-key")).json()["key"]
    assert (await admin(site, "POST", "/my lab/disable")).json()["state"] == "disabled"
    assert await opens(site, new) == 401


@pytest.mark.parametrize("header", [None, "Bearer x", "Bearer", "Basic eDp5", "Bearer \xe9"])
async def test_without_the_operators_token_nothing_is_done(site: Site, header: str | None) -> None:
    provider = site.client.headers.pop("Authorization")
    for said in (header, provider):
        headers = {} if said is None else {"Authorization": said.encode("latin-1")}
        for method, path in (("POST", ""), ("GET", ""), ("POST", "/someone/disable")):
            answer = await site.client.request(
                method,
                ADMIN + path,
                json={"name": "x"},
                headers=headers,  # type: ignore[arg-type]
            )
            assert_problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_empty_token_lets_nobody_in() -> None:
    with pytest.raises(Problem):
        await operator_only("")(None)


async def test_no_key_to_the_operators_own_account_is_given_over_http(site: Site) -> None:
    assert_problem(await admin(site, "POST", body={"name": "operator"}), 422, "commands")
    assert_problem(await admin(site, "POST", "/operator/rotate-key"), 422, "commands")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"name": "someone"}, 409),
        ("", {"name": "Admin"}, 409),
        ("", {"name": "a/b"}, 422),
        ("", {"name": "x", "scopes": []}, 422),
        ("", {"name": "x", "scopes": ["all"]}, 422),
        ("", {"name": "x", "expires_days": 0}, 422),
        ("", {"name": "x", "contact": "a\nb"}, 422),
        ("/nobody/rotate-key", None, 404),
        ("/nobody/disable", None, 404),
        ("/someone/rotate-key", {"overlap_hours": -1}, 422),
        ("/someone/rotate-key", {"overlap_hours": 10**9}, 422),
    ],
)
async def test_what_cannot_be_is_a_problem(site: Site, path: str, body: Any, status: int) -> None:
    assert_problem(await admin(site, "POST", path, body), status)


async def test_what_the_admin_does_is_in_the_audit(site: Site) -> None:
    await admin(site, "POST", body={"name": "lab"})
    await admin(site, "POST", "/lab/disable")
    async with site.sessions() as session:
        rows = (await session.execute(select(RegistryChange))).scalars().all()
    assert [row.action for row in rows if row.actor == "admin"] == [
        "created",
        "key made",
        "disabled",
    ]


# A provider's own account


async def test_a_chat_key_opens_no_provider_api(site: Site) -> None:
    made = await admin(site, "POST", body={"name": "judge", "scopes": ["chat"]})
    async with site.with_key(made.json()["key"]) as client:
        assert_problem(await client.get(MODELS), 403, "opens chat")
        assert_problem(await client.post(MODELS, json=site.body()), 403)


async def test_an_account_shows_its_keys_and_changes_its_contact(site: Site) -> None:
    changed = (await site.client.patch(ACCOUNT, json={"contact": "me@lab"})).json()
    assert (changed["name"], changed["contact"]) == ("someone", "me@lab")
    cleared = await site.client.patch(ACCOUNT, json={"contact": None})
    assert cleared.json()["contact"] is None
    assert (await site.client.get(ACCOUNT)).json()["keys"][0]["state"] == "active"


async def test_a_webhook_without_a_secret_is_given_one_that_is_shown_once(site: Site) -> None:
    made = (await site.client.patch(ACCOUNT, json={"webhook_url": "https://a.example/h"})).json()
    assert made["webhook_secret"].startswith("whsec_") and made["has_webhook_secret"]
    async with site.sessions() as session:
        held = (await session.execute(select(Provider))).scalars().one()
    assert SEALER.open(held.webhook_secret or "") == made["webhook_secret"]
    again = await site.client.patch(ACCOUNT, json={"webhook_url": "https://b.example/h"})
    assert again.json()["webhook_secret"] is None
    assert "webhook_secret" not in (await site.client.get(ACCOUNT)).json()


async def test_a_webhooks_secret_is_sealed_and_in_no_audit(site: Site) -> None:
    secret = "a-secret-of-the-webhook-receiver"
    await site.client.patch(ACCOUNT, json={"webhook_secret": secret})
    async with site.sessions() as session:
        (held,) = (await session.execute(select(Provider))).scalars()
        rows = (await session.execute(select(RegistryChange))).scalars().all()
    assert held.webhook_secret is not None and secret not in held.webhook_secret
    assert rows[-1].detail == {"webhook_secret": "set"}


@pytest.mark.parametrize("url", ["http://a.example/", "https://10.0.0.1/", "https://u:p@a.example"])
async def test_a_webhook_goes_only_where_the_policy_lets_it(site: Site, url: str) -> None:
    assert_problem(await site.client.patch(ACCOUNT, json={"webhook_url": url}), 422)


async def test_a_secret_that_opens_no_more_is_told_and_no_error_of_ours(site: Site) -> None:
    await site.live(api_key="sesame")
    async with site.sessions() as session:
        (end,) = (await session.execute(select(Endpoint))).scalars()
        end.api_key = Sealer("another secret altogether").seal("x")
        await session.commit()
    assert (await site.client.get(f"{MODELS}/newcomer")).status_code == 200
    assert_problem(await site.patch(license="MIT"), 503, "operator")
