"""Why a vote is not in a release: each reason by itself, their order, and both databases."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arena import own_data
from arena.store.session import Store
from arena.store.tables import BattleState, Consent, Kind, TurnState
from export import ExportError, Moderation, NothingLeft, Options, Reason, battles, preferences
from export.reasons import MEANINGS, PAIR_RULES, RECORD_RULES, first_reason
from export.record import Voted
from tests.export_fixture import (
    ON_SQLITE,
    SEALER,
    UNCHECKED,
    Said,
    Who,
    agree,
    described,
    enter,
    later,
    play,
    voted,
)


def consenting(vote: Voted, *given: tuple[int, bool]) -> Voted:
    """With consents at seconds after the battle's beginning; the vote comes at 60."""
    began = vote.battle.created
    consents = [
        Consent(visitor_id="v", version="v1", publication=yes, created=later(began, seconds))
        for seconds, yes in given
    ]
    return replace(vote, consents=consents)


def reason(vote: Voted, options: Options = UNCHECKED) -> Reason | None:
    return first_reason(vote, options, PAIR_RULES)


@pytest.mark.parametrize(
    ("said", "battle", "expected"),
    [
        ([Said()], {}, None),
        ([Said()], {"kind": Kind.SIMULATED}, Reason.KIND_NOT_ASKED),
        ([Said()], {"visitor_id": None}, Reason.ERASED),
        ([Said()], {"state": BattleState.OPEN}, Reason.BATTLE_UNFINISHED),
        ([Said()], {"state": BattleState.VOID}, Reason.BATTLE_UNFINISHED),
        ([Said()], {"model_b": None}, Reason.NO_PAIR),
        ([Said(state=TurnState.CANCELLED)], {}, Reason.TURN_NOT_DONE),
        ([Said(state=TurnState.CANCELLED), Said()], {}, Reason.TURN_NOT_DONE),
        ([Said(state=TurnState.FAILED), Said()], {}, None),
        ([Said(tainted=True)], {}, Reason.TAINTED),
        ([Said(tainted=True), Said()], {}, Reason.TAINTED),
        ([Said(a="yes"), Said()], {}, Reason.HISTORIES_DIFFER),
        ([Said(a="yes", b="yes"), Said()], {}, None),
        ([Said(winner="tie")], {}, Reason.NO_WINNER),
        ([Said(winner="both_bad")], {}, Reason.NO_WINNER),
        ([Said(b=" \n")], {}, Reason.EMPTY_ANSWER),
    ],
)
def test_each_reason_by_itself(
    said: list[Said], battle: dict[str, Any], expected: Reason | None
) -> None:
    assert reason(consenting(voted(*said, **battle), (-1, True))) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], Reason.NO_CONSENT),
        ([(-1, True)], None),
        ([(-1, False)], Reason.NO_CONSENT),
        ([(1, True)], Reason.NO_CONSENT),
        ([(-2, False), (-1, True)], None),
        ([(-2, True), (-1, False), (1, True)], Reason.NO_CONSENT),
        ([(-1, True), (90, False)], Reason.CONSENT_WITHDRAWN),
        ([(-1, True), (90, False), (99, True)], None),
        ([(-1, True), (30, False), (99, True)], Reason.NO_CONSENT),
        ([(-1, False), (90, True)], Reason.NO_CONSENT),
    ],
)
def test_consent_must_hold_all_through_and_at_the_last(
    given: list[tuple[int, bool]], expected: Reason | None
) -> None:
    assert reason(consenting(voted(Said()), *given)) == expected


@pytest.mark.parametrize("policy", [Moderation.REQUIRED, Moderation.RECORDED])
def test_what_was_not_moderated_stays_unless_asked_for(policy: Moderation) -> None:
    vote = consenting(voted(Said()), (-1, True))
    assert reason(vote, Options(moderation=policy)) == Reason.NOT_MODERATED
    assert Options().moderation is Moderation.REQUIRED


def test_the_first_reason_in_order_is_the_one_that_counts() -> None:
    vote = consenting(voted(Said(winner="tie", tainted=True), state=BattleState.OPEN), (-1, False))
    assert reason(vote) == Reason.NO_CONSENT
    assert list(PAIR_RULES) == [one for one in Reason if one in PAIR_RULES]
    assert list(RECORD_RULES) == list(PAIR_RULES)[: len(RECORD_RULES)]


