"""The preferences dataset: pairs that DPO can use, merged, split by prompt, the same again."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from arena.store.session import Store
from arena.store.tables import Kind
from export import Format, preferences
from export.public_ids import PublicIds, same_prompt
from serving.sealing import Sealer
from tests.export_fixture import ON_SQLITE, SEALER, UNCHECKED, Said, Who, enter, play, rows

pytestmark = ON_SQLITE
ALL_TRAIN = replace(UNCHECKED, test_fraction=0.0)
MIRRORED = Who(codes=(2, 1))


@pytest.fixture
async def arena(store: Store) -> Store:
    """A store with the contestants x (1) and y (2)."""
    await enter(store, "x", "y")
    return store


async def test_a_pair_is_what_trl_reads(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said(winner="model_b", margin=2))
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    (row,) = rows(tmp_path / "out")
    assert row["prompt"] == [{"role": "user", "content": "What is a bee?"}]
    assert row["chosen"] == [{"role": "assistant", "content": "A kind of bird."}]
    assert row["rejected"] == [{"role": "assistant", "content": "An insect."}]
    assert (row["model_chosen"], row["model_rejected"]) == ("y", "x")
    assert (row["margin"], row["votes"], row["agreement"]) == (2.0, 1, 1.0)
    assert (row["kind"], row["blind"]) == ("person", True)


async def test_a_shared_history_is_part_of_the_prompt(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said("Hi", a="Hello!", b="Hello!", winner=None), Said("And?", "a", "b"))
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    (row,) = rows(tmp_path / "out")
    assert [said["role"] for said in row["prompt"]] == ["user", "assistant", "user"]
    assert [said["content"] for said in row["prompt"]] == ["Hi", "Hello!", "And?"]


async def test_no_margin_is_zero_so_that_a_reward_loss_can_add_it(
    arena: Store, tmp_path: Path
) -> None:
    await play(arena, Said())
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    assert rows(tmp_path / "out")[0]["margin"] == 0.0


async def test_votes_on_the_same_answers_are_one_row(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said(margin=1))
    await play(
        arena, Said(a="A kind of bird.", b="An insect.", winner="model_b", margin=3), who=MIRRORED
    )
    await play(arena, Said(winner="model_b"))
    done = await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    (row,) = rows(tmp_path / "out")
    assert row["chosen"][0]["content"] == "An insect."
    assert (row["votes"], row["margin"], done.dropped["merged"]) == (3, 2.0, 2)
    assert row["agreement"] == pytest.approx(2 / 3)


async def test_votes_that_contradict_each_other_leave_no_row(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said())
    await play(arena, Said(winner="model_b"))
    await play(arena, Said(prompt="Something else"))
    done = await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    assert (done.rows["train"], done.dropped["conflicting_votes"], done.seen) == (1, 2, 3)


async def test_kinds_are_never_merged(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said())
    await play(arena, Said(), who=Who(kind=Kind.SIMULATED))
    options = replace(ALL_TRAIN, include=frozenset({Kind.SIMULATED}))
    await preferences(arena, SEALER, tmp_path / "out", options)
    assert sorted(row["kind"] for row in rows(tmp_path / "out")) == ["person", "simulated"]


async def test_answers_that_redaction_makes_equal_are_no_pair(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said(a="Write to ann@example.org", b="Write to bob@example.org"))
    await play(arena, Said())
    done = await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    assert (done.rows["train"], done.dropped["identical_answers"]) == (1, 1)


async def test_train_and_test_share_no_prompt(arena: Store, tmp_path: Path) -> None:
    spellings = ["what is number {}", "What is number {}?", "  WHAT is, number {}!"]
    for n in range(20):
        for number, words in enumerate(spellings):
            await play(arena, Said(words.format(n), a=f"{number}"))
    done = await preferences(arena, SEALER, tmp_path / "out", replace(UNCHECKED, test_fraction=0.3))
    split = {name: rows(tmp_path / "out", name) for name in ("train", "test")}
    held = {
        name: {same_prompt(row["prompt"][0]["content"]) for row in found}
        for name, found in split.items()
    }
    ids = {name: {row["prompt_id"] for row in found} for name, found in split.items()}
    assert sum(done.rows.values()) == 60 and 3 * 2 <= done.rows["test"] <= 3 * 12
    assert not held["train"] & held["test"] and not ids["train"] & ids["test"]
    assert len(held["train"] | held["test"]) == len(ids["train"] | ids["test"]) == 20


async def test_what_differs_only_in_what_is_redacted_is_one_prompt(
    arena: Store, tmp_path: Path
) -> None:
    for name in ("ann", "bob"):
        await play(arena, Said(f"Who is {name}@example.org?", a=name))
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    assert len({row["prompt_id"] for row in rows(tmp_path / "out")}) == 1


@pytest.mark.parametrize("format", list(Format))
async def test_the_same_record_gives_the_same_bytes(
    arena: Store, tmp_path: Path, format: Format
) -> None:
    for n in range(30):
        await play(arena, Said(f"Question {n % 10}?", a=f"{n}"))
    digests = []
    for name in ("one", "two"):
        options = replace(UNCHECKED, format=format, test_fraction=0.4)
        await preferences(arena, SEALER, tmp_path / name, options)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        digests.append({path.name: hashlib.sha256(path.read_bytes()).digest() for path in files})
    assert digests[0] == digests[1] and len(digests[0]) == 5


async def test_no_id_of_the_record_leaves(arena: Store, tmp_path: Path) -> None:
    visitor, battle = await play(arena, Said())
    await preferences(arena, SEALER, tmp_path / "out", replace(ALL_TRAIN, format=Format.JSONL))
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("out/**/*.*"))
    assert b"What is a bee?" in everything
    assert visitor.id.encode() not in everything and battle.encode() not in everything
    hashed = PublicIds(SEALER).of("battle", battle).encode()
    assert hashed in everything
    assert PublicIds(Sealer("quite another secret")).of("battle", battle).encode() != hashed


async def test_a_contestant_not_released_goes_by_its_alias(arena: Store, tmp_path: Path) -> None:
    from sqlmodel import select

    from serving.tables import Model

    async with arena.write() as session:
        model = (await session.execute(select(Model).where(Model.id == 1))).scalar_one()
        model.alias, model.organization = "night-heron", "A lab that tells nobody yet"
    await play(arena, Said())
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    assert rows(tmp_path / "out")[0]["model_chosen"] == "night-heron"
    assert "tells nobody" not in (tmp_path / "out/README.md").read_text()


async def test_turns_of_others_do_not_get_into_a_prompt(arena: Store, tmp_path: Path) -> None:
    await play(arena, Said("mine", a="1", b="1", winner=None), Said("mine too"))
    await play(arena, Said("theirs", a="1", b="1", winner=None), Said("theirs too"))
    await preferences(arena, SEALER, tmp_path / "out", ALL_TRAIN)
    for row in rows(tmp_path / "out"):
        assert {said["content"].split()[0] for said in row["prompt"]} - {"1"} in (
            {"mine"},
            {"theirs"},
        )
