"""The conversation as it fits a model: the newest turns whole, the last prompt always."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.chat import Message, Params
from serving.context import Lengths, excess, fitted, measured, reserved, without
from serving.errors import TooLong
from serving.target import Route, Target

TARGET = Target(1, "m", (Route("https://a.example/v1", "m"),), context_length=512)
NONE = Params()


def chat(*turns: str) -> list[Message]:
    """Prompts with an answer between each two."""
    said = []
    for place, text in enumerate(turns):
        said.append(Message("assistant" if place % 2 else "user", text))
    return said


texts = st.lists(st.text(max_size=300), min_size=1, max_size=15).map(
    lambda many: chat(*many[: len(many) - (len(many) + 1) % 2])
)


@given(texts, st.integers(64, 4096), st.none() | st.integers(1, 4096))
def test_what_is_sent_is_the_newest_turns_and_fits_by_the_estimate(
    said: list[Message], length: int, asked: int | None
) -> None:
    target, lengths = replace(TARGET, context_length=length), Lengths()
    try:
        sent, params, _ = fitted(target, said, Params(max_tokens=asked), lengths)
    except TooLong:
        return
    assert list(sent) == said[len(said) - len(sent) :]
    assert sent[0].role == "user"
    if len(sent) > 1:
        assert lengths.most(1, sent) + (params.max_tokens or 1) <= length


@given(texts)
def test_without_a_declared_context_all_is_sent_as_it_is(said: list[Message]) -> None:
    target = replace(TARGET, context_length=None)
    assert fitted(target, said, NONE, Lengths()) == (tuple(said), NONE, 0)


def test_the_oldest_turns_go_first_and_both_halves_of_them() -> None:
    said = chat("old " * 100, "older " * 100, "new", "newer", "now")
    assert excess(TARGET, said, NONE, Lengths()) == 1
    assert without(said, 1) == said[2:]


def test_the_system_prompt_stays_and_counts() -> None:
    target = replace(TARGET, system_prompt="Be brief. " * 40)
    said = chat("a " * 150, "b", "c")
    sent, _, oldest = fitted(target, said, NONE, Lengths())
    assert sent == (Message("system", "Be brief. " * 40), Message("user", "c"))
    assert oldest == 1 and excess(TARGET, said, NONE, Lengths()) == 0


def test_a_system_message_of_the_callers_follows_the_models_own() -> None:
    target = replace(TARGET, system_prompt="Be brief.")
    sent, _, _ = fitted(target, [Message("system", "Be kind."), *chat("hi")], NONE, Lengths())
    assert sent == (Message("system", "Be brief.\n\nBe kind."), Message("user", "hi"))


def test_a_prompt_that_cannot_fit_by_itself_is_too_long() -> None:
    with pytest.raises(TooLong) as caught:
        excess(TARGET, chat("word " * 1000), NONE, Lengths())
    assert (caught.value.fault, caught.value.title) == (
        "caller",
        "This prompt is too long for the model.",
    )


def test_a_prompt_that_may_fit_is_sent_alone_with_what_room_is_left() -> None:
    said = chat("hi", "ho", "word " * 190)
    sent, params, _ = fitted(TARGET, said, Params(max_tokens=256), Lengths())
    assert len(sent) == 1 and params.max_tokens == 16


def test_a_sixteenth_of_the_context_is_no_room_for_max_tokens() -> None:
    params = fitted(TARGET, chat("hi"), Params(max_tokens=4000), Lengths())[1]
    assert params.max_tokens == 512 - 8 - 1 - 32


@pytest.mark.parametrize(
    ("asked", "kept"), [(None, 128), (64, 64), (256, 256), (400, 256), (4000, 256)]
)
def test_room_is_kept_for_the_answer_and_never_more_than_half(asked: int | None, kept: int) -> None:
    assert reserved(512, Params(max_tokens=asked)) == kept


def test_the_rate_is_learned_up_at_once_and_down_slowly() -> None:
    lengths, said = Lengths(), chat("plain words " * 20)
    before = lengths.most(1, said)
    lengths.learn(1, said, 60)
    assert lengths.rates[1, "letters"] == 60 / 240
    assert lengths.most(1, said) < before
    lengths.learn(1, said, 120)
    assert lengths.rates[1, "letters"] == 0.5
    lengths.learn(1, said, 60)
    assert 0.4 < lengths.rates[1, "letters"] < 0.5


def test_the_rate_of_other_scripts_is_learned_by_itself_and_doubled() -> None:
    lengths, said = Lengths(), chat("почему небо голубое " * 20)
    before = lengths.most(1, said)
    lengths.learn(1, said, 140)
    assert set(lengths.rates) == {(1, "scripts")}
    assert 2 * 140 < lengths.most(1, said) < before / 2
    assert lengths.most(1, chat("plain words " * 20)) == Lengths().most(
        1, chat("plain words " * 20)
    )


def test_digits_and_marks_are_a_token_each_whatever_was_learned() -> None:
    lengths = Lengths()
    lengths.learn(1, chat("plain words " * 20), 40)
    lengths.learn(1, chat("почему небо голубое " * 20), 140)
    assert lengths.most(1, chat("0123456789,;{}")) == 8 + 14


def test_a_count_beyond_belief_teaches_no_more_than_a_token_a_byte() -> None:
    lengths, said = Lengths(), chat("plain words " * 20)
    lengths.learn(1, said, 10**9)
    assert lengths.rates[1, "letters"] == 1.0
    assert lengths.most(1, said) == 8 + 240


def test_nothing_is_learned_from_a_short_prompt_or_from_one_of_few_letters() -> None:
    lengths = Lengths()
    lengths.learn(1, chat("hi there"), 40)
    lengths.learn(1, chat("0123456789 " * 100), 1000)
    assert lengths.rates == {}


@given(st.text(max_size=200))
def test_the_estimate_is_never_under_half_a_token_a_letter_and_one_for_other_bytes(
    text: str,
) -> None:
    sizes = measured(chat(text))
    assert sum(sizes.values()) == len(text.encode("utf-8", "replace"))
    others = sizes["marks"] + sizes["scripts"]
    assert Lengths().most(1, chat(text)) == 8 + others + round(sizes["letters"] / 2)
