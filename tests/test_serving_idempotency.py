"""Idempotency-Key: a call is done once however often it is sent, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import select

from arena.store.session import Store
from serving.accounts import create_provider, get_provider
from serving.idempotency import KEPT, REPLAYED, Answer, once
from serving.sealing import Sealer
from serving.tables import Provider, RememberedCall, now
from tests.provider_fixture import (
    MODELS,
    Site,
    assert_problem,
    provider_site,  # noqa: F401 -- a fixture
)
from tests.registry_fixture import SEALER


async def enter(site: Site, key: str, name: str = "newcomer", **fields: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await site.client.post(MODELS, json=site.body(name, **fields), headers=headers)


async def test_the_same_call_is_answered_alike_and_done_once(site: Site) -> None:
    first = await enter(site, "one")
    await site.settled()
    again = await enter(site, "one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.json()["state"] == "verifying", "as it was, not as it is"
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")


async def test_the_order_of_the_fields_makes_no_other_call(site: Site) -> None:
    await enter(site, "one", license="MIT")
    body = dict(reversed(site.body(license="MIT").items()))
    again = await site.client.post(MODELS, json=body, headers={"Idempotency-Key": "one"})
    assert again.headers[REPLAYED] == "true"


@pytest.mark.parametrize("changed", [{"name": "other"}, {"api_key": "sesame"}])
async def test_the_key_of_another_call_is_refused(site: Site, changed: dict[str, Any]) -> None:
    await enter(site, "one")
    assert_problem(await enter(site, "one", **changed), 422, "another request")
    assert len((await site.client.get(MODELS)).json()["models"]) == 1


async def test_what_was_refused_may_be_tried_again_with_the_same_key(site: Site) -> None:
    await site.enter(license="MIT")
    await site.settled()
    assert_problem(await enter(site, "one"), 409, "taken")
    assert (await enter(site, "one", "other")).status_code == 202


async def test_a_key_is_one_providers_own(site: Site) -> None:
    await enter(site, "one")
    async with await site.other_client() as other:
        headers = {"Idempotency-Key": "one"}
        answer = await other.post(MODELS, json=site.body("other"), headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (202, "other")


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f", "\xe9", "a\tb"])
async def test_a_key_is_a_line_of_printable_characters(site: Site, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = await site.client.post(MODELS, json=site.body(), headers=headers)  # type: ignore[arg-type]
    assert_problem(answer, 422, "dempotency")


async def test_calls_at_once_with_one_key_do_the_work_once(site: Site) -> None:
    answers = await asyncio.gather(*(enter(site, "one") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(REPLAYED in answer.headers for answer in answers) == 5
    actions = [change["action"] for change in (await site.history())["changes"]]
    assert actions.count("entered") == 1


async def test_a_key_is_forgotten_after_a_day(site: Site) -> None:
    await enter(site, "one")
    await site.settled()
    async with site.sessions() as session:
        (call,) = (await session.execute(select(RememberedCall))).scalars()
        call.created = now() - KEPT - timedelta(seconds=1)
        await session.commit()
    assert (await enter(site, "one", "other")).json()["name"] == "other"


async def test_neither_key_nor_secret_of_the_request_is_kept(site: Site) -> None:
    await enter(site, "one", api_key="sesame")
    async with site.sessions() as session:
        (call,) = (await session.execute(select(RememberedCall))).scalars()
    assert "sesame" not in repr(call)


# On each database


async def called(store: Store, seen: list[str], fails: bool = False) -> Answer:
    async def work() -> Answer:
        seen.append("done")
        await asyncio.sleep(0.05)
        if fails:
            raise KeyError("broken")
        return Answer(202, {"number": len(seen)})

    async with store.write() as session:
        provider = await get_provider(session, "lab")
        return await once(session, SEALER, provider, "one", "request", work)


async def test_of_two_calls_one_waits_for_the_other(store: Store) -> None:
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
    seen: list[str] = []
    answers = await asyncio.gather(*(called(store, seen) for _ in range(4)))
    assert seen == ["done"]
    assert {(answer.status, str(answer.body)) for answer in answers} == {(202, "{'number': 1}")}
    assert sorted(answer.replayed for answer in answers) == [False, True, True, True]


async def test_a_call_that_broke_leaves_nothing(store: Store) -> None:
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
    seen: list[str] = []
    with pytest.raises(KeyError):
        await called(store, seen, fails=True)
    assert not (await called(store, seen)).replayed


async def test_a_call_is_known_again_after_the_secret_changed(store: Store) -> None:
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
    await called(store, [])
    fresh = Sealer("a new secret for tests", ["a secret for tests only"])

    async def never() -> Answer:
        raise AssertionError("it was done before")

    async with store.write() as session:
        provider: Provider = await get_provider(session, "lab")
        assert (await once(session, fresh, provider, "one", "request", never)).replayed
