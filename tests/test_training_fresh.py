"""Fresh battles: both sides named to the arena, prompts nobody trained on, none left out."""

from pathlib import Path

import pytest

from arena.client import ArenaClient
from arena.demo import Score
from export.public_ids import same_prompt
from serving.manner import Manner
from tests.conftest import OPERATOR_TOKEN, running_site
from training.errors import LoopFailed
from training.fresh import Fought, Match, fight, fresh_questions, tally

GOOD, BAD = Score(True, False, True, True, 3), Score(False, False, True, True, 3)


def silent(done: int, of: int) -> None:
    """A progress report that nobody hears."""


def test_a_used_prompt_does_not_come_again() -> None:
    used = {same_prompt(question.prompts[0]) for question in fresh_questions(4, 300, ())}
    again = fresh_questions(4, 300, used)
    assert not used & {same_prompt(question.prompts[0]) for question in again}


def test_a_used_prompt_is_known_in_any_case_and_without_its_last_mark() -> None:
    asked = fresh_questions(4, 1, ())[0].prompts[0]
    used = {same_prompt(asked.upper().rstrip("?.!"))}
    assert all(question.prompts[0] != asked for question in fresh_questions(4, 50, used))


def test_the_same_seed_asks_the_same_and_another_does_not() -> None:
    assert fresh_questions(1, 40, ()) == fresh_questions(1, 40, ())
    assert fresh_questions(1, 40, ()) != fresh_questions(2, 40, ())


def test_ends_are_counted_from_the_child_s_side() -> None:
    fought = [
        Fought("p", "model_b", 1.0, GOOD, BAD, False),
        Fought("p", "model_b", 0.0, GOOD, BAD, False),
        Fought("q", "tie", 0.5, GOOD, GOOD, True),
        Fought("r", "both_bad", 0.5, BAD, BAD, True),
    ]
    ends = {"won": 1, "lost": 1, "tie": 1, "both_bad": 1, "same_answers": 2}
    assert tally(fought) == ends


async def test_every_question_is_one_battle_between_the_two(tmp_path: Path) -> None:
    async with running_site(tmp_path) as site:
        match = Match(site.url, "fast", "slow", "plain", 3, OPERATOR_TOKEN)
        questions = fresh_questions(3, 30, ())
        fought = await fight(match, questions, silent)
        async with ArenaClient(site.url) as client:
            rows = (await client.call("GET", "models"))["models"]
    assert len(fought) == 30
    assert {row["name"]: row["battles"] for row in rows} == {"fast": 30, "slow": 30}
    asked = {same_prompt(" | ".join(question.prompts)) for question in questions}
    assert {one.prompt for one in fought} == asked


async def test_seats_are_drawn_by_a_coin_and_points_are_the_child_s(tmp_path: Path) -> None:
    """Both are wrong, one in twelve words and one in thirty: the short one is liked better."""
    async with running_site(tmp_path) as site:
        match = Match(site.url, "fast", "slow", "plain", 3, OPERATOR_TOKEN)
        fought = await fight(match, fresh_questions(3, 60, ()), silent)
    assert {one.child.words for one in fought} == {12}
    assert {one.parent.words for one in fought} == {30}
    assert {one.winner for one in fought if one.points == 1.0} == {"model_a", "model_b"}
    assert tally(fought)["won"] > tally(fought)["lost"]


async def test_a_contestant_that_fails_ends_the_match_with_a_reason(tmp_path: Path) -> None:
    manners = {"fast": Manner(tokens=3), "slow": Manner(status=500)}
    async with running_site(tmp_path, manners) as site:
        match = Match(site.url, "fast", "slow", "plain", 3, OPERATOR_TOKEN, at_once=2)
        with pytest.raises(LoopFailed, match=r"fresh battles fail: "):
            await fight(match, fresh_questions(3, 20, ()), silent)
