"""Simulated visitors: they ask what the demo's world knows, judge by its checker, vote by taste."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from itertools import islice
from random import Random
from time import monotonic
from typing import Any

import aiohttp

from arena.client import ArenaClient, Refused
from arena.demo import TASTES, Question, Score, check, decide, draw

BATTLES_A_VISITOR = 10
SAY_EVERY = 50
TROUBLES_IN_A_ROW = 10
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to play: how many battles, against which site, with which taste and seed."""

    url: str
    battles: int
    taste: str = "mixed"
    seed: int = 0
    at_once: int = 8
    token: str = ""


@dataclass(slots=True)
class Report:
    """What came of it. Points count a tie as half; `correct` counts last answers."""

    asked: int
    played: int = 0
    failed: int = 0
    seconds: float = 0.0
    winners: Counter[str] = field(default_factory=Counter)
    battles: Counter[str] = field(default_factory=Counter)
    points: dict[str, float] = field(default_factory=dict)
    correct: Counter[str] = field(default_factory=Counter)
    last_trouble: str = ""

    def count(self, winner: str, names: tuple[str, str], scores: tuple[Score, Score]) -> None:
        """Add one battle that came to its end."""
        self.played += 1
        self.winners[str(winner)] += 1
        points = {"model_a": (1.0, 0.0), "model_b": (0.0, 1.0)}.get(winner, (0.5, 0.5))
        for name, score, point in zip(names, scores, points, strict=True):
            self.battles[name] += 1
            self.points[name] = self.points.get(name, 0.0) + point
            self.correct[name] += score.correct

    def to_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: dict(v) if isinstance(v, dict) else v for name, v in held.items()}

    def text(self) -> str:
        """The report for a person."""
        lines = [f"{self.played} battles in {self.seconds:.0f} s, {self.failed} failed."]
        for name in sorted(self.battles, key=lambda name: -self.points[name] / self.battles[name]):
            won = self.points[name] / self.battles[name]
            right = self.correct[name] / self.battles[name]
            lines.append(
                f"  {name:24} {self.battles[name]:5} battles   won {won:6.1%}   right {right:6.1%}"
            )
        return "\n".join(lines)


async def play(plan: Plan, say: Say | None = None) -> Report:
    """Play the plan's battles; a battle that fails is counted and another is played.

    Raises:
        Refused: the site says no to everything (a wrong token is told by the kind of visitor).
        OSError: nobody answers at the address.
    """
    report, began = Report(plan.battles), monotonic()
    left = iter(range(plan.battles))
    async with asyncio.TaskGroup() as group:
        for _ in range(min(plan.at_once, plan.battles)):
            group.create_task(_lane(plan, report, left, say))
    report.seconds = round(monotonic() - began, 1)
    return report


async def _lane(plan: Plan, report: Report, left: Iterator[int], say: Say | None) -> None:
    troubles = 0
    while troubles < TROUBLES_IN_A_ROW and (batch := list(islice(left, BATTLES_A_VISITOR))):
        async with ArenaClient(plan.url, plan.token) as client:
            for number in batch:
                trouble = await _one(client, plan, report, Random(f"{plan.seed}:{number}"))
                troubles = troubles + 1 if trouble else 0
                done = report.played + report.failed
                if say and done % SAY_EVERY == 0:
                    say(done, plan.battles)


async def _one(client: ArenaClient, plan: Plan, report: Report, rng: Random) -> bool:
    """Play one battle into the report; whether there was trouble."""
    try:
        await client.consent(publication=True)
        await _battle(client, plan, report, rng)
    except (Refused, aiohttp.ClientError, TimeoutError) as trouble:
        report.failed += 1
        report.last_trouble = str(trouble) or type(trouble).__name__
        return True
    return False


async def _battle(client: ArenaClient, plan: Plan, report: Report, rng: Random) -> None:
    taste = TASTES[rng.choice(sorted(TASTES)) if plan.taste == "mixed" else plan.taste]
    battle = await client.open_battle()
    asked = await ask_through(client, battle, draw(rng, split="known"))
    scores = asked.scores["a"], asked.scores["b"]
    winner, margin = decide(rng, *scores, taste)
    vote = await client.vote(battle, asked.turn, winner, margin=margin, reveal=True)
    report.count(winner, (vote["reveal"]["model_a"], vote["reveal"]["model_b"]), scores)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked to its end: the last turn's number; each side's last answer and score."""

    turn: int
    answers: dict[str, str]
    scores: dict[str, Score]


async def ask_through(client: ArenaClient, battle: str, question: Question) -> Asked:
    """Ask a question turn by turn; raises Refused where a turn does not end well."""
    talks: dict[str, list[dict[str, str]]] = {"a": [], "b": []}
    scores: dict[str, Score] = {}
    for prompt in question.prompts:
        heard = await client.ask(battle, prompt)
        if heard.state != "done":
            raise Refused(502, "; ".join(heard.errors) or f"the turn ended {heard.state}")
        for side, talk in talks.items():
            talk.append({"role": "user", "content": prompt})
            scores[side] = check(talk, heard.text[side]) or _lost(heard.text[side])
            talk.append({"role": "assistant", "content": heard.text[side]})
    return Asked(heard.turn, heard.text, scores)


def _lost(answer: str) -> Score:
    """An answer to a follow-up that an earlier wrong answer left without a meaning."""
    return Score(False, False, False, False, len(answer.split()))
