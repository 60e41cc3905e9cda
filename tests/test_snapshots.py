"""Snapshots hold: hashed, chained, signed, refitted; and whatever is changed is found and said."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlmodel import col, select

from arena.board import Boards
from arena.published import InDatabase, InFolder, write_folder
from arena.signing import Signer, fresh_key
from arena.snapshots import digest
from arena.store import tallies
from arena.store.session import Store
from arena.store.tables import Block, Snapshot
from arena.verifying import Link, chain_faults, faults
from tests.board_fixture import closed_battles, contestants

KEY = base64.b64encode(b"the signing key of all the tests").decode()


class Kept:
    """A chain and its blocks in memory, where a test can change them."""

    def __init__(self, links: Sequence[Link], blocks: dict[str, str]) -> None:
        self.chain, self.blocks = list(links), blocks

    async def links(self) -> Sequence[Link]:
        return self.chain

    async def block(self, name: str) -> str | None:
        return self.blocks.get(name)

    async def faults(self, *trusted: str) -> list[str]:
        return [fault async for fault in faults(self, trusted)]


@pytest.fixture
async def kept(store: Store) -> Kept:
    """Three snapshots of two contestants."""
    await contestants(store, 2)
    boards = Boards(store, ["person"], Signer(KEY))
    for winner in ("model_a", "model_b", "tie"):
        await closed_battles(store, [(1, 2, winner)])
        assert await boards.refresh()
    async with store.read() as session:
        blocks = (await session.execute(select(Block))).scalars().all()
    return Kept(await InDatabase(store).links(), {block.hash: block.content for block in blocks})


async def test_what_was_published_holds(kept: Kept) -> None:
    assert await kept.faults() == [] and len(kept.chain) == 3
    assert await kept.faults(Signer(KEY).public) == []


async def test_a_changed_byte_of_a_snapshot_is_found(kept: Kept) -> None:
    content = kept.chain[1].content.replace('"kinds":["person"]', '"kinds":["judge"]')
    kept.chain[1] = replace(kept.chain[1], content=content)
    assert "snapshot 2: its content was changed" in (await kept.faults())[0]


async def test_a_changed_byte_of_a_tally_is_found(kept: Kept) -> None:
    name = orjson.loads(kept.chain[-1].content)["categories"]["overall"]["tally"]
    kept.blocks[name] = kept.blocks[name].replace("[0,1,1,", "[0,1,9,")
    (fault,) = await kept.faults()
    assert fault == f"snapshot 3, overall: the block {name[:12]} was changed"


async def test_a_missing_link_is_found(kept: Kept) -> None:
    del kept.chain[1]
    assert "snapshot 3: the link to the snapshot before it is broken" in (await kept.faults())[0]


async def test_a_wrong_signature_is_found(kept: Kept) -> None:
    other = Signer(fresh_key()).sign(kept.chain[2].content)
    kept.chain[2] = replace(kept.chain[2], signature=other)
    assert await kept.faults() == ["snapshot 3: the signature is wrong"]
    kept.chain[2] = replace(kept.chain[2], signature="no signature")
    assert await kept.faults() == ["snapshot 3: the signature is wrong"]


async def test_a_wrong_rating_is_found_though_all_is_signed_again(kept: Kept) -> None:
    content = orjson.loads(kept.chain[2].content)
    board = orjson.loads(kept.blocks[content["categories"]["overall"]["board"]])
    board["models"][0]["rating"] += 5
    forged = orjson.dumps(board).decode()
    kept.blocks[digest(forged)] = forged
    content["categories"]["overall"]["board"] = digest(forged)
    text = orjson.dumps(content).decode()
    kept.chain[2] = replace(
        kept.chain[2], content=text, hash=digest(text), signature=Signer(KEY).sign(text)
    )
    (fault,) = await kept.faults()
    assert "snapshot 3, overall: lab/1: rating is 1005.0, its tally gives 1000.0" in fault


async def test_a_signature_cannot_be_left_off_later(kept: Kept) -> None:
    content = orjson.loads(kept.chain[2].content)
    del content["key"]
    text = orjson.dumps(content).decode()
    kept.chain[2] = replace(kept.chain[2], content=text, hash=digest(text), signature=None)
    assert await kept.faults() == ["snapshot 3: it is not signed, though one before it is"]


async def test_a_dropped_tally_is_missed_in_the_newest_alone(kept: Kept) -> None:
    for link in kept.chain[:2]:
        blocks = orjson.loads(link.content)["categories"]["overall"]
        kept.blocks.pop(blocks["tally"])
    assert await kept.faults() == []
    kept.blocks.clear()
    assert (await kept.faults())[0].endswith("overall: its tally or its board is missing")


async def test_who_trusts_another_key_is_told(kept: Kept) -> None:
    other = Signer(fresh_key()).public
    assert (await kept.faults(other))[0].endswith("signed with a key that you do not trust")


@pytest.mark.parametrize("known", [True, False])
async def test_a_new_key_needs_the_word_of_the_one_before(store: Store, known: bool) -> None:
    await contestants(store, 2)
    new = Signer(fresh_key(), [KEY] if known else [])
    for signer in (Signer(KEY), new):
        await closed_battles(store, [(1, 2, "model_a")])
        await Boards(store, ["person"], signer).refresh()
    found = list(chain_faults(await InDatabase(store).links()))
    said = "snapshot 2: signed with a new key that the key before it does not vouch for"
    assert found == ([] if known else [said])
    assert (
        list(chain_faults(await InDatabase(store).links(), {Signer(KEY).public, new.public})) == []
    )


async def test_a_folder_holds_what_the_database_does(store: Store, tmp_path: Path) -> None:
    await contestants(store, 3)
    await closed_battles(store, [(1, 2, "model_a"), (2, 3, "tie")])
    await Boards(store, ["person"], Signer(KEY)).refresh()
    assert await write_folder(InDatabase(store), tmp_path) == 1
    assert [fault async for fault in faults(InFolder(tmp_path))] == []
    (block,) = list((tmp_path / "blocks").glob("*.json"))[:1]
    block.write_text(block.read_text().replace("lab", "bal"))
    assert [fault async for fault in faults(InFolder(tmp_path))] != []


async def test_snapshots_of_the_first_format_are_verified_too(store: Store) -> None:
    await contestants(store, 2)
    content: dict[str, Any] = {
        "previous": None,
        "tallies": {"overall": [["lab/1", "lab/2", "tie", 1, 1.0, 1.0]]},
        "boards": {"overall": {"models": [_row("lab/1"), _row("lab/2")]}},
        "kinds": ["person"],
        "time": "2026-01-01T00:00:00+00:00",
    }
    text = orjson.dumps(content).decode()
    async with store.write() as session:
        session.add(Snapshot(content=text, hash=digest(text)))
    await closed_battles(store, [(1, 2, "model_a")])
    assert await Boards(store, ["person"], Signer(KEY)).refresh()
    assert [fault async for fault in faults(InDatabase(store))] == []


def _row(model: str) -> dict[str, Any]:
    return {"model": model, "rating": 1000.0, "votes": 1, "wins": 0, "losses": 0, "ties": 1}


async def test_another_process_goes_on_with_the_same_chain(store: Store) -> None:
    await contestants(store, 2)
    one, other = (Boards(store, ["person"], Signer(KEY)) for _ in range(2))
    for boards in (one, other, one):
        await closed_battles(store, [(1, 2, "model_a")])
        assert await boards.refresh()
    assert not await other.refresh()
    assert (await other.shown()).board("overall")["votes"] == 3
    async with store.read() as session:
        ids = (await session.execute(select(col(Snapshot.id)))).scalars().all()
    assert sorted(ids) == [1, 2, 3]


async def test_tallies_counted_anew_are_read_anew(store: Store) -> None:
    await contestants(store, 2)
    boards = Boards(store, ["person"], Signer(KEY))
    await closed_battles(store, [(1, 2, "model_a"), (1, 2, "tie")])
    assert await boards.refresh()
    async with store.write() as session:
        assert await tallies.rebuild(session) == 2
    assert not await boards.refresh()
    assert (await boards.shown()).board("overall")["votes"] == 2
