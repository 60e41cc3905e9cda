"""What the matchmaker is told: the tallies of the right visitors, whose each contestant is."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from arena.house import operator
from arena.seating import Seating, known, owner
from arena.settings import Settings
from arena.store.session import Store
from arena.store.sums import Tallied
from arena.store.tables import Battle
from serving.manner import Manner
from serving.sealing import Sealer
from serving.tables import Model
from tests.conftest import running_site
from tests.site_fixture import until

SETTINGS = Settings(demo=False, sampling_new_votes=0)
VOTES = [("model_a", 40), ("model_b", 30), ("tie", 20), ("both_bad", 10)]


async def entered(store: Store, *names: str) -> list[int]:
    """Contestants of the operator by these names."""
    async with store.write() as session:
        account = await operator(session, Sealer("a secret of the tests"))
        models = [Model(name=name, provider_id=account.id or 0) for name in names]
        session.add_all(models)
        await session.flush()
        return [model.id or 0 for model in models]


def tally(one: int, other: int) -> Tallied:
    """What the boards know of two contestants: the first has won more."""
    return Tallied().plus([(one, other, said, count, 1.0, 1.0) for said, count in VOTES])


async def test_a_pairs_outcomes_are_counted_whoever_sat_where(store: Store) -> None:
    codes = await entered(store, "one", "two", "three")
    async with store.read() as session:
        found = await known(session, tally(codes[1], codes[0]))
    assert found.wins[1, 0] == 40 and found.wins[0, 1] == 30 and found.wins.sum() == 70
    assert found.ties[0, 1] == found.ties[1, 0] == 30 and found.votes.sum() == 200


async def test_an_arena_without_contestants_or_votes_is_recalled(store: Store) -> None:
    async with store.read() as session:
        assert len((await known(session, Tallied())).codes) == 0


@pytest.mark.parametrize("policy", ["active", "informative"])
async def test_what_is_recalled_moves_the_draws(store: Store, policy: str) -> None:
    codes = await entered(store, "one", "two", "three")
    settings = SETTINGS.model_copy(update={"sampling": policy})
    seating = Seating(settings, store, lambda: tally(*codes[:2]), Random(1))
    assert seating.draw(codes).probability == pytest.approx(1 / 3)
    await seating.recall()
    drawn = [seating.draw(codes) for _ in range(400)]
    chances = {frozenset((p.model_a, p.model_b)): p.probability for p in drawn}
    assert chances[frozenset(codes[:2])] < 0.1 and sum(chances.values()) == pytest.approx(1)
    assert {pair.policy for pair in drawn} == {f"{policy}-1"}


async def test_an_operator_who_wants_all_pairs_alike_has_them(store: Store) -> None:
    codes = await entered(store, "one", "two", "three")
    uniform = SETTINGS.model_copy(update={"sampling": "uniform"})
    seating = Seating(uniform, store, lambda: tally(*codes[:2]), Random(1))
    await seating.recall()
    drawn = [seating.draw(codes) for _ in range(100)]
    assert {(p.probability, p.policy) for p in drawn} == {(1 / 3, "uniform-1")}


async def test_what_the_draws_look_at_follows_the_votes_of_a_running_site(tmp_path: Path) -> None:
    manners = {name: Manner(tokens=5) for name in ("one", "two", "three")}
    async with running_site(tmp_path, manners) as site, site.visitor() as visitor:
        for _ in range(3):
            battle = await visitor.open_battle()
            await visitor.ask(battle, "hello")
            await visitor.vote(battle, 1, "model_a", reveal=True)
        await until(lambda: site.services.boards.overall().count.sum() == 3)


def test_the_operators_contestants_count_by_their_makers() -> None:
    assert owner(1, 7, "Makers", "operator") == owner(2, 7, "Makers", "operator")
    assert owner(1, 7, None, "operator") != owner(2, 7, None, "operator")
    assert owner(1, 8, "Makers", "labs") == owner(2, 8, None, "labs") != owner(3, 9, None, "other")


async def test_a_battle_keeps_the_probability_and_the_policys_name(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site, site.visitor() as visitor:
        await visitor.ask(await visitor.open_battle(), "hello")
        async with site.services.store.read() as session:
            battle = (await session.execute(select(Battle))).scalar_one()
    assert (battle.pair_probability, battle.sampling_policy) == (1.0, "active-1")
