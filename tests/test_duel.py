"""A turn while it runs: in parallel, stopped, left, come back to, broken, stored."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from arena.api.stream import joined
from arena.client import ArenaClient, Refused
from arena.duel import TurnEvent
from serving.manner import Manner
from tests.conftest import running_site
from tests.site_fixture import Site, until

PATIENT = {
    "one": Manner(tokens_per_s=20, tokens=400),
    "two": Manner(tokens_per_s=20, tokens=400),
}


async def first_ends(client: ArenaClient, prompt: str, battle: str) -> dict[str, float]:
    """Seconds from the prompt to each side's end."""
    began, ends = monotonic(), {}
    async for name, data in client.stream(battle, prompt):
        if name == "end":
            ends[data["side"]] = monotonic() - began
    return ends


async def test_a_fast_side_never_waits_for_a_slow_one(tmp_path: Path) -> None:
    manners = {
        "quick": Manner(first_token_s=0.1, tokens_per_s=50, tokens=50),
        "tardy": Manner(first_token_s=2.0, tokens_per_s=50, tokens=50),
    }
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        alone = await first_ends(visitor, "go", await visitor.open_battle("direct", ["quick"]))
        both = await first_ends(
            visitor, "go", await visitor.open_battle("named", ["quick", "tardy"])
        )
        assert both["a"] < both["b"] - 1.5
        assert both["a"] <= alone["a"] * 1.5


async def test_a_reader_is_told_of_many_tokens_at_once(tmp_path: Path) -> None:
    """Two answers of 200 tokens each within a second: a frame for each would be 400."""
    manners = {name: Manner(tokens_per_s=200, tokens=200) for name in ("one", "two")}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        told = [part async for part in visitor.stream(battle, "go")]
        deltas = [data for name, data in told if name == "delta"]
        turn = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]
    assert 10 < len(deltas) < 200
    for side in ("a", "b"):
        assert "".join(d["text"] for d in deltas if d["side"] == side) == turn[f"answer_{side}"]


def test_joined_deltas_stay_on_their_side_of_an_end() -> None:
    def delta(side: str, text: str) -> TurnEvent:
        return TurnEvent("delta", {"side": side, "text": text})

    end = TurnEvent("end", {"side": "a"})
    parts = [("a", "x"), ("b", "1"), ("a", "y")]
    events = [*(delta(*part) for part in parts), end, delta("b", "2"), delta("b", "3")]
    assert joined(events) == [delta("a", "xy"), delta("b", "1"), end, delta("b", "23")]


async def test_stop_ends_both_sides_and_keeps_what_was_written(tmp_path: Path) -> None:
    async with running_site(tmp_path, PATIENT) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        asked = asyncio.create_task(visitor.ask(battle, "tell me a long story"))
        await until(lambda: site.upstream.stats.open == 2)
        await asyncio.sleep(0.3)
        began = monotonic()
        await visitor.call("POST", f"battles/{battle}/stop")
        await until(lambda: site.upstream.stats.open == 0, seconds=1.0)
        heard = await asked
        assert monotonic() - began < 1.0
        assert heard.state == "cancelled" and heard.text["a"] and heard.text["b"]
        cast = await visitor.vote(battle, 1, "tie", reveal=True)
        assert cast["reveal"]["model_a"]
        kept = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]
        assert kept["answer_a"] == heard.text["a"]
        assert (kept["vote"]["rated"], kept["vote"]["unrated_reason"]) == (False, "turn_cancelled")


async def test_a_reader_that_goes_away_frees_both_upstreams_after_the_grace(tmp_path: Path) -> None:
    async with running_site(tmp_path, PATIENT, grace_seconds=0.5) as site:
        async with site.visitor() as visitor:
            battle = await visitor.open_battle()
            asked = asyncio.create_task(visitor.ask(battle, "tell me a long story"))
            await until(lambda: site.upstream.stats.open == 2)
            asked.cancel()
            await asyncio.sleep(0.25)
            assert site.upstream.stats.open == 2
            await until(lambda: site.upstream.stats.open == 0, seconds=1.5)
            await until(lambda: site.services.battles.running_count == 0)
            turn = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]
            assert turn["state"] == "interrupted"
            with pytest.raises(Refused, match="interrupted"):
                await visitor.vote(battle, 1, "tie")


