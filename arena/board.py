"""The public boards: fitted from the tallies alone, kept as a signed chain of snapshots."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import col, select

from arena import __version__
from arena.errors import NotFound
from arena.signing import Signer
from arena.snapshots import (
    Blocks,
    blocks_of,
    board_block,
    cells_of_sums,
    content_of,
    digest,
    tally_block,
)
from arena.store.chain import last_snapshot, public_names, write_blocks
from arena.store.session import Store
from arena.store.sums import Sums, Tallied
from arena.store.tables import Block, Snapshot
from arena.store.tallies import OVERALL
from arena.thinning import WHOLE, thin
from ranking import rate
from serving.tables import now

log = logging.getLogger(__name__)

# A busy board waits for so many more votes (a share of those it has), but no longer than so long.
SHARE, LONGEST_S = 1 / 1000, 600.0
THIN_EVERY_S = 3600.0


@dataclass(frozen=True, eq=False)
class Shown:
    """A snapshot with its content and its boards, best model first."""

    snapshot: Snapshot
    content: Mapping[str, Any]
    boards: Mapping[str, Mapping[str, Any]]

    @property
    def blocks(self) -> dict[str, Blocks]:
        """By category: which blocks hold its tally and its board."""
        return blocks_of(self.content)

    @property
    def categories(self) -> list[str]:
        """The boards there are, the overall one first."""
        return sorted(self.boards, key=lambda name: (name != OVERALL, name))

    def board(self, category: str) -> Mapping[str, Any]:
        """One category's board.

        Raises:
            NotFound: nobody voted in this category yet.
        """
        if category not in self.boards:
            raise NotFound(f"there is no category {category!r}; see `categories`")
        return self.boards[category]


class Boards:
    """Reads and refreshes the snapshots of one store; `kinds` says whose votes count."""

    def __init__(
        self, store: Store, kinds: Sequence[str], signer: Signer, delay: timedelta = timedelta()
    ) -> None:
        self._store = store
        self.kinds = tuple(kinds)
        self.signer = signer
        self.delay = delay
        self._sums = Sums(kinds)
        self._names: dict[int, str] = {}
        self._tallies: dict[str, tuple[str, bytes]] = {}
        self._stale: set[str] = set()
        self._latest: Shown | None = None
        self._delayed: Shown | None = None
        self._refreshed = self._thinned = -LONGEST_S
        self._one_at_a_time = asyncio.Lock()

    def overall(self) -> Tallied:
        """The overall tally as it was last read."""
        return self._sums.by_category.get(OVERALL, Tallied())

    async def refresh(self, soon: bool = True) -> bool:
        """Fit again every category whose tally changed; returns whether a snapshot was added.

        With `soon=False` a busy board may wait for more votes, see `due`.
        """
        async with self._one_at_a_time:
            return await self._refresh(soon)

    async def _refresh(self, soon: bool) -> bool:
        async with self._store.read() as session:
            changed = await self._sums.update(session)
            names = await public_names(session)
            last = await last_snapshot(session)
        if names != self._names:  # a name that is public now must not wait for votes
            self._names, changed, soon = names, set(self._sums.by_category), True
        self._stale |= changed
        if last is not None and (self._latest is None or self._latest.snapshot.id != last.id):
            self._latest = await self._opened(last)
        if self._latest is not None and not self._stale:
            return False
        if not soon and not self._due():
            return False
        self._refreshed = time.monotonic()
        return await self._publish()

    def _due(self) -> bool:
        if self._latest is None:
            return True
        counted = int(self._sums.by_category.get(OVERALL, Tallied()).count.sum())
        shown = self._latest.boards.get(OVERALL, {}).get("votes", 0)
        return due(time.monotonic() - self._refreshed, counted - shown, counted)

    async def _publish(self) -> bool:
        """A snapshot of what the tallies hold now, if the latest does not hold it already."""
        stale, self._stale = self._stale, set()
        sums = {
            name: tallied
            for name, tallied in self._sums.by_category.items()
            if name == OVERALL or tallied.count.any()
        }
        self._tallies = {name: found for name, found in self._tallies.items() if name in sums}
        asked = {name: sums[name] for name in stale & set(sums)}
        self._tallies |= await asyncio.to_thread(_encoded, asked, self._names)
        held = self._latest.blocks if self._latest else {}
        new = {
            name: text
            for name, (found, text) in self._tallies.items()
            if name not in held or held[name].tally != found
        }
        known = self._latest.boards if self._latest else {}
        kinds = self._latest.content["kinds"] if self._latest else None
        if not new and held.keys() == self._tallies.keys() and kinds == list(self.kinds):
            return False
        fits = (
            asyncio.to_thread(_fitted, name, sums[name], self._names, known.get(name))
            for name in new
        )
        fitted = dict(zip(new, await asyncio.gather(*fits), strict=True))
        try:
            self._latest = await self._stored(new, fitted, held)
        except IntegrityError:  # another process was first: its snapshot is the next in the chain
            self._stale |= stale
            return False
        return True

    async def _stored(
        self, tallies: Mapping[str, bytes], boards: Mapping[str, bytes], held: Mapping[str, Blocks]
    ) -> Shown:
        """Write the snapshot and those of its blocks that are new."""
        fresh = {name: Blocks(self._tallies[name][0], digest(boards[name])) for name in boards}
        blocks = {name: fresh.get(name) or held[name] for name in self._tallies}
        last = self._latest.snapshot if self._latest else None
        key = self._latest.content.get("key") if self._latest else None
        signer = {"key": self.signer.public, "vouch": self.signer.vouched(key)}
        when, before = now(), last.hash if last else None
        content = content_of(when, before, self.kinds, blocks, signer, __version__)
        snapshot = Snapshot(
            created=when,
            content=content,
            hash=digest(content),
            previous=before,
            signature=self.signer.sign(content),
        )
        texts = {digest(text): text for text in (*tallies.values(), *boards.values())}
        async with self._store.write() as session:
            await write_blocks(session, texts)
            session.add(snapshot)
        known = dict(self._latest.boards) if self._latest else {}
        known |= {name: orjson.loads(text) for name, text in boards.items()}
        return Shown(snapshot, orjson.loads(content), {name: known[name] for name in blocks})

    async def shown(self) -> Shown:
        """What the public sees: the newest snapshot, or the newest that is old enough.

        Raises:
            NotFound: none is old enough yet.
        """
        while self._latest is None:  # where another process was first, the next look finds it
            await self.refresh()
        if not self.delay:
            return self._latest
        async with self._store.read() as session:
            found = await last_snapshot(session, now() - self.delay)
        if found is None:
            minutes = self.delay.total_seconds() / 60
            raise NotFound(f"boards are shown {minutes:g} minutes late, and none is that old yet")
        if self._delayed is None or self._delayed.snapshot.id != found.id:
            self._delayed = await self._opened(found)
        return self._delayed

    async def tally(self, shown: Shown, category: str) -> Mapping[str, Any]:
        """The tally block a category's board was fitted to."""
        shown.board(category)
        if category not in shown.blocks:
            raise NotFound("this snapshot is of an older format; the next one has it")
        async with self._store.read() as session:
            found = await session.get(Block, shown.blocks[category].tally)
        if found is None:
            raise NotFound("the tally of this snapshot is not kept any more")
        tally: dict[str, Any] = orjson.loads(found.content)
        return tally

    async def is_public(self, name: str) -> bool:
        """Does a snapshot that the public may see name this block?"""
        if not self.delay:
            return True
        moment = now() - self.delay
        query = select(func.count()).where(
            col(Snapshot.content).contains(name), col(Snapshot.created) <= moment
        )
        async with self._store.read() as session:
            return bool((await session.execute(query)).scalar_one())

    async def _opened(self, snapshot: Snapshot) -> Shown:
        """A snapshot with its boards; those that the latest has, too, are not read again."""
        content = orjson.loads(snapshot.content)
        names = {found.board: category for category, found in blocks_of(content).items()}
        known = self._latest.blocks if self._latest else {}
        boards = {
            names[found.board]: self._latest.boards[category]
            for category, found in known.items()
            if self._latest and found.board in names
        }
        wanted = [name for name, category in names.items() if category not in boards]
        query = select(Block).where(col(Block.hash).in_(wanted))
        async with self._store.read() as session:
            for block in (await session.execute(query)).scalars():
                boards[names[block.hash]] = orjson.loads(block.content)
        return Shown(snapshot, content, boards or content.get("boards", {}))

    async def keep_fresh(self, seconds: float) -> None:
        """Refresh for ever, and drop now and then what old snapshots need not keep."""
        while True:
            try:
                await self.refresh(soon=False)
                await self._thin()
            except SQLAlchemyError:  # a database that is away for a moment must not end the chore
                log.exception("the boards are fitted again in a moment")
            await asyncio.sleep(seconds)

    async def _thin(self) -> None:
        if time.monotonic() - self._thinned > THIN_EVERY_S:
            self._thinned = time.monotonic()
            async with self._store.write() as session:
                await thin(session, now(), max(WHOLE, 2 * self.delay))


def due(waited_s: float, new: int, counted: int) -> bool:
    """Is a new snapshot worth it: a thousandth more votes, or ten minutes since the last?"""
    return abs(new) >= counted * SHARE or waited_s >= LONGEST_S


def _encoded(sums: Mapping[str, Tallied], names: Mapping[int, str]) -> dict[str, tuple[str, bytes]]:
    texts = {name: tally_block(name, tallied, names) for name, tallied in sums.items()}
    return {name: (digest(text), text) for name, text in texts.items()}


def _fitted(
    category: str,
    tallied: Tallied,
    names: Mapping[int, str],
    before: Mapping[str, Any] | None,
) -> bytes:
    """The board block of a category; the fit begins where the board before ended."""
    start = {row["model"]: row["rating"] for row in before["models"]} if before else None
    return board_block(category, rate(cells_of_sums(tallied, names), start=start))
