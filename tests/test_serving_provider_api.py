"""The provider API as a provider meets it: over HTTP, with a key, against a real model server."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from serving.accounts import disable_provider
from serving.manner import Garbage, Manner
from serving.registry import get_model, set_state
from serving.tables import State
from tests.provider_fixture import (
    ACCOUNT,
    MODELS,
    Site,
    assert_problem,
    open_site,
    provider_site,  # noqa: F401 -- a fixture
)


async def test_a_newcomer_is_accepted_verified_and_live(site: Site) -> None:
    answer = await site.enter()
    assert (answer.status_code, answer.json()) == (202, {"name": "newcomer", "state": "verifying"})
    shown = await site.settled()
    assert shown["state"] == "live"
    assert "finish_reason stop" in shown["detail"]


async def test_the_same_entry_again_is_accepted_and_changes_nothing(site: Site) -> None:
    await site.enter()
    await site.settled()
    again = await site.enter()
    assert (again.status_code, again.json()["state"]) == (202, "live")


async def test_two_entries_of_one_name_at_once_make_one_model(site: Site) -> None:
    answers = await asyncio.gather(*(site.enter() for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}


async def test_a_taken_name_is_a_conflict(site: Site) -> None:
    await site.enter()
    assert_problem(await site.enter(license="MIT"), 409, "taken")


async def test_the_upstream_key_is_used_and_never_shown() -> None:
    async with open_site({"echo": Manner(api_key="sesame")}) as site:
        await site.enter(api_key="sesame")
        shown = await site.settled()
    assert shown["state"] == "live"
    assert "sesame" not in str(shown)


async def test_a_name_with_a_slash_is_found_again(site: Site) -> None:
    await site.enter("org/model-7B")
    assert (await site.settled("org/model-7B"))["name"] == "org/model-7B"
    assert (await site.client.post(f"{MODELS}/org/model-7B/pause")).json()["state"] == "paused"


async def test_pause_and_resume_lead_there_and_back(site: Site) -> None:
    await site.enter()
    await site.settled()
    for step, state in (("pause", "paused"), ("pause", "paused"), ("resume", "live")):
        answer = await site.client.post(f"{MODELS}/newcomer/{step}")
        assert (answer.status_code, answer.json()) == (200, {"name": "newcomer", "state": state})


async def test_what_failed_is_not_resumed_but_entered_again() -> None:
    async with open_site({"echo": Manner(status=503)}) as site:
        await site.enter()
        assert (await site.settled())["state"] == "failed"
        assert_problem(await site.client.post(f"{MODELS}/newcomer/resume"), 409)
        site.server.manners["echo"] = Manner()
        assert (await site.enter()).json()["state"] == "verifying"
        assert (await site.settled())["state"] == "live"


async def test_a_verification_cut_off_by_a_restart_is_taken_up_again() -> None:
    async with open_site({"echo": Manner(first_token_s=0.2)}) as site:
        await site.enter()
        await site.prober.close()
        assert (await site.settled())["state"] == "verifying"
        await site.prober.resume()
        assert (await site.settled())["state"] == "live"


async def test_a_model_is_neither_paused_nor_resumed_while_it_is_verified() -> None:
    async with open_site({"echo": Manner(first_token_s=0.2)}) as site:
        await site.enter()
        for step in ("pause", "resume"):
            assert_problem(await site.client.post(f"{MODELS}/newcomer/{step}"), 409, "verifying")
        assert (await site.settled())["state"] == "live"


async def test_a_model_the_operator_retires_while_it_is_verified_stays_retired() -> None:
    async with open_site({"echo": Manner(first_token_s=0.2)}) as site:
        await site.enter()
        async with site.sessions() as session:
            await set_state(session, await get_model(session, "newcomer"), State.RETIRED)
            await session.commit()
        assert (await site.settled())["state"] == "retired"


FAILING: list[tuple[Manner, str]] = [
    (Manner(status=500), "HTTP 500"),
    (Manner(api_key="sesame"), "HTTP 401"),
    (Manner(tokens=0), "empty"),
    (Manner(usage=False), "usage"),
    (Manner(first_token_s=5), "timed out (first-token)"),
    (Manner(tokens=9, stall_after=3), "timed out (idle)"),
    (Manner(tokens=9, break_after=3), "broke off"),
]
GARBAGE: list[Garbage] = [
    "html",
    "not-json",
    "redirect",
    "endless-pings",
    "no-finish",
    "usage-only",
]


@pytest.mark.parametrize(
    ("manner", "words"), FAILING + [(Manner(garbage=garbage), "") for garbage in GARBAGE]
)
async def test_a_model_that_does_not_answer_well_fails_and_is_told_why(
    manner: Manner, words: str
) -> None:
    async with open_site({"echo": manner}) as site:
        await site.enter()
        shown = await site.settled()
    assert shown["state"] == "failed"
    assert shown["detail"]
    assert words in shown["detail"]


async def test_a_model_the_server_does_not_list_fails(site: Site) -> None:
    await site.enter(upstream_model="another")
    shown = await site.settled()
    assert (shown["state"], shown["detail"]) == (
        "failed",
        "listed: /models does not list 'another'",
    )


async def test_an_address_without_a_server_fails(site: Site, unused_tcp_port: int) -> None:
    await site.enter(base_url=f"http://127.0.0.1:{unused_tcp_port}/v1")
    assert (await site.settled())["detail"].endswith("/models cannot be reached at the base URL")


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/v1",
        "https://10.0.0.1/v1",
        "https://169.254.169.254/",
        "ftp://models/",
    ],
)
async def test_a_forbidden_address_is_refused_at_once(site: Site, url: str) -> None:
    assert_problem(await site.enter(base_url=url), 422, "dialled")


async def test_a_name_that_leads_inside_fails_without_a_call(site: Site) -> None:
    await site.enter(base_url="https://localhost/v1")
    shown = await site.settled()
    assert (shown["state"], site.server.stats.requests) == ("failed", 0)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic eDp5", "Bearer \xe9"])
async def test_without_a_good_key_nothing_is_done(site: Site, header: str | None) -> None:
    site.client.headers.pop("Authorization")
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = await site.client.post(MODELS, json=site.body(), headers=headers)  # type: ignore[arg-type]
    assert_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_disabled_provider_is_shut_out(site: Site) -> None:
    async with site.sessions() as session:
        await disable_provider(session, "someone")
        await session.commit()
    assert_problem(await site.enter(), 401)


async def test_anothers_model_is_as_if_it_were_not_there(site: Site) -> None:
    await site.enter()
    await site.settled()
    async with await site.other_client() as other:
        nothing = await other.get(f"{MODELS}/nothing")
        for answer in (
            await other.get(f"{MODELS}/newcomer"),
            await other.post(f"{MODELS}/newcomer/pause"),
            await other.post(f"{MODELS}/newcomer/resume"),
        ):
            assert_problem(answer, 404)
            assert answer.json()["title"] == nothing.json()["title"]
    assert (await site.settled())["state"] == "live"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"name": "x"}',
        b'{"name": 5, "base_url": [], "upstream_model": {}}',
        b'{"name": "\\ud800", "base_url": "https://a.example", "upstream_model": "m"}',
        b'{"name": "a", "base_url": "https://a.example", "upstream_model": "m\\u0000"}',
        b'{"name": "a", "base_url": "https://a.example", "upstream_model": "m", "color": 1}',
        b"[" * 50_000,
    ],
)
async def test_no_bad_body_is_an_error_of_ours(site: Site, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await site.client.post(MODELS, content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


async def test_a_refused_entry_does_not_repeat_the_secret_it_was_sent(site: Site) -> None:
    answer = await site.enter("bad name", api_key="sesame with spaces")
    assert_problem(answer, 422, "name")
    assert "sesame" not in answer.text


async def test_a_body_too_long_is_refused_with_or_without_its_length(site: Site) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    assert_problem(await site.client.post(MODELS, content=b" " * 100_000), 413)
    headers = {"Content-Type": "application/json"}
    assert_problem(await site.client.post(MODELS, content=pieces(), headers=headers), 413)


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(site: Site) -> None:
    assert_problem(await site.client.get("/api/v1/provider/nothing"), 404)
    wrong = await site.client.put(MODELS)
    assert_problem(wrong, 405)
    assert wrong.headers["allow"] == "POST"


async def test_the_api_describes_itself(site: Site) -> None:
    paths = (await site.client.get("/openapi.json")).json()["paths"]
    steps = ("", "/history", "/pause", "/resume")
    ours = {path for path in paths if path.startswith(ACCOUNT)}
    assert ours == {ACCOUNT, MODELS, *(f"{MODELS}/{{name}}{step}" for step in steps)}
    assert "requestBody" in paths[MODELS]["post"]
