"""The life of a model as its provider leads it: its alias, ETags, retirement, list and history."""

import pytest

from serving.registry import get_model
from serving.release import hidden
from tests.provider_fixture import (
    MODELS,
    Site,
    assert_problem,
    provider_site,  # noqa: F401 -- a fixture
)

URL = f"{MODELS}/newcomer"


# The alias


async def test_an_alias_that_is_cleared_releases_the_name(site: Site) -> None:
    await site.live(alias="secret-7")
    released = (await site.patch(alias=None)).json()
    assert released["released"] is not None and released["alias"] == "secret-7"
    async with site.sessions() as session:
        assert not hidden(await get_model(session, "newcomer"))
    assert_problem(await site.patch(alias="secret-8"), 422, "alias")


async def test_no_alias_is_set_once_a_model_was_live(site: Site) -> None:
    await site.live()
    assert_problem(await site.patch(alias="secret-7"), 422, "alias")


async def test_an_alias_is_set_before_and_not_anothers_name(site: Site) -> None:
    await site.live("taken")
    await site.enter(upstream_model="wrong")
    await site.settled()
    assert_problem(await site.patch(alias="Taken"), 409, "taken")
    assert (await site.patch(alias="secret-7")).json()["alias"] == "secret-7"


# ETags


async def test_what_was_read_and_is_the_same_is_not_sent_again(site: Site) -> None:
    await site.live()
    first = await site.client.get(URL)
    again = await site.client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    await site.patch(license="MIT")
    third = await site.client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert third.status_code == 200


async def test_a_change_to_what_is_no_more_is_refused(site: Site) -> None:
    await site.live()
    tag = (await site.client.get(URL)).headers["ETag"]
    given = {"If-Match": tag}
    first = await site.client.patch(URL, json={"license": "MIT"}, headers=given)
    assert first.status_code == 200
    assert first.headers["ETag"] == (await site.client.get(URL)).headers["ETag"] != tag
    second = await site.client.patch(URL, json={"license": "BSD"}, headers=given)
    assert_problem(second, 412, "read it again")
    assert (await site.settled())["license"] == "MIT"


# Retiring, listing, history


async def test_a_retired_model_stays_in_the_list_and_is_changed_no_more(site: Site) -> None:
    await site.live()
    for _ in range(2):
        answer = await site.client.delete(URL)
        assert (answer.status_code, answer.json()["state"]) == (200, "retired")
    assert_problem(await site.patch(license="MIT"), 409, "retired")
    assert_problem(await site.client.post(f"{URL}/resume"), 409)
    listed = (await site.client.get(MODELS)).json()["models"]
    assert [(one["name"], one["state"]) for one in listed] == [("newcomer", "retired")]


async def test_a_list_is_read_page_by_page(site: Site) -> None:
    names = [f"m{number}" for number in range(5)]
    for name in names:
        await site.enter(name)
    seen, after = [], ""
    while after is not None:
        page = (await site.client.get(MODELS, params={"limit": 2, "after": after})).json()
        seen += [one["name"] for one in page["models"]]
        after = page["next"]
    assert seen == names
    await site.prober.settled()


async def test_the_history_tells_every_change_by_whom_and_no_secret(site: Site) -> None:
    await site.live(api_key="sesame-1", license="MIT")
    await site.patch(api_key="sesame-2", license=None)
    await site.settled()
    await site.client.post(f"{URL}/pause")
    told = await site.history()
    assert [one["state"] for one in told["states"]] == [
        "verifying",
        "live",
        "verifying",
        "live",
        "paused",
    ]
    assert [(one["by"], one["action"]) for one in told["changes"]] == [
        ("someone", "entered"),
        ("arena", "live"),
        ("someone", "endpoints"),
        ("someone", "verifying"),
        ("arena", "live"),
        ("someone", "paused"),
    ]
    assert told["changes"][2]["detail"] == {"api_key": "changed", "license": ["MIT", None]}
    assert told["changes"][0]["detail"]["api_key"] == "set"
    assert "sesame" not in str(told)


@pytest.mark.parametrize("step", ["history", "pause", "resume"])
async def test_no_name_ends_like_a_path_of_the_api(site: Site, step: str) -> None:
    assert_problem(await site.enter(f"org/{step}"), 422, "may not end")
    assert (await site.enter(step)).status_code == 202
    assert (await site.settled(step))["name"] == step
