"""The generator: what it draws is of the world, in its split, and reads back as it was meant."""

from random import Random

import pytest

from arena.demo import Manner, Question, Split, belongs, check, draw, held_out, read, world
from arena.demo.instructions import Instruction
from arena.demo.wordings import of

SPLITS: tuple[Split, ...] = ("train", "held_out", "unseen", "known")


def drawn(split: Split, count: int = 400, seed: int = 5) -> list[Question]:
    rng = Random(seed)
    return [draw(rng, split) for _ in range(count)]


@pytest.mark.parametrize("split", SPLITS)
def test_a_drawn_question_reads_back_as_it_was_meant(split: Split) -> None:
    assert all(read(q.messages) == q.asked for q in drawn(split))


@pytest.mark.parametrize("split", SPLITS)
def test_a_drawn_question_is_of_its_split(split: Split) -> None:
    assert all(belongs(q.asked, split) for q in drawn(split))


@pytest.mark.parametrize("split", SPLITS)
def test_every_answer_of_the_generator_is_right_and_as_asked(split: Split) -> None:
    for question in drawn(split, 1500):
        score = check(question.messages, question.answer)
        assert score is not None
        assert score.correct, question
        assert score.kept, question


def test_the_same_seed_draws_the_same_questions() -> None:
    assert drawn("known", 50) == drawn("known", 50)


def test_no_training_chat_holds_a_held_out_combination() -> None:
    rng = Random(8)
    muddled = Manner(wrong=0.5, obeys=0.5, curt=0.3)
    for _ in range(3000):
        messages = draw(rng, "train", muddled, follow=0.5).messages
        for end in range(1, len(messages) + 1, 2):
            asked = read(messages[:end])
            assert asked is not None
            assert belongs(asked, "train"), messages


def test_about_one_combination_in_eight_is_held_out() -> None:
    every = [held_out(f, t) for fs in world().values() for f in fs for t in of(f).known]
    assert 0.1 < sum(every) / len(every) < 0.14


def test_the_held_out_combinations_never_change() -> None:
    fact = world()["capital"][0]
    kept = [template for template in of(fact).known if held_out(fact, template)]
    assert kept == ["Name the capital of {s}."]


def test_every_fact_is_trained_in_two_wordings_or_more() -> None:
    for facts in world().values():
        for fact in facts:
            assert sum(not held_out(fact, t) for t in of(fact).known) >= 2, fact


def test_some_questions_follow_an_earlier_turn() -> None:
    turns = [len(q.prompts) for q in drawn("known")]
    assert 0.15 < sum(n == 2 for n in turns) / len(turns) < 0.35


def test_without_follow_ups_every_question_stands_alone() -> None:
    rng = Random(3)
    assert all(len(draw(rng, "known", follow=0.0).prompts) == 1 for _ in range(200))


def test_every_kind_and_every_instruction_is_drawn() -> None:
    questions = drawn("known", 3000)
    assert {q.asked.fact.kind for q in questions} == {*world(), "ordinal"}
    assert {q.asked.instruction for q in questions} == set(Instruction)
