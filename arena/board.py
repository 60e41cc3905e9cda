"""The public boards: fitted from the tallies alone, kept as a chain of snapshots."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.errors import NotFound
from arena.store import tallies
from arena.store.session import Store
from arena.store.tables import Snapshot
from ranking import Cells, Leaderboard, rate
from serving.registry import list_models
from serving.release import public_name
from serving.tables import now

log = logging.getLogger(__name__)

COLUMNS = ("model_a", "model_b", "outcome", "count", "weight_sum", "weight_sq_sum")


class Boards:
    """Reads and refreshes the snapshots of one store; `kinds` says whose votes count."""

    def __init__(self, store: Store, kinds: Sequence[str]) -> None:
        self._store = store
        self.kinds = tuple(kinds)
        self._latest: tuple[Snapshot, dict[str, Any]] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def refresh(self) -> bool:
        """Fit every category again if a tally changed; returns whether a snapshot was added."""
        async with self._one_at_a_time:
            return await self._refresh()

    async def _refresh(self) -> bool:
        async with self._store.read() as session:
            counted = await named_cells(session, self.kinds)
            last = await _last(session)
        if last is not None and (self._latest is None or self._latest[0].id != last.id):
            self._latest = last, orjson.loads(last.content)
        if self._latest and self._latest[1]["tallies"] == counted:
            return False
        boards = await asyncio.to_thread(_fit, counted)
        content = self._content(counted, boards, last)
        snapshot = Snapshot(
            content=content,
            hash=hashlib.sha256(content.encode()).hexdigest(),
            previous=last.hash if last else None,
        )
        try:
            async with self._store.write() as session:
                session.add(snapshot)
        except IntegrityError:  # another process was first: its snapshot is the next in the chain
            return False
        self._latest = snapshot, orjson.loads(content)
        return True

    async def board(self, category: str) -> dict[str, Any]:
        """One category's board with the snapshot it belongs to.

        Raises:
            NotFound: nobody voted in this category yet.
        """
        if self._latest is None:
            await self.refresh()
        assert self._latest is not None  # refresh() always leaves one
        snapshot, content = self._latest
        if category not in content["boards"]:
            raise NotFound(f"there is no category {category!r}; see `categories`")
        return {
            **content["boards"][category],
            "category": category,
            "categories": sorted(content["boards"], key=lambda name: (name != "overall", name)),
            "kinds": content["kinds"],
            "snapshot": {
                "id": snapshot.id,
                "time": content["time"],
                "hash": snapshot.hash,
                "previous": snapshot.previous,
                "signature": snapshot.signature,
            },
        }

    async def keep_fresh(self, seconds: float) -> None:
        """Refresh for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(seconds)

    def _content(
        self, counted: Mapping[str, Any], boards: Mapping[str, Any], last: Snapshot | None
    ) -> str:
        content = {
            "time": now().isoformat(timespec="milliseconds"),
            "previous": last.hash if last else None,
            "kinds": self.kinds,
            "tallies": counted,
            "boards": boards,
        }
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


async def named_cells(
    session: AsyncSession, kinds: Sequence[str]
) -> dict[str, list[list[str | int | float]]]:
    """Every category's tally with the models' public names: rows of `COLUMNS`."""
    names = {model.id: public_name(model) for model in await list_models(session)}
    counted = await tallies.cells(session, kinds)
    return {tallies.OVERALL: []} | {
        category: [
            [
                names[cell.model_a],
                names[cell.model_b],
                cell.outcome,
                cell.count,
                cell.weight_sum,
                cell.weight_sq_sum,
            ]
            for cell in cells
        ]
        for category, cells in counted.items()
    }


def cells_of(rows: Sequence[Sequence[Any]]) -> Cells:
    """A category's tally as the ranking room takes it."""
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    return Cells.from_columns(*columns)


def _fit(counted: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, dict[str, Any]]:
    return {category: _board(rate(cells_of(rows))) for category, rows in counted.items()}


def _board(board: Leaderboard) -> dict[str, Any]:
    return board.to_dict()


async def _last(session: AsyncSession) -> Snapshot | None:
    query = select(Snapshot).order_by(col(Snapshot.id).desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()
