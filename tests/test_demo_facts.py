"""The demo's world: its facts, their wordings, and that no two of them are mistaken."""

from collections import defaultdict

import pytest

import arena.demo
from arena.demo import EXAMPLES, Fact, Instruction, held_out, read, world
from arena.demo.facts import article, others
from arena.demo.instructions import PHRASES, fitting, split_polite
from arena.demo.reading import plain
from arena.demo.wordings import ask, of

FACTS = [fact for facts in world().values() for fact in facts]


def test_the_world_has_hundreds_of_facts_of_many_kinds() -> None:
    assert len(FACTS) > 700
    assert len(world()) >= 25


def test_every_fact_has_an_answer() -> None:
    assert all(fact.values or (fact.members and fact.count) for fact in FACTS)


def test_no_prompt_means_two_facts() -> None:
    meant: dict[str, set[Fact]] = defaultdict(set)
    for fact in FACTS:
        for template in (*of(fact).known, *of(fact).unseen):
            meant[plain(ask(template, fact))].add(fact)
    assert [prompt for prompt, facts in meant.items() if len(facts) > 1] == []


def test_no_wording_is_both_known_and_unseen() -> None:
    assert all(not set(of(fact).known) & set(of(fact).unseen) for fact in FACTS)


def test_every_fact_can_be_answered_wrongly() -> None:
    assert all(others(fact) for fact in FACTS)


def test_a_wrong_value_is_never_a_right_one() -> None:
    assert not [f for f in FACTS if set(others(f)) & (set(f.values) | set(f.members))]


def test_no_prompt_gives_its_answer_away() -> None:
    single = [f for f in FACTS if f.kind in ("capital", "ruler", "young", "trade")]
    for fact in single:
        asked = f" {plain(' '.join(ask(t, fact) for t in of(fact).known))} "
        assert not any(f" {plain(value)} " in asked for value in fact.values), fact


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_every_example_is_of_the_world_in_a_known_wording(prompt: str) -> None:
    asked = read([{"role": "user", "content": prompt}])
    assert asked is not None
    assert asked.known


def test_there_are_a_dozen_examples_of_many_kinds() -> None:
    asked = [read([{"role": "user", "content": prompt}]) for prompt in EXAMPLES]
    assert len({a.fact.kind for a in asked if a}) >= 10


@pytest.mark.parametrize(("word", "expected"), [("owl", "an owl"), ("fox", "a fox")])
def test_a_word_gets_its_article(word: str, expected: str) -> None:
    assert article(word) == expected


def test_a_two_word_answer_is_not_asked_for_in_one_word() -> None:
    ruler = world()["ruler"][0]
    assert Instruction.ONE_WORD not in fitting(ruler)


def test_a_list_is_asked_for_in_bullets_and_numbers() -> None:
    assert {Instruction.LIST, Instruction.NUMBERED} <= set(fitting(world()["list"][0]))


def test_no_instruction_phrase_means_two_things() -> None:
    said: dict[str, set[Instruction]] = defaultdict(set)
    for instruction, phrases in PHRASES.items():
        for phrase in (*phrases.before, *phrases.after, *phrases.unseen, *phrases.again):
            said[plain(phrase)].add(instruction)
    assert all(len(meant) == 1 for meant in said.values())


@pytest.mark.parametrize(
    ("answer", "core"),
    [
        ("Of course! Paris.", "Paris."),
        ("Paris. Have a lovely day!", "Paris."),
        ("Certainly!\n- oak\n- elm", "- oak\n- elm"),
        ("Sure, Paris.", "Paris."),
    ],
)
def test_courtesy_is_told_from_what_is_said(answer: str, core: str) -> None:
    assert split_polite(answer) == (core, True)


@pytest.mark.parametrize("answer", ["Paris.", "Surely not.", "", "Of course!"])
def test_an_answer_without_courtesy_or_without_content_is_not_polite(answer: str) -> None:
    assert split_polite(answer) == (answer, False)


def test_small_talk_is_never_held_out() -> None:
    facts = world()["smalltalk"]
    assert not any(held_out(fact, template) for fact in facts for template in of(fact).known)


def test_the_public_names_are_importable() -> None:
    assert all(hasattr(arena.demo, name) for name in arena.demo.__all__)
