"""What an answer shows: text and times in, a judgement out."""

from dataclasses import replace

import pytest

from serving.chat import End, Usage
from serving.seen import (
    at_once,
    in_its_own_name,
    most_at_once,
    only_thought,
    stop_word,
    too_many,
    wrongly_decoded,
)
from serving.trial import Answer

SENT = "Grüße, Привет, 🙂👋🏽"


def answer(first: float, last: float, chunks: int = 40, tokens: int = 40) -> Answer:
    end = End("stop", Usage(9, tokens, "upstream"), first, last, chunks, attempts=1)
    return Answer("text", 1, 0.0, first, last, end)


@pytest.mark.parametrize(
    ("seen", "held"),
    [
        (answer(2.0, 2.001), True),
        (answer(2.0, 2.2), False),  # a quick model after a long wait
        (answer(0.1, 0.101), False),  # a quick model
        (answer(2.0, 2.001, chunks=5), False),  # too short to tell
        (answer(9.0, 9.02, chunks=30, tokens=900), False),  # it thought, then spoke
    ],
)
def test_what_is_held_back_comes_late_and_at_once(seen: Answer, held: bool) -> None:
    assert at_once(seen) is held


def test_an_answer_that_only_thought_is_told_from_a_short_one() -> None:
    spent = End("length", Usage(9, 40, "upstream"), 0.0, 1.0, 0, attempts=1)
    assert only_thought(Answer("", 0, 0.0, 0.0, 1.0, spent))
    assert not only_thought(Answer("", 0, 0.0, 0.0, 1.0, replace(spent, finish_reason="stop")))
    assert not only_thought(Answer("Paris", 1, 0.0, 0.0, 1.0, spent))
    assert not only_thought(Answer("", 0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize("text", ["Paris.", "It is Paris.", "  A b ", "14", "The capital is Paris"])
def test_a_stop_word_is_in_the_text(text: str) -> None:
    assert stop_word(text)
    assert stop_word(text) in text


def test_a_stop_word_is_the_commonest_or_else_in_the_middle() -> None:
    assert stop_word("The tower is the pride of the town") == "the"
    assert stop_word("one two three four") == "three"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Grüße, Привет, 🙂👋🏽", False),
        ("I cannot.", False),
        ("A naïve café, ½ Ã", False),
        ("Gr\ufffd\ufffde", True),
        ("Grüße".encode().decode("latin-1"), True),
        ("Grüße".encode().decode("cp1252"), True),
        ("Привет".encode().decode("latin-1"), True),
    ],
)
def test_broken_characters_are_told_from_whole_ones(text: str, fault: bool) -> None:
    assert bool(wrongly_decoded(text, SENT)) is fault


def test_the_most_at_once_counts_answers_that_overlap() -> None:
    assert most_at_once([answer(0, 1), answer(0.5, 2), answer(1.5, 3)]) == 2
    assert most_at_once([answer(0, 1), answer(2, 3)]) == 1
    assert most_at_once([]) == 0


@pytest.mark.parametrize(
    ("chunks", "tokens", "over"), [(99, 100, False), (100, 140, True), (300, 90, True)]
)
def test_more_than_was_asked_for_is_seen(chunks: int, tokens: int, over: bool) -> None:
    assert too_many(answer(0, 1, chunks, tokens), limit=100) is over


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("I am Llama, made by Meta.", ["llama-3-8b-instruct"], "llama"),
        ("I am a model by META!", ["x-1", "Meta AI"], "meta"),
        ("I am a small chat model.", ["small-chat-model-7b"], None),
        ("I am fine!", ["young-wren"], None),
        ("", ["young-wren"], None),
    ],
)
def test_its_own_name_is_heard_and_common_words_are_not(
    text: str, names: list[str], found: str | None
) -> None:
    assert in_its_own_name(text, names) == found
