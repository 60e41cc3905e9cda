"""The OpenAI-compatible door as the official client uses it: answers, errors, who may call."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from serving.accounts import Scope
from serving.manner import Manner
from serving.tables import State, now
from tests.conftest import running_site
from tests.door_fixture import ECHO, HI, a_key, change, client, names, operators_key
from tests.site_fixture import Site


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Site]:
    """Two contestants that say the prompt as it is."""
    async with running_site(tmp_path, {"one": Manner(), "two": Manner()}) as site:
        yield site


# The official client


async def test_the_official_client_gets_an_answer_in_one_piece(plain: Site) -> None:
    async with client(plain) as asker:
        answer = await asker.chat.completions.create(model="one", messages=HI)
    assert answer.choices[0].message.content == ECHO
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "one")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (3, 4)
    assert answer.object == "chat.completion"


async def test_the_official_client_gets_a_stream_with_one_id_and_a_finish(plain: Site) -> None:
    async with client(plain) as asker:
        stream = await asker.chat.completions.create(model="one", messages=HI, stream=True)
        chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ECHO
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1


async def test_usage_comes_last_where_it_is_asked_for(plain: Site) -> None:
    async with client(plain) as asker:
        stream = await asker.chat.completions.create(
            model="one", messages=HI, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert (chunks[-1].choices, chunks[-1].usage is not None) == ([], True)


async def test_what_is_asked_reaches_the_contestant(plain: Site) -> None:
    said: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
    ]
    async with client(plain) as asker:
        await asker.chat.completions.create(
            model="one",
            messages=said,
            temperature=0.5,
            top_p=0.9,
            max_completion_tokens=9,
            stop="x",
        )
    sent = plain.upstream.seen[-1]
    assert sent["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "a\nb"},
    ]
    assert (sent["temperature"], sent["top_p"], sent["max_tokens"]) == (0.5, 0.9, 9)
    assert (sent["stop"], sent["stream"]) == (["x"], True)


async def test_the_official_client_lists_the_models(plain: Site) -> None:
    async with client(plain) as asker:
        assert await names(asker) == ["one", "two"]
        assert (await asker.models.retrieve("two")).object == "model"


async def test_errors_are_the_official_clients_own(plain: Site) -> None:
    async with client(plain) as asker:
        with pytest.raises(openai.NotFoundError) as missing:
            await asker.chat.completions.create(model="three", messages=HI)
        with pytest.raises(openai.BadRequestError) as refused:
            await asker.chat.completions.create(model="one", messages=HI, n=2)
        with pytest.raises(openai.NotFoundError):
            await asker.models.retrieve("three")
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    assert (refused.value.param, refused.value.type) == ("n", "invalid_request_error")


async def test_a_busy_contestant_is_a_rate_limit_with_a_time(tmp_path: Path) -> None:
    busy = Manner(status=429, retry_after="7")
    async with running_site(tmp_path, {"busy": busy}) as site, client(site) as asker:
        with pytest.raises(openai.RateLimitError) as caught:
            await asker.chat.completions.create(model="busy", messages=HI)
        assert int(caught.value.response.headers["Retry-After"]) >= 1
        assert caught.value.code == "rate_limit_exceeded"


async def test_a_broken_contestant_is_a_server_error_before_the_first_token(tmp_path: Path) -> None:
    async with running_site(tmp_path, {"bad": Manner(garbage="html")}) as site:
        async with client(site) as asker:
            with pytest.raises(openai.InternalServerError) as caught:
                await asker.chat.completions.create(model="bad", messages=HI, stream=True)
    assert (caught.value.status_code, caught.value.code) == (502, "upstream_failed")
    assert site.upstream.url not in str(caught.value.body)


async def test_an_error_after_the_first_token_is_told_in_the_stream(tmp_path: Path) -> None:
    async with running_site(tmp_path, {"frail": Manner(tokens=9, break_after=3)}) as site:
        async with client(site) as asker:
            stream = await asker.chat.completions.create(model="frail", messages=HI, stream=True)
            with pytest.raises(openai.APIError, match="broke off"):
                async for _ in stream:
                    pass


# Keys


async def test_a_key_that_is_none_is_refused(plain: Site) -> None:
    async with client(plain, "agon_00000000_wrong") as asker:
        with pytest.raises(openai.AuthenticationError) as caught:
            await asker.chat.completions.create(model="one", messages=HI)
        with pytest.raises(openai.AuthenticationError):
            await names(asker)
    assert caught.value.code == "invalid_api_key"


async def test_a_key_without_the_scope_is_told_so(plain: Site) -> None:
    async with client(plain, await a_key(plain, "Lab", Scope.MODELS)) as asker:
        with pytest.raises(openai.PermissionDeniedError) as caught:
            await asker.chat.completions.create(model="one", messages=HI)
    assert caught.value.code == "missing_scope"


async def test_the_door_gives_no_cookie_and_wants_none(plain: Site) -> None:
    headers = {"Authorization": f"Bearer {await a_key(plain)}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(plain.url + "/v1/models") as answer:
            assert answer.status == 200
            assert "Set-Cookie" not in answer.headers


# Who may call what


async def test_a_hidden_model_is_not_there_for_others_under_any_name(plain: Site) -> None:
    await change(plain, "one", alias="mystery")
    async with client(plain) as stranger:
        assert await names(stranger) == ["two"]
        told = set()
        for name in ("one", "mystery", "nothing"):
            with pytest.raises(openai.NotFoundError) as caught:
                await stranger.chat.completions.create(model=name, messages=HI)
            told.add(str(caught.value.body).replace(name, "NAME"))
    assert len(told) == 1


async def test_a_hidden_model_answers_its_provider_under_its_alias(plain: Site) -> None:
    await change(plain, "one", alias="mystery")
    async with client(plain, await operators_key(plain)) as owner:
        assert await names(owner) == ["mystery", "two"]
        for name in ("one", "mystery"):
            answer = await owner.chat.completions.create(model=name, messages=HI)
            assert (answer.model, answer.choices[0].message.content) == ("mystery", ECHO)


async def test_a_released_model_is_called_by_its_name(plain: Site) -> None:
    await change(plain, "one", alias="mystery", released=now())
    async with client(plain) as stranger:
        assert await names(stranger) == ["one", "two"]
        with pytest.raises(openai.NotFoundError):
            await stranger.chat.completions.create(model="mystery", messages=HI)


@pytest.mark.parametrize(
    ("state", "others", "own"),
    [
        (State.LIVE, True, True),
        (State.PAUSED, False, True),
        (State.VERIFYING, False, False),
        (State.FAILED, False, False),
        (State.RETIRED, False, False),
    ],
)
async def test_only_its_provider_calls_what_is_paused(
    plain: Site, state: State, others: bool, own: bool
) -> None:
    await change(plain, "one", state=state)
    async with client(plain) as stranger, client(plain, await operators_key(plain)) as owner:
        assert ("one" in await names(stranger), "one" in await names(owner)) == (others, own)
