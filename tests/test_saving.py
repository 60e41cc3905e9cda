"""Running turns are written together, in order, and one that cannot be written hurts no other."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from arena.saving import TURN, Row, Saver
from arena.store.session import Store
from arena.store.tables import Battle, Kind, Mode, Turn, TurnState, Visitor
from serving.tables import now


@pytest_asyncio.fixture
async def turns(store: Store) -> AsyncIterator[list[str]]:
    """Twenty turns of one battle."""
    async with store.write() as session:
        visitor = Visitor(kind=Kind.PERSON)
        session.add(visitor)
        await session.flush()
        battle = Battle(visitor_id=visitor.id, mode=Mode.ANONYMOUS)
        session.add(battle)
        await session.flush()
        made = [Turn(battle_id=battle.id, n=n, prompt="go") for n in range(1, 21)]
        session.add_all(made)
    yield [turn.id for turn in made]


def row(turn: str, text: str, state: TurnState = TurnState.RUNNING, **more: object) -> Row:
    return {TURN: turn, "answer_a": text, "state": state, "saved": now(), **more}


async def text_of(store: Store, turn: str) -> tuple[str, TurnState]:
    async with store.read() as session:
        found = await session.get_one(Turn, turn)
        return found.answer_a, found.state


async def test_who_asks_at_once_shares_few_transactions(store: Store, turns: list[str]) -> None:
    commits: list[object] = []
    event.listen(store.writers.kw["bind"].sync_engine, "commit", commits.append)
    saver = Saver(store)
    await asyncio.gather(*(saver.save(row(turn, turn)) for turn in turns))
    assert [await text_of(store, turn) for turn in turns] == [
        (turn, TurnState.RUNNING) for turn in turns
    ]
    assert len(commits) <= 2


async def test_what_was_asked_last_of_a_turn_stands(store: Store, turns: list[str]) -> None:
    saver = Saver(store)
    words = [row(turns[0], "a"), row(turns[0], "ab"), row(turns[0], "abc", TurnState.DONE)]
    await asyncio.gather(*(saver.save(word) for word in words))
    assert await text_of(store, turns[0]) == ("abc", TurnState.DONE)


async def test_rows_of_one_side_and_of_two_go_together(store: Store, turns: list[str]) -> None:
    await Saver(store).save(row(turns[0], "one"), row(turns[1], "two", answer_b="too"))
    assert await text_of(store, turns[0]) == ("one", TurnState.RUNNING)
    assert await text_of(store, turns[1]) == ("two", TurnState.RUNNING)


async def test_a_row_that_cannot_be_written_is_told_and_spares_the_others(
    store: Store, turns: list[str]
) -> None:
    saver = Saver(store)
    bad = row(turns[1], "x")
    bad["answer_a"] = None
    asked = [saver.save(row(turns[0], "kept")), saver.save(bad), saver.save(row(turns[2], "too"))]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in done].count(type(None)) == 2
    assert isinstance(done[1], SQLAlchemyError)
    assert (await text_of(store, turns[0]))[0] == "kept"
    assert (await text_of(store, turns[2]))[0] == "too"


async def test_who_stops_waiting_hinders_nobody(store: Store, turns: list[str]) -> None:
    saver = Saver(store)
    leaving = asyncio.create_task(saver.save(row(turns[0], "left")))
    staying = asyncio.create_task(saver.save(row(turns[1], "stayed")))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await text_of(store, turns[1]))[0] == "stayed"
