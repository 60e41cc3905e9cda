"""The life of a battle: opened, its turns begun and followed, closed by the next or by idleness."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from arena import tags, voting
from arena.duel import Duel, Side, SideName
from arena.errors import Conflict, NoPairLive, NotFound, Unacceptable
from arena.saving import Saver
from arena.seating import Seating
from arena.settings import Settings
from arena.store import battles
from arena.store.session import Store
from arena.store.tables import Battle, BattleState, Mode, Turn, TurnState, Visitor
from serving import registry
from serving.chat import Message
from serving.context import without
from serving.errors import TooLong
from serving.gateway import Gateway
from serving.live import Live
from serving.release import public_name
from serving.sealing import Sealer
from serving.tables import Model, State, now
from serving.target import Target

log = logging.getLogger(__name__)

SIDES: tuple[SideName, ...] = ("a", "b")
SEATS = {Mode.ANONYMOUS: 0, Mode.NAMED: 2, Mode.DIRECT: 1}
SILENT = timedelta(seconds=60)
SWEEP_S = 20.0
LEFT = "one of the two models has left the arena; your votes stand, please start a new battle"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a visitor sends for one turn, and where from (`country` is a code, or unknown)."""

    text: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A turn that this process streams, and whose it is."""

    visitor_id: str
    duel: Duel
    task: asyncio.Task[None]


class Battles:
    """Opens battles and runs their turns; what must not be lost is in the store, not here.

    `ended` is told the id of every turn that has come to its end, once it is saved.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        gateway: Gateway,
        sealer: Sealer,
        seating: Seating,
        ended: Callable[[str], None] = lambda turn_id: None,
    ) -> None:
        self._settings = settings
        self._ended = ended
        self._store = store
        self._gateway = gateway
        self._live = Live(sealer)
        self._saver = Saver(store)
        self._seating = seating
        self._running: dict[str, Running] = {}

    @property
    def running_count(self) -> int:
        """How many turns this process is streaming."""
        return len(self._running)

    async def open(self, visitor: Visitor, mode: Mode, names: Sequence[str]) -> Battle:
        """A new battle; the visitor's earlier one is closed by it.

        Raises:
            Unacceptable: the mode does not take that many models, or a name is unknown.
            NoPairLive: not enough contestants are live.
        """
        if len(names) != SEATS[mode] or len(set(names)) != len(names):
            raise Unacceptable(f"mode {mode} takes {SEATS[mode]} different model names")
        await self.stop_all(visitor)
        async with self._store.write() as session:
            seats = [await self._named(session, name) for name in names]
            if not seats:
                self._seating.draw(drawable(self._gateway, await self._live.targets(session)))
            for earlier in await battles.open_battles(session, visitor.id):
                await voting.close(session, earlier)
            battle = Battle(visitor_id=visitor.id, kind=visitor.kind, mode=mode)
            for name, seat in zip(("model_a", "model_b"), seats, strict=False):
                setattr(battle, name, seat)
            session.add(battle)
        return battle

    async def begin_turn(self, visitor: Visitor, battle_id: str, prompt: Prompt) -> Duel:
        """Commit the turn, its pair and the probability of the draw; then start both sides.

        Raises:
            NotFound: not this visitor's battle.
            Conflict: a turn is running, the battle is closed, or a model has left.
            Unacceptable: the prompt alone is too long for one of the models.
        """
        spoken = tags.language(prompt.text)
        async with self._store.write() as session:
            battle = await voting.own_battle(session, visitor, battle_id)
            turns = await battles.turns_of(session, battle.id)
            self._check_open(battle, turns)
            targets = await self._seat(session, battle)
            sides = self._sides(targets, turns, prompt.text)
            turn = Turn(
                battle_id=battle.id,
                n=len(turns) + 1,
                prompt=prompt.text,
                language=spoken,
                country=prompt.country,
                category_tags=tags.categories(prompt.text, spoken, len(turns) + 1),
                tagged_by=tags.RULES,
                process=self._settings.process_name,
            )
            session.add(turn)
            battle.active = now()
        duel = Duel(turn, sides, self._saver, self._settings.grace_seconds)
        return self._start(visitor.id, duel)

    async def running(self, visitor: Visitor, battle_id: str, n: int) -> tuple[Turn, Duel | None]:
        """A turn of the visitor's, and its duel if it runs in this process."""
        async with self._store.read() as session:
            await voting.own_battle(session, visitor, battle_id, lock=False)
            turn = await battles.turn_of(session, battle_id, n)
        if turn is None:
            raise NotFound(f"this battle has no turn {n}")
        running = self._running.get(turn.id)
        return turn, running.duel if running else None

    async def stop(self, visitor: Visitor, battle_id: str) -> None:
        """End the battle's running turn; what was written stays."""
        async with self._store.read() as session:
            await voting.own_battle(session, visitor, battle_id, lock=False)
            turns = await battles.turns_of(session, battle_id)
        for turn in turns:
            if turn.id in self._running:
                self._running[turn.id].duel.stop(TurnState.CANCELLED)

    async def stop_all(self, visitor: Visitor) -> None:
        """End every running turn of the visitor and wait until each is saved."""
        await self._end(TurnState.CANCELLED, visitor.id)

    async def sweep(self) -> None:
        """Close what nobody will: idle battles, turns whose process is gone."""
        idle = now() - timedelta(minutes=self._settings.idle_minutes)
        async with self._store.write() as session:
            await battles.end_orphans(session, "", now() - SILENT)
            for battle in await battles.idle_battles(session, idle):
                await voting.close(session, battle)

    async def take_over(self) -> None:
        """End what an earlier life of this process left running, before anyone can ask for it."""
        async with self._store.write() as session:
            await battles.end_orphans(session, self._settings.process_name, now() - SILENT)

    async def keep_swept(self) -> None:
        """Sweep for ever."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_S)

    async def keep_saved(self) -> None:
        """Write what the running turns have come to, every few seconds, for ever."""
        while True:
            await asyncio.sleep(self._settings.save_seconds)
            duels = [running.duel for running in self._running.values()]
            try:
                await self._saver.save(*(duel.row() for duel in duels if not duel.finishing))
            except Exception:  # the turns go on, and are saved again in a moment
                log.exception("running turns could not be saved")

    async def close(self) -> None:
        """Interrupt every running turn and wait until each is saved."""
        await self._end(TurnState.INTERRUPTED)

    async def _end(self, state: TurnState, visitor_id: str | None = None) -> None:
        """Those of one visitor, or all."""
        ended = [one for one in self._running.values() if visitor_id in (None, one.visitor_id)]
        for running in ended:
            running.duel.stop(state)
        await asyncio.gather(*(running.task for running in ended), return_exceptions=True)

    def _start(self, visitor_id: str, duel: Duel) -> Duel:
        turn_id = duel.turn.id
        task = asyncio.create_task(duel.run(self._gateway), name=f"turn-{turn_id}")
        self._running[turn_id] = Running(visitor_id, duel, task)
        task.add_done_callback(lambda _: self._running.pop(turn_id, None))
        task.add_done_callback(lambda _: self._ended(turn_id))
        return duel

    def _check_open(self, battle: Battle, turns: Sequence[Turn]) -> None:
        if battle.state is not BattleState.OPEN:
            raise Conflict("this battle is closed; start a new one")
        if any(turn.state is TurnState.RUNNING for turn in turns):
            raise Conflict("the turn before is still being answered; wait for it or stop it")
        if len(turns) >= self._settings.turns_per_battle:
            raise Conflict(f"a battle has at most {self._settings.turns_per_battle} turns")

    def _sides(self, targets: Sequence[Target], turns: Sequence[Turn], prompt: str) -> list[Side]:
        """The sides, each with as much of its history as fits both: the same turns go to both."""
        sides = [
            Side(name, target, history(turns, name, prompt))
            for name, target in zip(SIDES, targets, strict=False)
        ]
        try:
            oldest = max(self._gateway.excess(side.target, side.messages) for side in sides)
        except TooLong as error:
            raise Unacceptable(error.title) from error
        for side in sides if oldest else ():
            side.messages = without(side.messages, oldest)
        return sides

    async def _seat(self, session: AsyncSession, battle: Battle) -> list[Target]:
        """The battle's targets; an anonymous battle draws them at its first turn."""
        live = {target.model_id: target for target in await self._live.targets(session)}
        if battle.model_a is None:
            pair = self._seating.draw(drawable(self._gateway, list(live.values())))
            battle.model_a, battle.model_b = pair.model_a, pair.model_b
            battle.pair_probability, battle.sampling_policy = pair.probability, pair.policy
        codes = [code for code in (battle.model_a, battle.model_b) if code is not None]
        if any(code not in live for code in codes):
            raise Conflict(LEFT)
        return [live[code] for code in codes]

    async def _named(self, session: AsyncSession, name: str) -> int:
        for model in await registry.list_models(session):
            if name == public_name(model):
                return _live_code(model)
        raise Unacceptable(f"there is no contestant called {name!r}")


def drawable(gateway: Gateway, live: Sequence[Target]) -> list[int]:
    """Who may be drawn: those with tokens left today; of these, where there are two, the reachable.

    An endpoint that is out of order is tried again when its time is up, and is drawn from then on.
    """
    unspent = [target for target in live if not gateway.spent(target)]
    reachable = [target for target in unspent if gateway.reachable(target)]
    return [target.model_id for target in (reachable if len(reachable) > 1 else unspent)]


def history(turns: Sequence[Turn], side: SideName, prompt: str) -> list[Message]:
    """What one side is sent: every turn that both sides answered, then the new prompt."""
    messages = []
    for turn in turns:
        if turn.state in battles.SPOKEN and turn.answer_a and (turn.answer_b or not turn.finish_b):
            answer = turn.answer_a if side == "a" else turn.answer_b
            messages += [Message("user", turn.prompt), Message("assistant", answer)]
    return [*messages, Message("user", prompt)]


def _live_code(model: Model) -> int:
    if model.state is not State.LIVE or model.id is None:
        raise NoPairLive(f"{public_name(model)} is {model.state} and cannot answer now")
    return model.id
