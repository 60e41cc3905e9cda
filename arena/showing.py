"""What the public is shown of the boards: one snapshot's views, each made once and kept a while."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from arena.board import Boards, Shown
from arena.board_views import (
    categories_view,
    pairs_view,
    rounded,
    tables,
    together,
    win_rates,
)
from arena.errors import NotFound
from arena.history import History, history_view
from arena.kept import Kept
from arena.roster import described
from arena.sampling import sampling
from arena.store.chain import public_names
from arena.store.session import Store
from arena.store.tables import Study
from arena.studies import REASON

MOST_KEPT = 64
NOTHING: dict[str, Any] = dict.fromkeys(("organization", "license", "price", "state"))
View = Mapping[str, Any]


class Views:
    """The views of the snapshot that the public sees; `rounding` is the step ratings go in."""

    def __init__(self, store: Store, boards: Boards, rounding: float = 0.0) -> None:
        self._store = store
        self._boards = boards
        self._rounding = rounding
        self._history = History(store, boards.kinds)
        self._descriptions = Kept(self._read(described))
        self._sampling = Kept(self._read(sampling))
        self._made: OrderedDict[tuple[Any, ...], Any] = OrderedDict()

    async def board(self, category: str, style_control: bool = False) -> View:
        """A category's board with what is known of its models.

        Raises:
            NotFound: no such category, or no job has controlled its style yet.
        """
        shown = await self._boards.shown()
        shown.board(category)
        style = await self._study("style", category)
        if style is None or REASON in style:
            if style_control:
                raise NotFound(_why_not("style control", style))
            style = None
        told = await self._descriptions.get()
        key = ("board", shown.snapshot.id, category, style_control)
        held = self._made.get(key)
        if held and (held["told"], held["style"]) == (told, style):
            view: View = held["view"]
            return view
        view = await self._board(shown, category, style if style_control else None, style, told)
        self._keep(key, {"told": told, "style": style, "view": view})
        return view

    async def _board(
        self,
        shown: Shown,
        category: str,
        controlled: View | None,
        style: View | None,
        told: View,
    ) -> View:
        plain = shown.board(category)
        board = controlled or plain
        rows = rounded(board["models"], self._rounding)
        rates = await self._win_rates(shown, category, rows)
        delta = _deltas(plain["models"], style["models"]) if style else {}
        return {
            **{name: board[name] for name in ("method", "votes", "warnings")},
            "models": [
                {
                    "provisional": False,
                    **row,
                    **told.get(row["model"], NOTHING),
                    "style_delta": delta.get(row["model"]),
                    "win_rate": rate,
                }
                for row, rate in zip(rows, rates, strict=True)
            ],
            "category": category,
            "categories": shown.categories,
            "kinds": shown.content["kinds"],
            "delay_minutes": self._boards.delay.total_seconds() / 60,
            "rounding": self._rounding,
            "snapshot": _snapshot(shown),
            "style": {"time": style["time"], "features": style["features"]} if style else None,
        }

    async def pairs(self, category: str) -> View:
        """Everyone against everyone."""
        shown = await self._boards.shown()

        async def made() -> View:
            tally = await self._boards.tally(shown, category)
            board = {"models": rounded(shown.board(category)["models"], self._rounding)}
            return await asyncio.to_thread(pairs_view, board, tally)

        return await self._once(("pairs", shown.snapshot.id, category), made)

    async def history(self, category: str) -> View:
        """Ratings over time, the last being those of the board that is shown."""
        shown = await self._boards.shown()
        board = {"models": rounded(shown.board(category)["models"], self._rounding)}

        async def made() -> View:
            async with self._store.read() as session:
                names = await public_names(session)
            time = datetime.fromisoformat(shown.content["time"])
            points = await self._history.until(category, time.date(), names)
            return history_view(points, board, shown.content["time"])

        return await self._once(("history", shown.snapshot.id, category), made)

    async def robustness(self, category: str) -> View:
        """How few votes hold each two neighbours in their order.

        Raises:
            NotFound: no such category, or no job has looked yet.
        """
        shown = await self._boards.shown()
        shown.board(category)
        found = await self._study("robustness", category)
        if found is None or REASON in found:
            raise NotFound(_why_not("robustness", found))
        return found

    async def categories(self) -> View:
        """Every model in every category."""
        shown = await self._boards.shown()
        boards = {
            name: {"models": rounded(board["models"], self._rounding)}
            for name, board in shown.boards.items()
        }
        return categories_view(boards, shown.categories)

    async def sampling(self) -> View:
        """How often each was drawn."""
        return await self._sampling.get()

    async def _win_rates(
        self, shown: Shown, category: str, rows: list[dict[str, Any]]
    ) -> list[float | None]:
        if category not in shown.blocks:
            return [None] * len(rows)
        tally = await self._boards.tally(shown, category)
        battles, _ = tables(tally, [row["model"] for row in rows])
        return win_rates([row["rating"] for row in rows], together(battles))

    async def _study(self, name: str, category: str) -> dict[str, Any] | None:
        async with self._store.read() as session:
            found = await session.get(Study, (name, category))
        if found is None:
            return None
        return {
            "time": found.time.isoformat(timespec="milliseconds"),
            **orjson.loads(found.content),
        }

    async def _once(self, key: tuple[Any, ...], make: Callable[[], Awaitable[View]]) -> View:
        if key not in self._made:
            self._keep(key, await make())
        found: View = self._made[key]
        return found

    def _keep(self, key: tuple[Any, ...], made: Any) -> None:
        self._made[key] = made
        while len(self._made) > MOST_KEPT:
            self._made.popitem(last=False)

    def _read(
        self, find: Callable[[AsyncSession], Awaitable[View]]
    ) -> Callable[[], Awaitable[View]]:
        async def found() -> View:
            async with self._store.read() as session:
                return await find(session)

        return found


def _why_not(what: str, found: View | None) -> str:
    if found is None:
        return f"{what} was not fitted for this category yet; come back in a minute"
    return f"there is no {what} for this category: {found[REASON]}"


def _snapshot(shown: Shown) -> dict[str, Any]:
    row = shown.snapshot
    return {
        "id": row.id,
        "time": shown.content["time"],
        "hash": row.hash,
        "previous": row.previous,
        "signature": row.signature,
    }


def _deltas(plain: list[dict[str, Any]], controlled: list[dict[str, Any]]) -> dict[str, float]:
    """What style control takes from each rating: the controlled one less the plain one."""
    before = {row["model"]: row["rating"] for row in plain}
    return {
        row["model"]: round(row["rating"] - before[row["model"]], 3)
        for row in controlled
        if row["model"] in before
    }
