"""What is held about a visitor, shown to them and erased for them."""

import pytest

from arena.client import ArenaClient, Refused
from tests.site_fixture import Site


async def test_a_visitor_sees_everything_held_about_them(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "what do you know of me")
        await visitor.vote(battle, 1, "model_b", margin=3, tags=["clear"], comment="well said")
        held = await visitor.call("GET", "me/data")
    assert held["kind"] == "person" and held["consents"][0]["publication"] is True
    (turn,) = held["battles"][0]["turns"]
    assert turn["prompt"] == "what do you know of me" and turn["answer_a"]
    assert (turn["vote"]["comment"], turn["vote"]["margin"]) == ("well said", 3)


async def test_names_not_yet_revealed_stay_hidden_there_too(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        held = str(await visitor.call("GET", "me/data"))
    assert "fast" not in held and "slow" not in held


async def test_erasure_ends_the_visitor(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        await visitor.vote(battle, 1, "model_a", reveal=True)
        await visitor.call("DELETE", "me")
        for method, path in (("GET", "me/data"), ("GET", f"battles/{battle}"), ("DELETE", "me")):
            with pytest.raises(Refused) as caught:
                await visitor.call(method, path)
            assert caught.value.status == 403


async def test_the_bare_observation_stays_counted(site: Site) -> None:
    async with site.visitor() as visitor:
        battle = await visitor.open_battle()
        await visitor.ask(battle, "hi there")
        await visitor.vote(battle, 1, "model_a", reveal=True)
        await visitor.call("DELETE", "me")
    await site.services.boards.refresh()
    assert (await site.services.views.board("overall"))["votes"] == 1


async def test_a_stranger_has_no_data(site: Site) -> None:
    async with ArenaClient(site.url) as stranger:
        with pytest.raises(Refused) as caught:
            await stranger.call("GET", "me/data")
    assert caught.value.status == 403
