"""What the store promises, on SQLite and on a real PostgreSQL alike."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import col, select

from arena import house, own_data, voting
from arena.errors import Conflict
from arena.store import battles, tallies, visitors
from arena.store.session import Store
from arena.store.tables import (
    Battle,
    BattleState,
    Consent,
    Kind,
    Mode,
    Tally,
    Turn,
    TurnState,
    Visitor,
    Vote,
)
from serving.sealing import Sealer
from serving.tables import now
from serving.target import Route


@dataclass
class Scene:
    """A visitor with an open battle between contestants 1 and 2."""

    store: Store
    visitor: Visitor
    battle: str

    async def turn(self, n: int, state: TurnState = TurnState.DONE, tags: list[str] = []) -> None:  # noqa: B006
        async with self.store.write() as session:
            turn = Turn(battle_id=self.battle, n=n, prompt="hi", state=state, category_tags=tags)
            turn.answer_a, turn.answer_b = "one", "two"
            session.add(turn)

    async def vote(self, n: int, winner: voting.Choice, reveal: bool = False) -> None:
        async with self.store.write() as session:
            ballot = voting.Ballot(n, winner, comment="because")
            battle, _ = await voting.cast(session, self.visitor, self.battle, ballot)
            if reveal:
                await voting.reveal(session, battle)

    async def tally(self) -> list[tuple[str, str, int]]:
        async with self.store.read() as session:
            rows = (await session.execute(select(Tally).order_by(col(Tally.category)))).scalars()
            return [(row.category, row.outcome, row.count) for row in rows]


@pytest.fixture
async def scene(store: Store) -> Scene:
    sealer = Sealer("a secret of the tests")
    contestants = [house.House(name, Route("http://127.0.0.1:1/v1", name)) for name in "xy"]
    await house.enter(store, sealer, contestants)
    return await new_scene(store)


async def new_scene(store: Store, kind: Kind = Kind.PERSON) -> Scene:
    async with store.write() as session:
        visitor = await visitors.add_visitor(session, kind)
        visitors.add_consent(session, visitor.id, "v1", publication=True)
        battle = Battle(visitor_id=visitor.id, kind=kind, mode=Mode.ANONYMOUS, model_a=1, model_b=2)
        session.add(battle)
    return Scene(store, visitor, battle.id)


async def test_what_is_written_is_read_back_as_it_was(scene: Scene) -> None:
    await scene.turn(1, tags=["language-en"])
    async with scene.store.read() as session:
        battle = await battles.battle_of(session, scene.visitor.id, scene.battle)
        turn = await battles.turn_of(session, scene.battle, 1)
    assert battle is not None and turn is not None
    assert battle.state is BattleState.OPEN and battle.created.utcoffset() == timedelta(0)
    assert turn.state is TurnState.DONE and turn.category_tags == ["language-en"]


async def test_a_failed_transaction_leaves_nothing(scene: Scene) -> None:
    async def write_and_fail() -> None:
        async with scene.store.write() as session:
            session.add(Turn(battle_id=scene.battle, n=1, prompt="hi"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await write_and_fail()
    async with scene.store.read() as session:
        assert await battles.turns_of(session, scene.battle) == []


async def test_the_database_itself_refuses_the_second_vote(scene: Scene) -> None:
    await scene.turn(1)
    await scene.vote(1, "tie")
    with pytest.raises(Conflict, match="already has your vote"):
        await scene.vote(1, "model_a")


async def test_of_many_votes_at_once_one_is_written(scene: Scene) -> None:
    await scene.turn(1)
    asked = [scene.vote(1, "model_a") for _ in range(8)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, Conflict) for result in results if result is not None)


async def test_a_battle_is_one_observation_whatever_its_votes(scene: Scene) -> None:
    for n, winner in enumerate(("model_a", "model_a", "model_b"), 1):
        await scene.turn(n, tags=["language-en"])
        await scene.vote(n, winner, reveal=n == 3)  # type: ignore[arg-type]
    assert await scene.tally() == [("language-en", "model_b", 1), ("overall", "model_b", 1)]


async def test_nothing_reaches_the_tallies_before_the_close(scene: Scene) -> None:
    await scene.turn(1)
    await scene.vote(1, "tie")
    assert await scene.tally() == []


async def test_many_battles_closing_at_once_are_all_counted(scene: Scene) -> None:
    async def one() -> None:
        other = await new_scene(scene.store)
        await other.turn(1)
        await other.vote(1, "model_a", reveal=True)

    await asyncio.gather(*(one() for _ in range(12)))
    assert await scene.tally() == [("overall", "model_a", 12)]


async def test_rebuilt_tallies_are_the_same_to_the_last_digit(scene: Scene) -> None:
    for winner in ("model_a", "tie", "tie", "both_bad"):
        other = await new_scene(scene.store, Kind.SIMULATED)
        await other.turn(1, tags=["code"])
        await other.vote(1, winner, reveal=True)  # type: ignore[arg-type]
    async with scene.store.read() as session:
        posted = (await session.execute(select(Tally))).scalars().all()
    async with scene.store.write() as session:
        assert await tallies.rebuild(session) == 4
    async with scene.store.read() as session:
        rebuilt = (await session.execute(select(Tally))).scalars().all()
    assert sorted(map(repr, posted)) == sorted(map(repr, rebuilt)) and len(posted) == 6


async def test_a_correcting_entry_takes_an_observation_back(scene: Scene) -> None:
    await scene.turn(1)
    await scene.vote(1, "model_a", reveal=True)
    async with scene.store.write() as session:
        (rated,) = await tallies.rated(session)
        await tallies.post(session, tallies.observation(*rated), sign=-1)
    async with scene.store.read() as session:
        assert await tallies.cells(session, ["person"]) == {}


@pytest.mark.parametrize("state", [*voting.UNVOTABLE])
async def test_a_turn_that_is_not_whole_takes_no_vote(scene: Scene, state: TurnState) -> None:
    await scene.turn(1, state)
    with pytest.raises(Conflict, match="this turn"):
        await scene.vote(1, "model_a")
    async with scene.store.read() as session:
        assert (await session.execute(select(Vote))).first() is None


async def test_a_weight_counts_in_the_sum_and_squared_beside_it(scene: Scene) -> None:
    await scene.turn(1)
    await scene.vote(1, "model_a", reveal=True)
    async with scene.store.write() as session:
        (_, _, vote) = next(iter(await tallies.rated(session)))
        vote.weight = 0.5
    async with scene.store.write() as session:
        await tallies.rebuild(session)
        (cell,) = (await tallies.cells(session, ["person"]))["overall"]
    assert (cell.count, cell.weight_sum, cell.weight_sq_sum) == (1, 0.5, 0.25)


async def test_tallies_keep_kinds_apart(scene: Scene) -> None:
    for kind in (Kind.PERSON, Kind.SIMULATED, Kind.SIMULATED):
        other = await new_scene(scene.store, kind)
        await other.turn(1)
        await other.vote(1, "model_a", reveal=True)
    async with scene.store.read() as session:
        people = await tallies.cells(session, ["person"])
        both = await tallies.cells(session, ["person", "simulated"])
    assert (people["overall"][0].count, both["overall"][0].count) == (1, 3)


async def test_a_tainted_or_cancelled_turn_is_never_rated(scene: Scene) -> None:
    await scene.turn(1)
    await scene.turn(2, TurnState.CANCELLED)
    async with scene.store.write() as session:
        turn = await battles.turn_of(session, scene.battle, 1)
        assert turn is not None
        turn.tainted = True
    await scene.vote(1, "model_a")
    await scene.vote(2, "model_b", reveal=True)
    async with scene.store.read() as session:
        votes = await battles.votes_of(session, scene.battle)
    assert {vote.unrated_reason for vote in votes} == {"tainted", "turn_cancelled"}
    assert await scene.tally() == []


async def test_turns_of_a_dead_process_are_interrupted(scene: Scene) -> None:
    await scene.turn(1, TurnState.RUNNING)
    async with scene.store.write() as session:
        assert await battles.end_orphans(session, "another", now() - timedelta(hours=1)) == 0
        assert await battles.end_orphans(session, "", now() - timedelta(hours=1)) == 1
    async with scene.store.read() as session:
        turn = await battles.turn_of(session, scene.battle, 1)
    assert turn is not None and turn.state is TurnState.INTERRUPTED


@pytest.mark.parametrize("keep", [True, False])
async def test_erasure_leaves_no_text_and_nobody_behind(scene: Scene, keep: bool) -> None:
    await scene.turn(1)
    await scene.vote(1, "model_a")
    async with scene.store.write() as session:
        await own_data.erase(session, scene.visitor, keep_observations=keep)
    async with scene.store.read() as session:
        turn = (await session.execute(select(Turn))).scalar_one()
        vote = (await session.execute(select(Vote))).scalar_one()
        battle = (await session.execute(select(Battle))).scalar_one()
        assert (await session.execute(select(Consent))).scalars().all() == []
        assert (await session.execute(select(Visitor))).scalars().all() == []
        counted = await tallies.cells(session, ["person"])
    assert (turn.prompt, turn.answer_a, turn.answer_b) == ("", "", "")
    assert (vote.visitor_id, vote.comment, battle.visitor_id) == (None, None, None)
    assert vote.created.hour == vote.created.minute == vote.created.second == 0
    assert bool(counted) is keep


async def test_tallies_can_be_rebuilt_after_an_erasure(scene: Scene) -> None:
    await scene.turn(1, tags=["code"])
    await scene.vote(1, "model_a", reveal=True)
    async with scene.store.write() as session:
        await own_data.erase(session, scene.visitor, keep_observations=True)
    before = await scene.tally()
    async with scene.store.write() as session:
        await tallies.rebuild(session)
    assert await scene.tally() == before != []
