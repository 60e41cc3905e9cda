"""How often a key may ask at the OpenAI-compatible door, as the official client is told."""

from pathlib import Path

import openai
import pytest

from serving.manner import Manner
from serving.openai_errors import ApiError
from serving.openai_pace import Pace
from tests.conftest import running_site
from tests.door_fixture import ECHO, HI, a_key, client, names

PLAIN = {"one": Manner()}


async def test_one_request_too_many_is_a_rate_limit_with_a_time(tmp_path: Path) -> None:
    async with running_site(tmp_path, PLAIN, chat_per_minute=2) as site, client(site) as asker:
        for _ in range(2):
            await asker.chat.completions.create(model="one", messages=HI)
        with pytest.raises(openai.RateLimitError) as caught:
            await asker.chat.completions.create(model="one", messages=HI, stream=True)
        assert await names(asker) == ["one"]
    assert 50 < int(caught.value.response.headers["Retry-After"]) <= 60
    assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "rate_limit_error")
    assert "2 times a minute" in caught.value.message
    assert site.upstream.stats.requests == 2


async def test_one_keys_minute_is_not_anothers(tmp_path: Path) -> None:
    async with running_site(tmp_path, PLAIN, chat_per_minute=1) as site:
        for provider in ("Judges", "Others"):
            async with client(site, await a_key(site, provider)) as asker:
                answer = await asker.chat.completions.create(model="one", messages=HI)
                assert answer.choices[0].message.content == ECHO


async def test_what_is_wrong_counts_and_a_wrong_key_does_not(tmp_path: Path) -> None:
    async with running_site(tmp_path, PLAIN, chat_per_minute=1) as site:
        key = await a_key(site)
        async with client(site, key[:-1] + "?") as thief, client(site, key) as asker:
            for _ in range(3):
                with pytest.raises(openai.AuthenticationError):
                    await thief.chat.completions.create(model="one", messages=HI)
            with pytest.raises(openai.NotFoundError):
                await asker.chat.completions.create(model="none", messages=HI)
            with pytest.raises(openai.RateLimitError):
                await asker.chat.completions.create(model="one", messages=HI)


async def test_none_is_no_limit_and_a_moment_is_waited_for_at_least() -> None:
    free, strict = Pace(0), Pace(1)
    for _ in range(5_000):
        await free.hit("agon_00000000")
    await strict.hit("agon_00000000")
    with pytest.raises(ApiError) as caught:
        await strict.hit("agon_00000000")
    assert caught.value.retry_after is not None and caught.value.retry_after >= 1.0
