"""What is held of a model, and how its provider changes it, over HTTP."""

from typing import Any

import pytest

from serving.manner import Manner
from serving.registry import get_model, set_state, target_of
from serving.tables import Endpoint, State, UsageDay, now
from serving.target import Price, Quota
from tests.provider_fixture import (
    MODELS,
    Site,
    assert_problem,
    open_site,
    provider_site,  # noqa: F401 -- a fixture
)
from tests.registry_fixture import SEALER

URL = f"{MODELS}/newcomer"
WHOLE: dict[str, Any] = {
    "organization": "Lab",
    "license": "MIT",
    "contact": "lab@models.example",
    "context_length": 4096,
    "modalities": ["text", "image"],
    "system_prompt": "Be brief.\nBe kind.",
    "price": {"prompt": 0.5, "completion": 1.5},
    "params": {"temperature": 0.5, "max_tokens": 100, "stop": ["x"]},
    "limits": {"concurrent": 4, "requests_per_minute": 60, "tokens_per_day": 10**6},
    "timeouts": {"first_token": 20, "answer_chars": 5000},
    "weight": 3,
    "capacity": 2,
}


async def target(site: Site) -> Any:
    async with site.sessions() as session:
        return await target_of(session, SEALER, await get_model(session, "newcomer"))


async def move(site: Site, state: State, **fields: Any) -> None:
    async with site.sessions() as session:
        await set_state(session, await get_model(session, "newcomer"), state, **fields)
        await session.commit()


# What is held


async def test_every_field_is_shown_as_it_was_given(site: Site) -> None:
    shown = await site.live(**WHOLE)
    for field in WHOLE.keys() - {"params", "limits", "timeouts"}:
        assert shown[field] == WHOLE[field], field
    for field in ("params", "limits", "timeouts"):
        assert shown[field].items() >= WHOLE[field].items()


async def test_every_field_reaches_the_gateway(site: Site) -> None:
    await site.enter(**WHOLE)
    found = await target(site)
    assert found.quota == Quota(4, 60, None, 10**6)
    assert found.price == Price(0.5, 1.5)
    assert (found.context_length, found.system_prompt) == (4096, "Be brief.\nBe kind.")
    assert (found.patience.first_token, found.patience.idle) == (20, 30)
    assert (found.routes[0].weight, found.routes[0].capacity) == (3, 2)


async def test_further_endpoints_take_over_the_name_and_the_protocol_but_not_the_key() -> None:
    async with open_site({"echo": Manner(), "two": Manner(api_key="sesame-2")}) as site:
        second = {"base_url": site.server.url, "upstream_model": "two", "api_key": "sesame-2"}
        third = {"base_url": f"{site.server.url}/", "weight": 5}
        shown = await site.live(api_key="sesame-1", endpoints=[second, third])
        routes = (await target(site)).routes
    assert [route.upstream_model for route in routes] == ["echo", "two", "echo"]
    assert [route.api_key for route in routes] == ["sesame-1", "sesame-2", None]
    assert [end["has_api_key"] for end in shown["endpoints"]] == [True, False]
    assert "sesame" not in str(shown)


@pytest.mark.parametrize("which", range(2))
async def test_every_endpoint_must_be_one_that_is_dialled(site: Site, which: int) -> None:
    ends = [{"base_url": site.server.url}, {"base_url": site.server.url}]
    ends[which]["base_url"] = "https://10.0.0.1/v1"
    assert_problem(await site.enter(endpoints=ends), 422, "dialled")


async def test_the_same_entry_with_endpoints_again_changes_nothing(site: Site) -> None:
    whole = {**WHOLE, "endpoints": [{"base_url": site.server.url}]}
    for _ in range(2):
        assert (await site.enter(**whole)).status_code == 202
    entered = [one["action"] for one in (await site.history())["changes"]]
    assert entered.count("entered") == 1


async def test_usage_of_today_and_a_cooling_endpoint_are_shown(site: Site) -> None:
    await site.live()
    moment = now()
    async with site.sessions() as session:
        session.add(UsageDay(model_id=1, day=moment.date(), requests=3, cost=0.25))
        (await session.get_one(Endpoint, 1)).cooling_until = moment
        await session.commit()
    shown = await site.settled()
    assert (shown["usage_today"]["requests"], shown["usage_today"]["cost"]) == (3, 0.25)
    assert shown["cooling_until"] is not None


async def test_the_checks_of_the_verification_are_shown(site: Site) -> None:
    shown = await site.live()
    assert shown["checks"] and all(check["words"] for check in shown["checks"])
    assert shown["checked"] is not None


# Changing


async def test_only_the_given_fields_change_and_null_clears_one(site: Site) -> None:
    before = await site.live(**WHOLE)
    changed = await site.patch(license=None, params={"temperature": None, "seed": 7}, weight=9)
    assert changed.status_code == 200, changed.text
    after = changed.json()
    assert (after["license"], after["weight"], after["organization"]) == (None, 9, "Lab")
    assert after["params"] == before["params"] | {"temperature": None, "seed": 7}
    assert after["state"] == "live" and after["version"] > before["version"]


@pytest.mark.parametrize("kind", ["application/json", "application/merge-patch+json"])
async def test_a_merge_patch_is_taken_under_both_its_names(site: Site, kind: str) -> None:
    await site.live()
    answer = await site.client.patch(
        URL, content=b'{"license": "MIT"}', headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["license"]) == (200, "MIT")