def test_a_judges_vote_needs_the_kind_of_the_battle_too() -> None:
    vote = consenting(voted(Said()), (-1, True))
    vote.vote.kind, vote.vote.visitor_id = Kind.JUDGE, None
    judged = replace(UNCHECKED, include=frozenset({Kind.JUDGE}))
    assert (reason(vote), reason(vote, judged)) == (Reason.KIND_NOT_ASKED, None)
    vote.battle.kind = Kind.SIMULATED
    assert reason(vote, judged) == Reason.KIND_NOT_ASKED


def test_every_reason_has_its_meaning() -> None:
    assert list(MEANINGS) == list(Reason)


async def test_kept_and_dropped_are_all_that_was_seen(store: Store, tmp_path: Path) -> None:
    await enter(store, "x", "y")
    await play(store, Said(), Said(a="1", b="1", winner=None), Said(winner="tie"))
    await play(store, Said(prompt="Why?", winner="model_b"))
    await play(store, Said(a="same", b=" same\n"))
    await play(store, Said(), who=Who(publication=False))
    await play(store, Said(), who=Who(kind=Kind.SIMULATED))
    await play(store, Said(), who=Who(closed=False))
    withdrawn, _ = await play(store, Said())
    await agree(store, withdrawn, publication=False)
    erased, _ = await play(store, Said())
    async with store.write() as session:
        await own_data.erase(session, erased, keep_observations=True)
    done = await preferences(store, SEALER, tmp_path / "out", UNCHECKED)
    assert {name: count for name, count in done.dropped.items() if count} == {
        "kind_not_asked": 1,
        "erased": 1,
        "no_consent": 1,
        "consent_withdrawn": 1,
        "battle_unfinished": 1,
        "histories_differ": 1,
        "identical_answers": 1,
    }
    assert sum(done.rows.values()) == 2
    assert done.seen == 9 == sum(done.rows.values()) + sum(done.dropped.values())
    assert described(tmp_path / "out")["dropped"] == done.dropped


async def test_whoever_withdraws_is_gone_from_the_next_release(
    store: Store, tmp_path: Path
) -> None:
    await enter(store, "x", "y")
    visitor, _ = await play(store, Said())
    await play(store, Said(prompt="Another?"))
    first = await battles(store, SEALER, tmp_path / "first", UNCHECKED)
    await agree(store, visitor, publication=False)
    second = await battles(store, SEALER, tmp_path / "second", UNCHECKED)
    assert (first.rows, second.rows) == ({"train": 2}, {"train": 1})
    assert second.dropped["consent_withdrawn"] == 1


@ON_SQLITE
async def test_only_the_kinds_asked_for_leave(store: Store, tmp_path: Path) -> None:
    await enter(store, "x", "y")
    for kind in Kind:
        await play(store, Said(prompt=kind.value), who=Who(kind=kind))
    for include, expected in (
        ((), ["person"]),
        ((Kind.SIMULATED,), ["person", "simulated"]),
        ((Kind.SIMULATED, Kind.JUDGE), ["judge", "person", "simulated"]),
    ):
        options = replace(UNCHECKED, include=frozenset(include), overwrite=True)
        done = await battles(store, SEALER, tmp_path / "out", options)
        assert described(done.folder)["options"]["kinds"] == expected
        assert (done.rows["train"], done.dropped["kind_not_asked"]) == (
            len(expected),
            3 - len(expected),
        )


@ON_SQLITE
async def test_with_nothing_left_one_line_names_the_commonest_reason(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(NothingLeft, match="no votes to export yet"):
        await battles(store, SEALER, tmp_path / "out")
    await enter(store, "x", "y")
    for _ in range(2):
        await play(store, Said())
    await play(store, Said(), who=Who(publication=False))
    with pytest.raises(
        NothingLeft, match=r"2 of 3 votes are not_moderated.*--moderation"
    ) as caught:
        await battles(store, SEALER, tmp_path / "out")
    assert caught.value.dropped["no_consent"] == 1
    assert not any("out" in path.name for path in tmp_path.iterdir())


def test_a_test_split_of_everything_is_refused() -> None:
    with pytest.raises(ExportError, match="0 to below 1"):
        Options(test_fraction=1.0)
