"""Who sits down to a battle, what each side is sent of the past, and what the turn keeps of it."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from arena.client import Refused
from arena.engines import configured_engines
from arena.settings import Settings
from arena.store.tables import Turn
from serving.manner import Manner
from serving.tables import Model, UsageDay
from tests.conftest import running_site
from tests.site_fixture import Site, until

WORDS = "some words of a prompt that is neither short nor long "


async def change(site: Site, name: str, **fields: object) -> None:
    async with site.services.store.write() as session:
        await session.execute(update(Model).where(col(Model.name) == name).values(**fields))


def sent(site: Site, model: str) -> list[int]:
    """How many messages each request to this contestant carried."""
    return [len(seen["messages"]) for seen in site.upstream.seen if seen["model"] == model]


async def test_both_sides_are_sent_the_same_turns_though_only_one_is_short(site: Site) -> None:
    await change(site, "fast", context_length=256)
    async with site.visitor() as visitor:
        battle = await visitor.open_battle("named", ["fast", "slow"])
        for number in range(6):
            assert (await visitor.ask(battle, f"{WORDS * 2} {number}")).state == "done"
    assert sent(site, "fast") == sent(site, "slow")
    assert sent(site, "fast")[0] == 1 and 1 < max(sent(site, "fast")) < 11
    assert site.upstream.seen[-1]["messages"][-1]["content"].endswith("5")


async def test_a_prompt_too_long_for_one_side_begins_no_turn(site: Site) -> None:
    await change(site, "fast", context_length=128)
    async with site.visitor() as visitor:
        battle = await visitor.open_battle("named", ["fast", "slow"])
        with pytest.raises(Refused, match="too long for the model") as caught:
            await visitor.ask(battle, WORDS * 50)
        assert caught.value.status == 422
        assert (await visitor.ask(battle, WORDS)).turn == 1


async def test_a_model_that_has_spent_its_day_is_not_drawn(tmp_path: Path) -> None:
    manners = {name: Manner(tokens=5) for name in ("one", "two", "three")}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        await change(site, "two", limits={"tokens_per_day": 5})
        await visitor.ask(await visitor.open_battle("direct", ["two"]), "hello")
        for _ in range(8):
            await visitor.ask(await visitor.open_battle(), "hello")
    drawn = Counter(seen["model"] for seen in site.upstream.seen)
    assert drawn == {"one": 8, "two": 1, "three": 8}


async def test_a_model_whose_only_endpoint_is_out_of_order_is_not_drawn(tmp_path: Path) -> None:
    manners = {name: Manner(tokens=5) for name in ("one", "two")} | {"bad": Manner(status=500)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        for _ in range(3):
            await visitor.ask(await visitor.open_battle("direct", ["bad"]), "hello")
        for _ in range(8):
            assert (await visitor.ask(await visitor.open_battle(), "hello")).state == "done"
    assert Counter(seen["model"] for seen in site.upstream.seen)["bad"] == 3


async def test_where_no_two_are_in_order_those_out_of_order_are_drawn(tmp_path: Path) -> None:
    manners = {"one": Manner(tokens=5), "bad": Manner(status=500)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        for _ in range(3):
            await visitor.ask(await visitor.open_battle("direct", ["bad"]), "hello")
        site.upstream.manners["bad"] = Manner(tokens=5)
        assert (await visitor.ask(await visitor.open_battle(), "hello")).state == "done"


async def test_the_turn_keeps_who_counted_what_it_cost_and_where_it_was_answered(
    tmp_path: Path,
) -> None:
    manners = {"paid": Manner(tokens=10), "free": Manner(tokens=10, usage=False)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        await change(site, "paid", price={"prompt": 1.0, "completion": 2.0})
        await visitor.ask(await visitor.open_battle("named", ["paid", "free"]), "one two three")
        async with site.services.store.read() as session:
            turn = (await session.execute(select(Turn))).scalar_one()
    assert (turn.tokens_source_a, turn.tokens_source_b) == ("upstream", "estimate")
    assert turn.cost_a == pytest.approx(23e-6) and turn.cost_b is None
    assert turn.endpoint_a and turn.endpoint_b and turn.endpoint_a != turn.endpoint_b


async def test_a_turn_that_failed_keeps_which_endpoint_it_was(tmp_path: Path) -> None:
    manners = {"fine": Manner(), "bad": Manner(status=500)}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        await visitor.ask(await visitor.open_battle("named", ["fine", "bad"]), "hello")
        await until(lambda: site.services.battles.running_count == 0)
        async with site.services.store.read() as session:
            turn = (await session.execute(select(Turn))).scalar_one()
    assert turn.finish_b == "error" and turn.endpoint_b


async def test_the_days_sums_are_in_the_store_when_the_site_has_closed(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site, site.visitor() as visitor:
        await visitor.ask(await visitor.open_battle(), "hello there")
        figures = (await visitor._session.get(f"{site.url}/metrics")).text()
        assert 'gateway_streams_total{model="1",outcome="ok"} 1.0' in await figures
        await site.services.battles.close()
        await until(lambda: not site.services.gateway._books.ledger.unwritten(), seconds=10)
        async with site.services.store.read() as session:
            days = list((await session.execute(select(UsageDay))).scalars())
    assert sorted((day.model_id, day.requests) for day in days) == [(1, 1), (2, 1)]


def test_the_demos_contestants_declare_the_context_their_engine_has(tmp_path: Path) -> None:
    (demo,) = configured_engines(Settings(data_dir=tmp_path, demo=True))
    assert demo.max_model_len == 512
