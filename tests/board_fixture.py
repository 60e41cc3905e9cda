"""Contestants and closed battles written straight into a store, for tests of the boards."""

from collections.abc import Iterable
from datetime import datetime

from arena import house, voting
from arena.store.session import Store
from arena.store.tables import Battle, Kind, Mode, Turn, TurnState, Visitor
from serving.sealing import Sealer
from serving.tables import now
from serving.target import Route

Fought = tuple[int, int, voting.Choice]


async def contestants(store: Store, count: int) -> None:
    """`lab/1`, `lab/2` … with the codes 1, 2 …"""
    entered = [
        house.House(f"lab/{n}", Route("http://127.0.0.1:9/v1", f"{n}")) for n in range(1, count + 1)
    ]
    await house.enter(store, Sealer("a secret of the tests"), entered)


async def closed_battles(
    store: Store,
    fought: Iterable[Fought],
    tags: Iterable[str] = (),
    kind: Kind = Kind.PERSON,
    when: datetime | None = None,
    answers: tuple[str, str] = ("one", "**two**"),
) -> list[str]:
    """A battle each of one visitor, with one vote, revealed; gives their ids."""
    made = []
    for model_a, model_b, winner in fought:
        async with store.write() as session:
            visitor = Visitor(kind=kind)
            session.add(visitor)
            await session.flush()
            battle = Battle(
                visitor_id=visitor.id,
                kind=kind,
                mode=Mode.ANONYMOUS,
                model_a=model_a,
                model_b=model_b,
                pair_probability=0.5,
            )
            session.add(battle)
            await session.flush()
            turn = Turn(battle_id=battle.id, n=1, prompt="hi", state=TurnState.DONE)
            turn.answer_a, turn.answer_b = answers
            turn.category_tags, turn.tokens_a, turn.tokens_b = [*tags], 3, 7
            session.add(turn)
            await session.flush()
            _, vote = await voting.cast(session, visitor, battle.id, voting.Ballot(1, winner))
            vote.created = when or now()
            await voting.close(session, battle)
            made.append(battle.id)
    return made
