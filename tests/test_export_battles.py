"""The battles dataset: one row a vote, redacted, read by the arena's own ratings."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arena.store.session import Store
from arena.store.tables import Mode, TurnState
from export import Format, Options, Summary, battles, preferences
from export.public_ids import PublicIds
from export.record import PAGE
from ranking.cli import rate
from serving.sealing import Sealer
from tests.export_fixture import (
    ON_SQLITE,
    SEALER,
    UNCHECKED,
    Said,
    Who,
    described,
    enter,
    play,
    plenty,
    rows,
)

Export = Callable[[Store, Sealer, Path, Options], Awaitable[Summary]]
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
async def arena(store: Store) -> Store:
    """A store with the contestants x (1) and y (2)."""
    await enter(store, "x", "y")
    return store


@ON_SQLITE
async def test_a_row_says_all_that_is_known_of_a_vote(arena: Store, tmp_path: Path) -> None:
    said = Said(margin=3, comment="plain wrong", tags=("code", "language-en"))
    visitor, battle = await play(arena, said)
    await battles(arena, SEALER, tmp_path / "out", UNCHECKED)
    (row,) = rows(tmp_path / "out")
    ids = PublicIds(SEALER)
    assert isinstance(row.pop("timestamp"), datetime) and len(row.pop("id")) == 32
    assert row == {
        "model_a": "x",
        "model_b": "y",
        "winner": "model_a",
        "margin": 3,
        "tags": [],
        "comment": "plain wrong",
        "evaluation_session_id": ids.of("battle", battle),
        "evaluation_order": 1,
        "conversation_a": [
            {"role": "user", "content": [{"type": "text", "text": "What is a bee?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "An insect."}]},
        ],
        "conversation_b": [
            {"role": "user", "content": [{"type": "text", "text": "What is a bee?"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "A kind of bird."}]},
        ],
        "turn": 1,
        "language": "en",
        "is_code": True,
        "category_tag": ["code", "language-en"],
        "conv_metadata": {
            "sum_assistant_a_tokens": 2,
            "sum_assistant_b_tokens": 4,
            "context_a_tokens": None,
            "context_b_tokens": None,
        },
        "dedup_tag": {"high_freq": False, "sampled": True},
        "judge": ids.of("visitor", visitor.id),
        "anony": True,
        "blind": True,
        "kind": "person",
        "rated": True,
        "unrated_reason": None,
        "pair_probability": None,
        "sampling_policy": None,
    }


@ON_SQLITE
async def test_each_side_has_its_own_history(arena: Store, tmp_path: Path) -> None:
    failed = Said("lost", a="", b="", winner=None, state=TurnState.FAILED)
    await play(arena, Said("one", "1a", "1b"), failed, Said("two", "2a", "2b", "tie"))
    await battles(arena, SEALER, tmp_path / "out", UNCHECKED)
    row = max(rows(tmp_path / "out"), key=lambda row: int(row["evaluation_order"]))
    texts = {
        side: [said["content"][0]["text"] for said in row[f"conversation_{side}"]] for side in "ab"
    }
    assert texts == {"a": ["one", "1a", "two", "2a"], "b": ["one", "1b", "two", "2b"]}
    assert (row["turn"], row["evaluation_order"], row["winner"]) == (2, 3, "tie")


@ON_SQLITE
@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("export", [battles, preferences])
async def test_redaction_holds_in_every_text(
    arena: Store,
    tmp_path: Path,
    format: Format,
    export: Export,
) -> None:
    before = Said("Mail eve@example.org", a="Is zed@example.org it?", b="Is zed@example.org it?")
    await play(
        arena,
        replace(before, winner=None),
        Said(
            f"My key is {KEY}, mail ann@example.org",
            f"Got {KEY}.",
            "No.",
            comment="bob@example.org",
        ),
    )
    done = await export(arena, SEALER, tmp_path / "out", replace(UNCHECKED, format=format))
    leaked = ("eve@", "zed@", "ann@", "bob@", KEY)
    if format is Format.JSONL:
        text = "".join(path.read_text() for path in (tmp_path / "out/data").iterdir())
    else:
        split = next(split for split, count in done.rows.items() if count)
        text = json.dumps(rows(tmp_path / "out", split), default=str)
    assert [word for word in leaked if word in text] == []
    placeholders = Counter({"email": text.count("<EMAIL>"), "key": text.count("<KEY>")})
    assert placeholders["email"] >= 3 and placeholders["key"] >= 2
    assert described(tmp_path / "out")["redacted"] == dict(placeholders) == done.redacted


@ON_SQLITE
async def test_ties_and_named_battles_stay_and_say_so(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said(winner="both_bad"))
    await play(arena, Said(winner="tie"), who=Who(mode=Mode.NAMED))
    await battles(arena, SEALER, tmp_path / "out", UNCHECKED)
    found = {row["winner"]: row for row in rows(tmp_path / "out")}
    assert (found["both_bad"]["anony"], found["both_bad"]["rated"]) == (True, True)
    assert (found["tie"]["anony"], found["tie"]["blind"]) == (False, False)
    assert found["tie"]["unrated_reason"] == "not_blind"


async def test_more_votes_than_a_page_are_all_there_once_and_in_order(
    store: Store, tmp_path: Path
) -> None:
    await enter(store, "x", "y")
    visitor, _ = await play(store, Said())
    await plenty(store, visitor, 2 * PAGE)
    heard: list[tuple[int, int]] = []
    done = await battles(
        store, SEALER, tmp_path / "out", UNCHECKED, lambda seen, of: heard.append((seen, of))
    )
    ids = [row["id"] for row in rows(tmp_path / "out")]
    assert done.rows == {"train": 401} and len(set(ids)) == 401 and ids == sorted(ids)
    assert heard == [(200, 401), (400, 401), (401, 401)]


@ON_SQLITE
async def test_the_ratings_read_the_dataset_as_it_is(arena: Store, tmp_path: Path) -> None:
    for number in range(12):
        await play(arena, Said(winner="model_b" if number % 4 else "model_a", tags=("code",)))
    done = await battles(arena, SEALER, tmp_path / "out", UNCHECKED)
    from typer import Typer

    app = Typer()
    app.command()(rate)
    file = str(tmp_path / "out" / done.files[0].path)
    shown = CliRunner().invoke(app, [file, "--json", "--category", "code", "--cluster", "voter"])
    models = {model["model"]: model["wins"] for model in json.loads(shown.stdout)["models"]}
    assert models == {"y": 9, "x": 3}
