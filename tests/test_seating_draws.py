"""What the matchmaker is told: the tallies of the right visitors, whose each contestant is."""

from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from arena.house import operator
from arena.matchmaking import Pair
from arena.seating import Seating, owner, record
from arena.settings import Settings
from arena.store.session import Store
from arena.store.tables import Battle, Kind, Tally
from serving.sealing import Sealer
from serving.tables import Model, now
from tests.conftest import running_site

SETTINGS = Settings(demo=False, sampling_new_votes=0)


async def entered(store: Store, *names: str) -> list[int]:
    """Contestants of the operator by these names, and votes of the first two of them."""
    async with store.write() as session:
        account = await operator(session, Sealer("a secret of the tests"))
        models = [Model(name=name, provider_id=account.id or 0) for name in names]
        session.add_all(models)
        await session.flush()
        codes = [model.id or 0 for model in models]
        counted = {("model_a", Kind.PERSON): 40, ("model_b", Kind.PERSON): 30}
        counted |= {("tie", Kind.PERSON): 20, ("both_bad", Kind.PERSON): 10}
        counted |= {("tie", Kind.JUDGE): 500}
        for (outcome, kind), count in counted.items():
            for category in ("overall", "code"):
                seats = {"model_a": codes[1], "model_b": codes[0]}
                key = {"day": now().date(), "category": category, "kind": kind}
                session.add(Tally(**key, **seats, outcome=outcome, count=count))
    return codes


async def test_the_overall_votes_of_the_boards_visitors_are_counted(store: Store) -> None:
    await entered(store, "one", "two", "three")
    async with store.read() as session:
        known = await record(session, ["person"])
    assert known.wins[1, 0] == 40 and known.wins[0, 1] == 30
    assert known.ties[0, 1] == known.ties[1, 0] == 30 and known.votes.sum() == 200


async def test_an_arena_without_contestants_or_votes_is_recalled(store: Store) -> None:
    async with store.read() as session:
        assert len((await record(session, ["person"])).codes) == 0


async def test_what_is_recalled_moves_the_draws(store: Store) -> None:
    codes = await entered(store, "one", "two", "three")
    seating = Seating(SETTINGS, store, Random(1))
    assert seating.draw(codes).probability == pytest.approx(1 / 3)
    await seating.recall()
    chances = {frozenset((p.model_a, p.model_b)): p.probability for p in _draws(seating, codes)}
    assert chances[frozenset(codes[:2])] < 0.1 and sum(chances.values()) == pytest.approx(1)


async def test_an_operator_who_wants_all_pairs_alike_has_them(store: Store) -> None:
    codes = await entered(store, "one", "two", "three")
    uniform = SETTINGS.model_copy(update={"sampling": "uniform"})
    seating = Seating(uniform, store, Random(1))
    await seating.recall()
    drawn = list(_draws(seating, codes))
    assert {(p.probability, p.policy) for p in drawn} == {(1 / 3, "uniform-1")}


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


def _draws(seating: Seating, codes: list[int]) -> list[Pair]:
    return [seating.draw(codes) for _ in range(400)]