@pytest.mark.parametrize(
    "change",
    [
        {"license": "MIT"},
        {"weight": 2},
        {"params": {"temperature": 1}},
        {"limits": {"concurrent": 1}},
        {"price": {"prompt": 1}},
        {"system_prompt": "x"},
        {"timeouts": {"total": 10}},
        {"context_length": 10},
    ],
)
async def test_what_is_no_address_changes_while_it_stays_live(
    site: Site, change: dict[str, Any]
) -> None:
    await site.live()
    assert (await site.patch(**change)).json()["state"] == "live"


@pytest.mark.parametrize(
    "change",
    [
        {"upstream_model": "other"},
        {"api_key": "sesame"},
        {"capacity": 7},
        {"endpoints": [{"base_url": "http://127.0.0.1:9/v1"}]},
        {"protocol": "anthropic"},
    ],
)
async def test_another_address_is_verified_again(site: Site, change: dict[str, Any]) -> None:
    await site.live()
    answer = await site.patch(**change)
    assert (answer.status_code, answer.json()["state"]) == (200, "verifying"), answer.text


async def test_a_failed_model_is_mended_by_a_change_of_its_address(site: Site) -> None:
    await site.enter(upstream_model="wrong")
    assert (await site.settled())["state"] == "failed"
    assert (await site.patch(upstream_model="echo")).json()["state"] == "verifying"
    assert (await site.settled())["state"] == "live"


async def test_a_paused_model_stays_paused_and_is_verified_when_it_is_resumed(site: Site) -> None:
    await site.live()
    await site.client.post(f"{URL}/pause")
    assert (await site.patch(upstream_model="wrong")).json()["state"] == "paused"
    assert (await site.client.post(f"{URL}/resume")).json()["state"] == "verifying"
    assert (await site.settled())["state"] == "failed"


async def test_a_paused_model_with_its_old_address_is_resumed_at_once(site: Site) -> None:
    await site.live()
    assert (await site.patch(capacity=3)).json()["state"] == "verifying"
    await site.settled()
    await site.client.post(f"{URL}/pause")
    await site.patch(license="MIT")
    assert (await site.client.post(f"{URL}/resume")).json()["state"] == "live"


async def test_what_the_operator_paused_its_provider_does_not_resume(site: Site) -> None:
    await site.live()
    await move(site, State.PAUSED, by="operator")
    assert_problem(await site.client.post(f"{URL}/resume"), 409, "operator")
    await move(site, State.LIVE, by="operator")
    await site.client.post(f"{URL}/pause")
    assert (await site.client.post(f"{URL}/resume")).json()["state"] == "live"


async def test_an_address_is_not_changed_while_it_is_verified() -> None:
    async with open_site({"echo": Manner(first_token_s=0.2)}) as site:
        await site.enter()
        assert_problem(await site.patch(capacity=3), 409, "being verified")
        assert (await site.patch(license="MIT")).status_code == 200
        assert (await site.settled())["license"] == "MIT"


async def test_a_change_that_changes_nothing_is_none(site: Site) -> None:
    before = await site.live(**WHOLE)
    after = (await site.patch(license="MIT", endpoints=[], alias=None)).json()
    assert after["version"] == before["version"]


async def test_the_stored_key_goes_to_no_other_host(site: Site) -> None:
    await site.live(api_key="sesame")
    away = {"base_url": "https://thief.example/v1"}
    assert_problem(await site.patch(**away), 422, "api_key")
    assert (await site.patch(**away, api_key="other")).status_code == 200
    assert (await target(site)).routes[0].api_key == "other"


async def test_a_further_endpoint_keeps_its_key_only_where_it_is(site: Site) -> None:
    here, there = "https://one.example/v1", "https://two.example/v1"
    await site.enter(endpoints=[{"base_url": here, "api_key": "sesame"}])
    await site.settled()
    await site.patch(endpoints=[{"base_url": here, "weight": 2}, {"base_url": there}])
    assert [route.api_key for route in (await target(site)).routes[1:]] == ["sesame", None]
    await site.settled()
    await site.patch(endpoints=[{"base_url": here, "api_key": None}])
    assert [route.api_key for route in (await target(site)).routes[1:]] == [None]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"base_url": None},
        {"upstream_model": None},
        {"weight": 0},
        {"colour": "blue"},
        {"base_url": "https://10.0.0.1/v1"},
        {"endpoints": [{"base_url": "https://10.0.0.1/v1"}]},
        {"alias": "NEWCOMER"},
        {"price": {"prompt": -1}},
        {"endpoints": [{"base_url": "https://a.example"}] * 17},
    ],
)
async def test_a_change_that_cannot_be_meant_changes_nothing(
    site: Site, change: dict[str, Any]
) -> None:
    before = await site.live()
    assert_problem(await site.client.patch(URL, json=change), 422)
    assert (await site.settled())["version"] == before["version"]


async def test_anothers_model_is_neither_changed_nor_retired_nor_told_of(site: Site) -> None:
    await site.live()
    async with await site.other_client() as other:
        assert_problem(await other.patch(URL, json={"license": "MIT"}), 404)
        assert_problem(await other.delete(URL), 404)
        assert_problem(await other.get(f"{URL}/history"), 404)
        assert (await other.get(MODELS)).json() == {"models": [], "next": None}
