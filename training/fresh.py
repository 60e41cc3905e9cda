"""Fresh battles of two named contestants over the public API, on prompts that nobody trained on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

import aiohttp

from arena.client import ArenaClient, Refused
from arena.demo import TASTES, Question, Score, decide, draw
from arena.simulate import ask_through
from export.public_ids import same_prompt
from training.errors import LoopFailed

BATTLES_A_VISITOR = 25
TROUBLES_IN_A_ROW = 5
SAY_EVERY = 100
POINTS = {"model_a": 1.0, "model_b": 0.0}
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fought:
    """One battle: the child's points (a tie, or both bad, is a half) and both last answers judged.

    `same` says that the two answers were equal; such battles count like any other.
    """

    prompt: str
    winner: str
    points: float
    child: Score
    parent: Score
    same: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Who meets whom where: `taste` of the visitors, the seed of prompts, seats and votes."""

    url: str
    child: str
    parent: str
    taste: str
    seed: int
    token: str
    at_once: int = 8


def fresh_questions(seed: int, count: int, used: Collection[str]) -> list[Question]:
    """Questions of the demo's world as its visitors ask them, but none whose first prompt is used.

    Prompts are compared without case, spaces and punctuation. They may come more than once.
    """
    rng = Random(f"fresh {seed}")
    found: list[Question] = []
    while len(found) < count:
        question = draw(rng, split="known")
        if same_prompt(question.prompts[0]) not in used:
            found.append(question)
    return found


async def fight(match: Match, questions: Sequence[Question], say: Say) -> list[Fought]:
    """One battle a question, by blind visitors with one taste.

    Raises:
        LoopFailed: five battles in a row came to nothing.
    """
    found: list[Fought] = []
    left = iter(list(enumerate(questions)))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(match.at_once):
                group.create_task(_lane(match, left, len(questions), found, say))
    except* LoopFailed as failed:
        raise failed.exceptions[0] from None
    return found


def tally(fought: Sequence[Fought]) -> dict[str, int]:
    """How the battles ended, from the child's side, and how many had two equal answers."""
    words = {1.0: "won", 0.0: "lost"}
    ends = Counter(words.get(one.points, one.winner) for one in fought)
    return {name: ends[name] for name in ("won", "lost", "tie", "both_bad")} | {
        "same_answers": sum(one.same for one in fought)
    }


async def _lane(
    match: Match,
    left: Iterator[tuple[int, Question]],
    count: int,
    found: list[Fought],
    say: Say,
) -> None:
    troubles = 0
    while batch := list(islice(left, BATTLES_A_VISITOR)):
        async with ArenaClient(match.url, match.token) as client:
            for number, question in batch:
                while True:
                    try:
                        found.append(await _battle(client, match, number, question))
                        break
                    except (Refused, aiohttp.ClientError, TimeoutError) as trouble:
                        troubles += 1
                        if troubles == TROUBLES_IN_A_ROW:
                            raise LoopFailed(f"fresh battles fail: {trouble}") from trouble
                troubles = 0
                if len(found) % SAY_EVERY == 0:
                    say(len(found), count)


async def _battle(client: ArenaClient, match: Match, number: int, question: Question) -> Fought:
    rng = Random(f"{match.seed}:{number}")
    child_is_a = rng.random() < 0.5
    names = (match.child, match.parent) if child_is_a else (match.parent, match.child)
    await client.consent(publication=False)
    battle = await client.open_battle("named", names)
    asked = await ask_through(client, battle, question)
    scores, answers = asked.scores, asked.answers
    winner, margin = decide(rng, scores["a"], scores["b"], TASTES[match.taste])
    await client.vote(battle, asked.turn, winner, margin=margin, reveal=True)
    points = POINTS.get(winner, 0.5)
    mine, other = ("a", "b") if child_is_a else ("b", "a")
    return Fought(
        prompt=same_prompt(" | ".join(question.prompts)),
        winner=str(winner),
        points=points if child_is_a else 1 - points,
        child=scores[mine],
        parent=scores[other],
        same=answers["a"].split() == answers["b"].split(),
    )
