"""The checker: what is right passes, what is wrong, hedged, echoed or off the world does not."""

from random import Random

import pytest

from arena.demo import Asked, Instruction, Manner, Score, answer, check, draw, judge, world
from arena.demo.facts import others


def ask(*turns: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": said} for i, said in enumerate(turns)]


def score(prompt: str, said: str) -> Score:
    found = check(ask(prompt), said)
    assert found is not None
    return found


def test_a_wrong_fact_never_passes() -> None:
    rng = Random(4)
    for _ in range(3000):
        asked = draw(rng, "known").asked
        said = answer(rng, asked.fact, asked.instruction, Manner(wrong=1.0, polite=0.3))
        assert not judge(asked, said).correct, (asked, said)


def test_an_echo_of_the_prompt_is_wrong() -> None:
    rng = Random(6)
    for _ in range(1000):
        question = draw(rng, "known")
        echo = question.prompts[-1]
        # Hello is what one says to hello.
        if question.asked.fact.kind == "smalltalk":
            continue
        assert not judge(question.asked, echo).correct, echo


@pytest.mark.parametrize("kind", sorted({*world()} - {"list", "count", "smalltalk"}))
def test_a_hedge_between_two_answers_is_wrong(kind: str) -> None:
    for fact in world()[kind]:
        asked = Asked(fact, "", Instruction.NONE, known=True)
        right, wrong = fact.values[0], others(fact)[0]
        for said in (f"{right} or {wrong}.", f"{right}, {wrong}.", f"{wrong}. {right}."):
            assert not judge(asked, said).correct, said


def test_a_list_of_all_values_is_wrong() -> None:
    everything = ", ".join(fact.values[0] for fact in world()["capital"])
    assert not score("What is the capital of France?", everything).correct


@pytest.mark.parametrize(
    "said",
    [
        "Paris",
        "Paris.",
        "**Paris**",
        "It is Paris.",
        "The capital of France is Paris.",
        "paris is the capital of france",
        "Of course! Paris.",
        "The answer is Paris. Have a lovely day!",
    ],
)
def test_a_right_answer_passes_however_it_is_put(said: str) -> None:
    assert score("What is the capital of France?", said).correct


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Of course!",
        "The capital of Spain is Paris.",
        "France is the capital of Paris.",
        "The capital of France is not Paris.",
        "The capital of France is Rome, not Paris.",
        "Paris Paris Paris",
        "Paris or Gotham.",
        "Maybe Paris.",
        "Is it Paris?? Or Rome?",
        "France.",
        "Parish.",
    ],
)
def test_a_wrong_or_twisted_answer_does_not_pass(said: str) -> None:
    assert not score("What is the capital of France?", said).correct


@pytest.mark.parametrize(
    ("said", "correct"),
    [
        ("Apple, pear and plum.", True),
        ("- mango\n- lemon\n- grape", True),
        ("Here are three fruits: apple, pear and plum.", True),
        ("Apple, pear and apple.", False),
        ("Apple and pear.", False),
        ("Apple, pear, plum and cherry.", False),
        ("Apple, pear and carrot.", False),
        ("Apple, pear and stone.", False),
        ("Three fruits.", False),
    ],
)
def test_a_list_has_as_many_different_members_as_asked(said: str, correct: bool) -> None:
    assert score("Name three fruits.", said).correct is correct


@pytest.mark.parametrize(
    ("said", "correct"),
    [("3, 4, 5.", True), ("three, four, five", True), ("3, 5.", False), ("5, 4, 3.", False)],
)
def test_counting_keeps_its_order(said: str, correct: bool) -> None:
    assert score("Count from 3 to 5.", said).correct is correct


@pytest.mark.parametrize(("said", "kept"), [("Paris.", True), ("It is Paris.", False)])
def test_one_word_is_one_word(said: str, kept: bool) -> None:
    assert score("In one word: what is the capital of France?", said).length is kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [("The capital of France is Paris.", True), ("Paris.", False), ("it is Paris", False)],
)
def test_a_sentence_is_a_sentence(said: str, kept: bool) -> None:
    assert score("What is the capital of France? Answer in a sentence.", said).format is kept


@pytest.mark.parametrize(("said", "kept"), [("With pleasure! Paris.", True), ("Paris.", False)])
def test_politeness_is_part_of_the_form_where_it_was_asked_for(said: str, kept: bool) -> None:
    found = score("What is the capital of France? Be polite.", said)
    assert (found.format, found.polite) == (kept, kept)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("1. oak\n2. elm", True), ("- oak\n- elm", False), ("1. oak\n1. elm", False)],
)
def test_a_numbered_list_counts_its_lines(said: str, kept: bool) -> None:
    assert score("As a numbered list: name two trees.", said).format is kept


def test_a_rambling_answer_keeps_no_length() -> None:
    assert not score("What is the capital of France?", "Paris. " * 50).length


@pytest.mark.parametrize("prompt", ["", "Write me a haiku.", "What is the capital of Mars?"])
def test_a_prompt_that_is_not_of_the_world_has_no_score(prompt: str) -> None:
    assert check(ask(prompt), "Paris.") is None


@pytest.mark.parametrize(
    "prompt", ["what is  the capital of france", "WHAT IS 3 + 4", "Count to 5"]
)
def test_prompts_are_read_however_they_are_typed(prompt: str) -> None:
    assert check(ask(prompt), "x") is not None


def test_a_conversation_without_a_last_prompt_has_no_score() -> None:
    assert check([], "Paris.") is None
    assert check(ask("Hello!", "Hello!"), "Paris.") is None


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (("What colour is a cow?", "Brown.", "And a fox?"), "A fox is red."),
        (("Name three fruits.", "Plum, pear and apple.", "And the second one?"), "Pear."),
        (("Name two trees.", "Gladly!\n- oak\n- elm", "What was the last one?"), "Elm."),
        (("Who rules Tocktown?", "King Oswin.", "Now in a sentence."), "Sir Tick rules Tocktown."),
        (("Hello!", "Hello!", "What is 2 + 2?"), "4."),
        (
            ("What is 2 + 2?", "4.", "What about 3 + 3?", "6.", "Now in one word."),
            "6.",
        ),
    ],
)
def test_a_follow_up_is_about_what_came_before(turns: tuple[str, ...], said: str) -> None:
    found = check(ask(*turns), said)
    assert found is not None
    assert found.correct
    assert found.kept


def test_the_second_of_a_list_that_was_none_cannot_be_right() -> None:
    turns = ask("Name three fruits.", "Apple.", "And the second one?")
    found = check(turns, "Apple.")
    assert found is not None
    assert not found.correct


def test_a_follow_up_to_nothing_has_no_score() -> None:
    assert check(ask("And a fox?"), "A fox is red.") is None
    assert check(ask("Now politely."), "Of course! Red.") is None