async def test_a_reader_that_comes_back_in_time_goes_on_reading(tmp_path: Path) -> None:
    manners = {name: Manner(tokens_per_s=20, tokens=40) for name in ("one", "two")}
    async with running_site(tmp_path, manners, grace_seconds=1.0) as site:
        async with site.visitor() as visitor:
            battle = await visitor.open_battle()
            asked = asyncio.create_task(visitor.ask(battle, "tell me a story"))
            await until(lambda: site.upstream.stats.open == 2)
            await asyncio.sleep(0.3)
            asked.cancel()
            await asyncio.sleep(0.4)
            async with visitor._session.get(f"battles/{battle}/turns/1/stream") as answer:
                told = (await answer.read()).decode()
            assert '"state":"done"' in told and told.count('"finish_reason":"stop"') == 2
            assert site.upstream.stats.cancelled == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Manner(tokens=9, break_after=3, tokens_per_s=50), "broke off"),
        (Manner(status=500), "refused"),
        (Manner(status=429), "busy"),
        (Manner(garbage="not-json"), "not an answer"),
    ],
)
async def test_a_contestant_that_fails_fails_this_turn_and_no_earlier_vote(
    tmp_path: Path, fault: Manner, words: str
) -> None:
    manners = {"fine": Manner(tokens=20), "frail": Manner(tokens=20)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "one")
        await visitor.vote(battle, 1, "model_a")
        site.upstream.manners["frail"] = fault
        heard = await visitor.ask(battle, "two")
        assert heard.state == "failed" and words in " ".join(heard.errors)
        assert "frail" not in " ".join(heard.errors)
        with pytest.raises(Refused) as caught:
            await visitor.vote(battle, 2, "model_a")
        assert caught.value.status == 409
        await visitor.call("POST", f"battles/{battle}/reveal")
        votes = [turn["vote"] for turn in (await visitor.call("GET", f"battles/{battle}"))["turns"]]
        assert votes[0]["rated"] and votes[1] is None


async def test_when_one_side_fails_the_other_is_let_go_at_once(tmp_path: Path) -> None:
    frail = Manner(tokens=9, break_after=3, tokens_per_s=50)
    manners = {"frail": frail, "patient": Manner(tokens=2_000, tokens_per_s=20)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        battle = await visitor.open_battle()
        async with asyncio.timeout(10):
            assert (await visitor.ask(battle, "story")).state == "failed"
        await until(lambda: site.upstream.stats.open == 0)


async def test_the_text_is_in_the_store_while_it_is_being_written(tmp_path: Path) -> None:
    async with running_site(tmp_path, PATIENT, save_seconds=0.1) as site:
        async with site.visitor() as visitor:
            battle = await visitor.open_battle()
            asked = asyncio.create_task(visitor.ask(battle, "story"))
            await until(lambda: site.upstream.stats.open == 2)
            await asyncio.sleep(0.6)
            turn = (await visitor.call("GET", f"battles/{battle}"))["turns"][0]
            assert turn["state"] == "running" and turn["answer_a"].startswith("Echo: story")
            with pytest.raises(Refused, match="still being answered"):
                await visitor.call("POST", f"battles/{battle}/turns", {"prompt": "more"})
            await visitor.call("POST", f"battles/{battle}/stop")
            await asked


async def test_a_silent_stream_keeps_its_heart_beating(tmp_path: Path) -> None:
    manners = {name: Manner(first_token_s=0.7, tokens=2) for name in ("one", "two")}
    async with running_site(tmp_path, manners, heartbeat_seconds=0.2) as site:
        async with site.visitor() as visitor:
            battle = await visitor.open_battle()
            url = f"battles/{battle}/turns"
            async with visitor._session.post(url, json={"prompt": "hi"}) as answer:
                told = (await answer.read()).decode()
        assert told.count(": still here\n\n") >= 2


async def test_rendered_blocks_come_with_the_text(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        body = {"prompt": "**bold**", "render": "html"}
        async with visitor._session.post(f"battles/{battle}/turns", json=body) as answer:
            told = (await answer.read()).decode()
        assert told.count("event: block") >= 2 and "<strong>bold</strong>" in told
        assert told.index("event: block") < told.index("event: end")
        assert '"rest":""' in told
