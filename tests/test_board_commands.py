"""`arena leaderboard` and `arena rate` on a database: refresh, verify, export, rotate the key."""

import json
import sqlite3
from pathlib import Path

import pytest

from arena.store.schema import upgrade
from arena.store.session import opened
from tests.board_fixture import closed_battles, contestants
from tests.process_fixture import arena

FOUGHT = [(1, 2, "model_a"), (2, 1, "model_a"), (1, 2, "tie"), (2, 1, "model_b")]
LOOKS = (("# a", "b"), ("- one two", "c"), ("**x**", "- d"), ("four words are here", "# e"))


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder whose database has two contestants, votes and one snapshot."""
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'arena.db'}", new=True) as store:
        await upgrade(store.engine)
        await contestants(store, 2)
        for looks in LOOKS:
            await closed_battles(store, FOUGHT, answers=looks)  # type: ignore[arg-type]
    assert (await run(tmp_path, "leaderboard", "refresh"))[1].startswith("A new snapshot")
    return tmp_path


async def run(folder: Path, *words: str) -> tuple[int, str, str]:
    return await arena(folder, *words, env={"ARENA_DATA_DIR": str(folder)})


async def test_a_snapshot_is_made_once_and_verified(folder: Path) -> None:
    assert (await run(folder, "leaderboard", "refresh"))[1].startswith("Nothing changed")
    code, told, _ = await run(folder, "leaderboard", "verify")
    assert (code, told) == (0, "Every snapshot holds: signature, chain, ratings.\n")


async def test_an_exported_folder_is_verified_and_a_changed_byte_in_it_found(folder: Path) -> None:
    out = folder / "published"
    assert (await run(folder, "leaderboard", "export", str(out)))[0] == 0
    assert (await run(folder, "leaderboard", "verify", str(out)))[0] == 0
    text = (out / "snapshots.jsonl").read_text()
    (out / "snapshots.jsonl").write_text(text.replace("person", "parson"))
    code, _, complaint = await run(folder, "leaderboard", "verify", str(out))
    assert code == 1 and "snapshot 1: its content was changed" in complaint
    assert "Traceback" not in complaint


async def test_a_wrong_rating_in_the_database_is_found(folder: Path) -> None:
    with sqlite3.connect(folder / "arena.db") as database:
        database.execute("UPDATE snapshot_block SET content = replace(content, 'wins', 'wons')")
    database.close()
    code, _, complaint = await run(folder, "leaderboard", "verify")
    assert code == 1 and "was changed" in complaint


async def test_the_old_key_vouches_for_the_new(folder: Path) -> None:
    old = (folder / "signing.key").read_text()
    assert (await run(folder, "leaderboard", "rotate-key"))[0] == 0
    assert (folder / "signing.old").read_text() == old != (folder / "signing.key").read_text()
    assert (folder / "signing.key").stat().st_mode & 0o777 == 0o600
    async with opened(f"sqlite+aiosqlite:///{folder / 'arena.db'}") as store:
        await closed_battles(store, [(1, 2, "tie")])
    assert (await run(folder, "leaderboard", "refresh"))[1].startswith("A new snapshot")
    assert (await run(folder, "leaderboard", "verify"))[0] == 0


@pytest.mark.parametrize(
    "options", [["--cluster", "voter"], ["--weights", "inverse-propensity"], []]
)
async def test_the_database_is_rated_with_and_without_rows(
    folder: Path, options: list[str]
) -> None:
    code, told, complaint = await run(folder, "rate", "--json", *options)
    assert (code, json.loads(told)["votes"]) == (0, 16), complaint


async def test_the_database_is_rated_under_style_control(folder: Path) -> None:
    code, told, complaint = await run(folder, "rate", "--json", "--style")
    assert code == 0, complaint
    names = [feature["name"] for feature in json.loads(told)["style"]]
    assert names == ["tokens", "headers", "lists", "bold"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verify", "nowhere"], "there is no snapshots.jsonl in nowhere"),
        (["verify", "--url", "http://127.0.0.1:9"], "cannot be read"),
        (["verify"], "there is no database"),
        (["export", "out"], "there is no database"),
    ],
)
async def test_what_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, words: list[str], told: str
) -> None:
    code, _, complaint = await arena(tmp_path, "leaderboard", *words)
    assert (code, told in complaint, complaint.count("\n")) == (1, True, 1), complaint
