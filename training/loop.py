"""The circle: votes become a dataset, the dataset a challenger, the challenger a contestant."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp

from arena.client import ArenaClient, Refused
from arena.engines import engine_home
from arena.simulate import Plan, play
from arena.store.session import opened
from arena.store.tables import Kind
from export.errors import ExportError
from export.options import Moderation, Options
from export.release import preferences
from serving.sealing import Sealer
from training.entering import Door, door, enter_run, operator_key
from training.errors import LoopFailed
from training.fresh import Fought, Match, fight, fresh_questions
from training.job import run_dpo
from training.pairs import first_prompts
from training.recipe import Recipe
from training.reporting import Generation, LoopReport, generation, write_report
from training.run import LIBRARIES, Run

BOARD_S = 20.0
SAY_EVERY = 500
LEAST_PLAYED = 0.9
Say = Callable[[str], None]
Done = Callable[[Generation], None]


@dataclass(frozen=True, slots=True)
class Circle:
    """What to do: whose votes, how many battles, from which parent, with which recipe."""

    url: str
    taste: str
    seed: int
    out: Path
    recipe: Recipe
    generations: int = 1
    parent: str | None = None
    battles: int = 2000
    fresh: int = 1500
    settling: int = 100
    config: Path | None = None
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One time round: the circle, its door, and who is to have a child of which name."""

    circle: Circle
    at: Door
    number: int
    parent: str
    say: Say

    @property
    def name(self) -> str:
        """What the child is called."""
        first = self.circle.parent or self.at.engine.served_name
        return f"{first}-g{self.number}-{self.circle.taste}-s{self.circle.seed}"

    @property
    def folder(self) -> Path:
        """Where the dataset and the run of this round lie."""
        return self.circle.out / f"g{self.number}"

    @property
    def seed(self) -> int:
        """Of the round's visitors; no two rounds of a loop share it."""
        return 1000 * self.circle.seed + self.number


def run_loop(circle: Circle, say: Say, done: Done) -> LoopReport:
    """Go round once a generation against a running arena on this machine; `done` hears of each.

    What was entered stays entered; a generation that stops before that leaves nothing in the arena
    but its battles and votes.

    Raises:
        LoopFailed, or another TrainingError: at which step it stopped, and why.
    """
    _check_installed()
    if circle.out.exists() and any(circle.out.iterdir()):
        raise LoopFailed(f"{circle.out} is not empty; give another folder with --out")
    key = asyncio.run(operator_key(circle.config))
    at = door(circle.config, circle.url, circle.engine, key)
    parent = circle.parent or at.engine.served_name
    if parent is None:
        raise LoopFailed(f"engine {at.engine.name} hides its base; name a --parent")
    finished: tuple[Generation, ...] = ()
    for number in range(1, circle.generations + 1):
        finished += (_round(Round(circle, at, number, parent, say)),)
        parent = finished[-1].name
        report = LoopReport(
            taste=circle.taste,
            seed=circle.seed,
            recipe=circle.recipe.to_dict(),
            battles=circle.battles,
            fresh=circle.fresh,
            generations=finished,
        )
        write_report(report, circle.out)
        done(finished[-1])
    return report


def _check_installed() -> None:
    """What training needs is looked for before the first battle, not after the last."""
    for name in LIBRARIES:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"no {name}", name=name)


def adapter_of(at: Door, name: str) -> Path | None:
    """The adapter a contestant of this engine is; None for the base itself.

    Raises:
        LoopFailed: the engine serves no such contestant.
    """
    if name == at.engine.served_name:
        return None
    entered = engine_home(at.settings.data_dir, at.engine.name) / "adapters" / name
    folder = Path(at.engine.adapters.get(name, entered))
    if not folder.is_dir():
        raise LoopFailed(f"engine {at.engine.name} serves no {name!r}; name another --parent")
    return folder


def _round(here: Round) -> Generation:
    """Votes, dataset, challenger, contestant, fresh battles; each step timed."""
    seconds: dict[str, float] = {}
    parent = adapter_of(here.at, here.parent)
    asyncio.run(open_for(here))
    with _timed(seconds, "votes"):
        asyncio.run(_votes(here))
    with _timed(seconds, "export"):
        asyncio.run(_export(here))
    with _timed(seconds, "training"):
        run = _train(here, parent)
    with _timed(seconds, "entry"):
        asyncio.run(enter_run(here.at, run.folder, here.name))
        here.say(f"{here.name} is live")
    with _timed(seconds, "rating"):
        rating = asyncio.run(_rated(here))
    with _timed(seconds, "fresh battles"):
        fought = asyncio.run(_fresh(here))
    result = run.result or {}
    return generation(
        here.name,
        here.parent,
        fought,
        pairs=result["pairs"],
        held_out=result["held_out"],
        rating=rating,
        seconds=seconds,
    )


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    began = monotonic()
    yield
    seconds[step] = round(monotonic() - began, 1)


