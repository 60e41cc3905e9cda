"""Tags given again: the tallies end where counting the votes afresh would end."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import col, select

from arena import house, own_data, retagging, tags, voting
from arena.retagging import Change, backfill, by_model, by_rules
from arena.store import battles, tallies, visitors
from arena.store.session import Store, opened
from arena.store.tables import Battle, Kind, Mode, Tally, Turn, TurnState, Visitor
from serving.sealing import Sealer
from serving.target import Route
from tests.process_fixture import arena

PROMPTS = (
    "hi",
    "Write a poem about the sea",
    "Solve x^2 - 4 = 0",
    "How do I sort a list in Python?",
    "Wie heißt die Hauptstadt von Portugal?",
    "word " * 500,
)
OLD: Sequence[list[str]] = ([], ["code"], ["maths", "language-fr"], ["creative-writing"])
BY: Sequence[str | None] = (None, "rules 1", tags.RULES, f"{tags.RULES} + judge", "rules 1 + judge")
WINNERS: Sequence[voting.Choice] = ("model_a", "model_b", "tie", "both_bad")


@pytest.fixture
async def entered(store: Store) -> Store:
    contestants = [house.House(name, Route("http://127.0.0.1:1/v1", name)) for name in "xyz"]
    await house.enter(store, Sealer("a secret of the tests"), contestants)
    return store


async def a_battle(store: Store, rng: Random, turns: int) -> Visitor:
    """One of any kind: voted on or not, closed or open, with turns of every sort of tags."""
    async with store.write() as session:
        visitor = await visitors.add_visitor(session, Kind.PERSON)
        one, other = rng.sample((1, 2, 3), 2)
        mode = rng.choice((Mode.ANONYMOUS, Mode.ANONYMOUS, Mode.NAMED))
        battle = Battle(visitor_id=visitor.id, mode=mode, model_a=one, model_b=other)
        session.add(battle)
        await session.flush()
        for n in range(1, turns + 1):
            held = {"category_tags": rng.choice(OLD), "tagged_by": rng.choice(BY)}
            turn = Turn(battle_id=battle.id, n=n, prompt=rng.choice(PROMPTS), **held)
            turn.state = rng.choice((TurnState.DONE, TurnState.DONE, TurnState.CANCELLED))
            turn.answer_a, turn.answer_b = "one", "two"
            session.add(turn)
        await session.flush()
        for n in range(1, turns + 1):
            if rng.random() < 0.7:
                await voting.cast(
                    session, visitor, battle.id, voting.Ballot(n, rng.choice(WINNERS))
                )
        if rng.random() < 0.8:
            await voting.close(session, battle)
    return visitor


async def counted(store: Store) -> set[tuple[Any, ...]]:
    """The tallies that hold something."""
    async with store.read() as session:
        rows = (await session.execute(select(Tally).where(col(Tally.count) != 0))).scalars()
        keys = ("day", "category", "kind", "model_a", "model_b", "outcome", "count", "weight_sum")
        return {tuple(getattr(row, key) for key in keys) for row in rows}


async def recounted(store: Store) -> set[tuple[Any, ...]]:
    async with store.write() as session:
        await tallies.rebuild(session)
    return await counted(store)


async def turns_of(store: Store) -> list[Turn]:
    async with store.read() as session:
        return list((await session.execute(select(Turn).order_by(col(Turn.id)))).scalars())


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_run_the_tallies_are_those_of_the_votes(entered: Store, seed: int) -> None:
    rng = Random(seed)
    people = [await a_battle(entered, rng, rng.randint(1, 3)) for _ in range(25)]
    for visitor in people[:4]:
        async with entered.write() as session:
            await own_data.erase(session, visitor, keep_observations=rng.random() < 0.5)
    before = await counted(entered)
    report = await backfill(entered, dry_run=False)
    after = await counted(entered)
    assert report.moved > 0 and before != after
    assert after == await recounted(entered)


async def test_a_second_run_finds_nothing_and_a_dry_one_changes_nothing(entered: Store) -> None:
    rng = Random(7)
    for _ in range(12):
        await a_battle(entered, rng, 2)
    before = [turn.model_dump() for turn in await turns_of(entered)], await counted(entered)
    dry = await backfill(entered, dry_run=True)
    assert (
        [turn.model_dump() for turn in await turns_of(entered)],
        await counted(entered),
    ) == before
    real = await backfill(entered, dry_run=False)
    assert dry.to_dict() | {"dry_run": False} == real.to_dict() and real.changed > 0
    assert (await backfill(entered, dry_run=False)).turns == 0


async def test_a_run_that_is_stopped_is_taken_up_where_it_was(
    entered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(3)
    for _ in range(10):
        await a_battle(entered, rng, 2)
    monkeypatch.setattr(retagging, "AT_ONCE", 4)
    due = (await backfill(entered, dry_run=True)).turns

    def stop(done: int, of: int) -> None:
        if done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await backfill(entered, False, stop)
    assert (await backfill(entered, dry_run=False)).turns == due - 8
    assert await counted(entered) == await recounted(entered)


async def test_an_erased_turn_keeps_the_tags_its_observation_was_posted_with(
    entered: Store,
) -> None:
    visitor = await a_battle(entered, Random(1), 1)
    async with entered.write() as session:
        await own_data.erase(session, visitor, keep_observations=True)
    before = [turn.model_dump() for turn in await turns_of(entered)]
    assert (await backfill(entered, dry_run=False)).turns == 0
    assert [turn.model_dump() for turn in await turns_of(entered)] == before
    gone = [Change(t.id, t.battle_id, "en", ("maths",), "x") for t in await turns_of(entered)]
    await retagging.settle(entered, gone)
    assert [turn.model_dump() for turn in await turns_of(entered)] == before


async def test_runs_and_closes_at_the_same_time_lose_nothing(entered: Store) -> None:
    rng = Random(5)
    for _ in range(10):
        await a_battle(entered, rng, 2)

    async def close_all() -> None:
        async with entered.write() as session:
            found = (
                await session.execute(select(Battle).order_by(col(Battle.id).desc()))
            ).scalars()
            for battle in found.all():
                await voting.close(session, battle)

    runs = [backfill(entered, dry_run=False) for _ in range(2)]
    await asyncio.gather(*runs, close_all(), *(a_battle(entered, rng, 2) for _ in range(5)))
    assert await counted(entered) == await recounted(entered)


def test_what_a_model_guessed_stays_and_what_is_certain_is_the_rules() -> None:
    turn = Turn(
        battle_id="b", n=2, prompt="Solve x^2 - 4 = 0 in Python", tagged_by="rules 1 + judge"
    )
    turn.category_tags = ["hard-prompt", "language-xx"]
    change = by_rules(turn)
    assert set(change.tags) >= {"hard-prompt", "code", "multi-turn"}
    assert "maths" not in change.tags and "language-xx" not in change.tags
    assert change.by == f"{tags.RULES} + judge"
    said = by_model(turn, "judge", frozenset({"maths"}))
    assert {"maths", "code"} <= set(said.tags) and "hard-prompt" not in said.tags


async def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    await arena(tmp_path, "db", "upgrade")
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'arena.db'}") as store:
        contestants = [house.House(name, Route("http://127.0.0.1:1/v1", name)) for name in "xyz"]
        await house.enter(store, Sealer("a secret of the tests"), contestants)
        for seed in range(6):
            await a_battle(store, Random(seed), 2)
        due = (await backfill(store, dry_run=True)).to_dict()
    dry = await arena(tmp_path, "tags", "backfill", "--dry-run")
    assert dry[0] == 0 and f"{due['turns']} turns looked at with {tags.RULES}" in dry[1], dry
    told = await arena(tmp_path, "tags", "backfill", "--json")
    assert told[0] == 0 and f'"changed": {due["changed"]}' in told[1]
    assert (await arena(tmp_path, "tags", "backfill"))[1].startswith("0 turns looked at")


async def test_a_close_that_is_under_way_is_waited_for(entered: Store) -> None:
    rng = Random(11)
    visitor = await an_open_battle(entered, rng)
    async with entered.write() as session:
        (battle,) = await battles.open_battles(session, visitor.id)
        await voting.close(session, battle)
        run = asyncio.create_task(backfill(entered, dry_run=False))
        await asyncio.sleep(0.8)
        assert not run.done()
    assert (await run).moved == 1
    assert await counted(entered) == await recounted(entered)


async def test_an_erasure_that_is_under_way_is_waited_for(entered: Store) -> None:
    visitor = await an_open_battle(entered, Random(12))
    async with entered.write() as session:
        await own_data.erase(session, visitor, keep_observations=True)
        run = asyncio.create_task(backfill(entered, dry_run=False))
        await asyncio.sleep(0.5)
    assert (await run).moved == 0
    assert await counted(entered) == await recounted(entered)


async def an_open_battle(store: Store, rng: Random) -> Visitor:
    """With one vote, on a turn that older rules tagged as code."""
    async with store.write() as session:
        visitor = await visitors.add_visitor(session, Kind.PERSON)
        battle = Battle(visitor_id=visitor.id, mode=Mode.ANONYMOUS, model_a=1, model_b=2)
        session.add(battle)
        await session.flush()
        turn = Turn(battle_id=battle.id, n=1, prompt=PROMPTS[1], category_tags=["code"])
        turn.state, turn.answer_a, turn.answer_b = TurnState.DONE, "one", "two"
        session.add(turn)
        await session.flush()
        await voting.cast(session, visitor, battle.id, voting.Ballot(1, rng.choice(WINNERS)))
    return visitor
