"""A battle over HTTP, from the consent to the reveal, and every way it can be refused."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest

from arena.client import ArenaClient, Refused
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site, until


async def refusal(client: ArenaClient, method: str, path: str, body: object = None) -> int:
    with pytest.raises(Refused) as caught:
        await client.call(method, path, body)
    return caught.value.status


async def test_a_battle_goes_from_prompt_to_reveal(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        heard = await visitor.ask(battle, "hello you two")
        assert (heard.turn, heard.state) == (1, "done")
        assert heard.text["a"].startswith("Echo: hello") and heard.text["a"] != heard.text["b"]
        cast = await visitor.vote(battle, 1, "model_a", margin=2, reveal=True)
        assert {*cast["reveal"].values()} == {"fast", "slow"}


async def test_no_consent_no_battle(site: Site) -> None:
    async with ArenaClient(site.url) as stranger:
        assert await refusal(stranger, "POST", "battles", {"mode": "anonymous"}) == 403


async def test_names_stay_hidden_until_the_reveal(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        assert (await visitor.call("GET", f"battles/{battle}"))["models"] is None
        await visitor.vote(battle, 1, "tie", reveal=True)
        shown = await visitor.call("GET", f"battles/{battle}")
        assert {*shown["models"].values()} == {"fast", "slow"}


async def test_a_second_vote_is_a_conflict_and_the_first_stands(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        await visitor.vote(battle, 1, "tie")
        again = {"turn": 1, "winner": "model_a"}
        assert await refusal(visitor, "POST", f"battles/{battle}/votes", again) == 409
        shown = await visitor.call("GET", f"battles/{battle}")
        assert shown["turns"][0]["vote"]["winner"] == "tie"


async def test_no_reveal_before_a_vote(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        assert await refusal(visitor, "POST", f"battles/{battle}/reveal") == 409


async def test_a_vote_after_the_reveal_is_kept_not_blind_and_not_rated(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "one")
        await visitor.ask(battle, "two")
        await visitor.vote(battle, 2, "model_a", reveal=True)
        await visitor.vote(battle, 1, "model_b")
        late = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]["vote"]
        assert (late["blind"], late["rated"], late["winner"]) == (False, False, "model_b")


async def test_the_last_blind_vote_is_the_one_that_is_rated(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "one")
        await visitor.vote(battle, 1, "model_a")
        await visitor.ask(battle, "two")
        await visitor.vote(battle, 2, "model_b", reveal=True)
        votes = [turn["vote"] for turn in (await visitor.call("GET", f"battles/{battle}"))["turns"]]
        assert [vote["rated"] for vote in votes] == [False, True]
        assert votes[0]["unrated_reason"] == "earlier_turn"


async def test_nobody_sees_another_visitors_battle(site: Site) -> None:
    async with site.visitor() as one, site.visitor() as other:
        battle = await one.open_battle()
        await one.ask(battle, "mine")
        for method, path, body in [
            ("GET", f"battles/{battle}", None),
            ("POST", f"battles/{battle}/turns", {"prompt": "hi"}),
            ("POST", f"battles/{battle}/votes", {"turn": 1, "winner": "tie"}),
            ("POST", f"battles/{battle}/reveal", None),
            ("POST", f"battles/{battle}/stop", None),
            ("GET", f"battles/{battle}/turns/1/stream", None),
        ]:
            assert await refusal(other, method, path, body) == 404


async def test_the_next_battle_closes_the_one_before(site: Site) -> None:
    async with site.visitor() as visitor:
        first = await visitor.open_battle()
        await visitor.ask(first, "one")
        await visitor.vote(first, 1, "model_a")
        await visitor.open_battle()
        shown = await visitor.call("GET", f"battles/{first}")
        assert shown["state"] == "closed" and shown["models"] is None
        assert shown["turns"][0]["vote"]["rated"]
        assert await refusal(visitor, "POST", f"battles/{first}/turns", {"prompt": "more"}) == 409


async def test_a_battle_without_a_finished_turn_is_void(site: Site) -> None:
    async with site.visitor() as visitor:
        first = await visitor.open_battle()
        await visitor.open_battle()
        assert (await visitor.call("GET", f"battles/{first}"))["state"] == "void"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"prompt": ""}, 422),
        ({"prompt": "  \n "}, 422),
        ({"prompt": "x" * 8_001}, 422),
        ({"prompt": "a\x00b"}, 422),
        ({"prompt": 7}, 422),
        ({}, 422),
        ({"prompt": "hi", "render": "pdf"}, 422),
    ],
)
async def test_prompts_that_cannot_be_taken_say_so(
    site: Site, body: dict[str, object], status: int
) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        assert await refusal(visitor, "POST", f"battles/{battle}/turns", body) == status


@pytest.mark.parametrize("raw", [b'{"prompt": "\\ud800"}', b'{"prompt": "\xff"}', b"{", b"[]"])
async def test_broken_bodies_are_refused_not_fallen_over(site: Site, raw: bytes) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        headers = {"Content-Type": "application/json"}
        url = f"battles/{battle}/turns"
        async with visitor._session.post(url, data=raw, headers=headers) as answer:
            assert 400 <= answer.status < 500
            assert answer.content_type == "application/problem+json"


async def test_a_body_without_end_is_cut_off(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        body = BytesIO(b'{"prompt": "' + b"x" * 1_100_000 + b'"}')
        async with visitor._session.post(f"battles/{battle}/turns", data=body) as answer:
            assert answer.status == 413


@pytest.mark.parametrize(
    "vote",
    [
        {"turn": 1, "winner": "model_c"},
        {"turn": 1, "winner": "tie", "margin": 4},
        {"turn": 0, "winner": "tie"},
        {"turn": 1, "winner": "tie", "tags": ["Not A Tag"]},
        {"turn": 1, "winner": "tie", "comment": "a\x00b"},
        {"winner": "tie"},
    ],
)
async def test_votes_that_are_not_votes_are_refused(site: Site, vote: dict[str, object]) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        assert await refusal(visitor, "POST", f"battles/{battle}/votes", vote) == 422


async def test_a_turn_that_is_not_there_cannot_be_voted_on(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        vote = {"turn": 1, "winner": "tie"}
        assert await refusal(visitor, "POST", f"battles/{battle}/votes", vote) == 404


async def test_named_and_direct_battles_show_their_names_and_are_never_rated(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle("named", ["fast", "slow"])
        await visitor.ask(battle, "hi there")
        await visitor.vote(battle, 1, "model_a", reveal=True)
        shown = await visitor.call("GET", f"battles/{battle}")
        assert shown["models"] == {"model_a": "fast", "model_b": "slow"}
        assert not shown["turns"][0]["vote"]["rated"]
        chat = await visitor.open_battle("direct", ["slow"])
        heard = await visitor.ask(chat, "hi there")
        assert heard.text["a"] and not heard.text["b"]


@pytest.mark.parametrize(
    ("mode", "models"),
    [
        ("anonymous", ["fast"]),
        ("named", ["fast"]),
        ("named", ["fast", "fast"]),
        ("named", ["fast", "nobody"]),
        ("direct", []),
        ("duel", []),
    ],
)
async def test_wrong_line_ups_are_refused(site: Site, mode: str, models: list[str]) -> None:
    async with site.visitor() as visitor:
        body = {"mode": mode, "models": models}
        assert await refusal(visitor, "POST", "battles", body) == 422


async def test_one_live_contestant_is_no_pair(tmp_path: Path) -> None:
    async with running_site(tmp_path, {"alone": Manner()}) as lonely, lonely.visitor() as visitor:
        assert await refusal(visitor, "POST", "battles", {}) == 503


async def test_too_many_turns_in_a_minute_are_told_when_to_come_back(tmp_path: Path) -> None:
    async with running_site(tmp_path, turns_per_minute=1) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "one")
        url = f"battles/{battle}/turns"
        async with visitor._session.post(url, json={"prompt": "two"}) as answer:
            assert answer.status == 429
            assert 1 <= int(answer.headers["Retry-After"]) <= 60


async def test_the_conversation_so_far_goes_to_each_side_as_it_said_it(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        first = await visitor.ask(battle, "one")
        await visitor.ask(battle, "two")
    last = {request["model"]: request["messages"] for request in site.upstream.seen[-2:]}
    assert {messages[1]["content"] for messages in last.values()} == {*first.text.values()}
    assert all(
        [m["content"] for m in messages][::2] == ["one", "two"] for messages in last.values()
    )


async def test_a_told_again_turn_is_the_turn_that_was(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        heard = await visitor.ask(battle, "again")
        await until(lambda: site.services.battles.running_count == 0)
        url = f"battles/{battle}/turns/1/stream"
        async with visitor._session.get(url) as answer:
            told = (await answer.read()).decode()
        assert heard.text["a"] in told and heard.text["b"] in told
        assert told.rstrip().endswith('{"turn":1,"state":"done"}')


async def test_a_battle_nobody_touches_is_closed_and_rated_without_a_reveal(tmp_path: Path) -> None:
    async with running_site(tmp_path, idle_minutes=0.002) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        await visitor.vote(battle, 1, "model_a")
        await asyncio.sleep(0.2)
        await site.services.battles.sweep()
        shown = await visitor.call("GET", f"battles/{battle}")
        assert (shown["state"], shown["models"]) == ("closed", None)
        assert shown["turns"][0]["vote"]["rated"]


async def test_a_vote_after_the_close_is_kept_and_not_rated(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        await visitor.open_battle()
        await visitor.vote(battle, 1, "model_a")
        late = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]["vote"]
        assert (late["rated"], late["unrated_reason"]) == (False, "after_close")