async def open_for(here: Round) -> None:
    """Is the arena there, with the parent in it and the child's name free?"""
    try:
        async with ArenaClient(here.at.url) as client:
            rows = (await client.call("GET", "models"))["models"]
    except (Refused, aiohttp.ClientError, TimeoutError, KeyError) as error:
        raise LoopFailed(f"no arena answers at {here.at.url}; start it with `arena up`") from error
    states = {row["name"]: row["state"] for row in rows}
    if states.get(here.parent) != "live":
        raise LoopFailed(f"{here.parent} is not live in this arena; name another --parent")
    if here.name in states:
        raise LoopFailed(f"the name {here.name} is taken already; give another --seed")


async def _votes(here: Round) -> None:
    """Simulated visitors with one taste meet all contestants, hidden, over the public API."""
    plan = Plan(
        url=here.at.url,
        battles=here.circle.battles,
        taste=here.circle.taste,
        seed=here.seed,
        token=here.at.settings.operator_token,
    )

    def say(played: int, of: int) -> None:
        if played % SAY_EVERY == 0:
            here.say(f"{played} of {of} battles")

    try:
        report = await play(plan, say)
    except* (Refused, OSError) as failed:
        raise LoopFailed(f"the battles failed: {failed.exceptions[0]}") from None
    if report.played < here.circle.battles * LEAST_PLAYED:
        raise LoopFailed(
            f"only {report.played} of {report.asked} battles came to their end: "
            f"{report.last_trouble}"
        )


async def _export(here: Round) -> None:
    """All that simulated visitors agreed to publish, redacted, as preference pairs."""
    settings = here.at.settings
    options = Options(moderation=Moderation.NONE, include=frozenset({Kind.SIMULATED}))
    try:
        async with opened(settings.database) as store:
            out = here.folder / "preferences"
            summary = await preferences(store, Sealer(settings.secret), out, options)
    except ExportError as error:
        raise LoopFailed(f"nothing to train on: {error}") from error
    here.say(f"{summary.rows['train']} pairs to train on, {summary.rows['test']} held out")


def _train(here: Round, parent: Path | None) -> Run:
    recipe = replace(here.circle.recipe, base=here.at.engine.model, seed=here.circle.seed)

    def say(step: int, of: int, metrics: dict[str, float]) -> None:
        here.say(f"step {step} of {of}, loss {metrics['loss']:.4f}")

    return run_dpo(recipe, here.folder / "preferences", here.folder / "run", parent, progress=say)


async def _rated(here: Round) -> dict[str, Any] | None:
    """Anonymous battles until the newcomer was drawn in some; its row on the board."""
    token = here.at.settings.operator_token
    seed = here.seed + 500
    await play(Plan(here.at.url, here.circle.settling, here.circle.taste, seed, token=token))
    until = monotonic() + BOARD_S
    async with ArenaClient(here.at.url) as client:
        while monotonic() < until:
            board = await client.call("GET", "leaderboard")
            row = next((row for row in board["models"] if row["model"] == here.name), None)
            if row is not None:
                return dict(row)
            await asyncio.sleep(1)
    return None


async def _fresh(here: Round) -> list[Fought]:
    """Child against parent, named to the arena and unknown to the voter, on unused prompts."""
    circle, at = here.circle, here.at
    match = Match(
        url=at.url,
        child=here.name,
        parent=here.parent,
        taste=circle.taste,
        seed=here.seed + 700,
        token=at.settings.operator_token,
    )
    questions = fresh_questions(match.seed, circle.fresh, used_prompts(circle.out))

    def say(fought: int, of: int) -> None:
        if fought % SAY_EVERY == 0:
            here.say(f"{fought} of {of} fresh battles")

    return await fight(match, questions, say)


def used_prompts(out: Path) -> set[str]:
    """First prompts of every pair, of either split, that a round of this loop exported."""
    return {prompt for folder in out.glob("g*/preferences") for prompt in first_prompts(folder)[0]}
