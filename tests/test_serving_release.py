"""The release of names: when one is due, what is called what until then, and the note of it."""

from datetime import UTC, datetime, timedelta

import pytest

from serving.accounts import create_provider, get_provider
from serving.audit import changes_of
from serving.registry import add_model
from serving.release import (
    due,
    gives_away,
    hidden,
    hidden_models,
    public_name,
    release,
    words_of,
)
from serving.tables import Endpoint, Model
from tests.registry_fixture import SEALER, empty_registry, entry

ENTERED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("votes", "days", "over"),
    [(0, 0, False), (9, 89.9, False), (10, 0, True), (0, 90, True), (11, 91, True)],
)
def test_a_name_is_due_after_so_many_days_or_votes(votes: int, days: float, over: bool) -> None:
    moment = ENTERED + timedelta(days=days)
    assert due(ENTERED, votes, moment, days=90, votes_most=10) is over


def test_the_alias_stands_for_the_name_until_the_release() -> None:
    model = Model(name="lab/secret", alias="owl", provider_id=1)
    assert (public_name(model), hidden(model)) == ("owl", True)
    model.released = ENTERED
    assert (public_name(model), hidden(model), model.alias) == ("lab/secret", False, "owl")


def test_a_model_without_an_alias_was_never_hidden() -> None:
    model = Model(name="open", provider_id=1)
    assert (public_name(model), hidden(model)) == ("open", False)


@pytest.mark.parametrize(
    "text",
    ["You are Secret-1.", "SECRET 1", "s.e.c.r.e.t_1", "of the Lab", "asks up.example", "base9"],
)
def test_a_text_that_holds_a_word_of_the_name_gives_it_away(text: str) -> None:
    model = Model(name="lab/secret-1", alias="owl", provider_id=1)
    end = Endpoint(model_id=1, base_url="https://up.example/v1", upstream_model="base9")
    assert gives_away(text, words_of(model, [end]))


@pytest.mark.parametrize("text", [None, "", "You are a helpful owl.", "MIT"])
def test_any_other_text_does_not(text: str | None) -> None:
    model = Model(name="lab/secret-1", alias="owl", provider_id=1)
    end = Endpoint(model_id=1, base_url="https://up.example/v1", upstream_model="m")
    assert not gives_away(text, words_of(model, [end]))


def test_a_short_name_is_kept_as_well_as_a_long_one() -> None:
    assert gives_away("I am o1", words_of(Model(name="o1", alias="owl", provider_id=1), []))


async def test_a_release_is_noted_once_and_the_alias_is_kept() -> None:
    async with empty_registry() as sessions, sessions() as session:
        await create_provider(session, SEALER, "lab")
        provider = await get_provider(session, "lab")
        model = await add_model(session, SEALER, provider, entry("secret", alias="owl"))
        assert list(await hidden_models(session)) == [model]
        version = model.version
        for _ in range(2):
            await release(session, model, "arena", "after 90 days")
        assert await hidden_models(session) == []
        notes = await changes_of(session, model)
    assert model.alias == "owl" and model.version == version + 1
    assert [note.action for note in notes] == ["entered", "released"]
    assert (notes[1].actor, notes[1].detail["alias"]) == ("arena", "owl")
