"""Snapshots as they are published: in a database, at an arena's address, in a folder of files."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import aiohttp
import orjson
from sqlmodel import col, select

from arena.errors import Misconfigured
from arena.store.session import Store
from arena.store.tables import Block, Snapshot
from arena.thinning import named
from arena.verifying import Link, Published

PAGE = 500
CHAIN, BLOCKS = "snapshots.jsonl", "blocks"
PATIENCE = aiohttp.ClientTimeout(total=60)


class InDatabase:
    """The snapshots of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def links(self) -> Sequence[Link]:
        """The whole chain, oldest first."""
        async with self._store.read() as session:
            rows = (await session.execute(select(Snapshot).order_by(col(Snapshot.id)))).scalars()
            return [link_of(row) for row in rows]

    async def block(self, name: str) -> str | None:
        """The block of this hash."""
        async with self._store.read() as session:
            found = await session.get(Block, name)
        return found.content if found else None


class AtUrl:
    """The snapshots that a public arena serves."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/leaderboard"
        self._session = session

    async def links(self) -> Sequence[Link]:
        """The whole chain, page by page."""
        found: list[Link] = []
        while page := await self._page(found[-1].id if found else 0):
            found += page
        return found

    async def block(self, name: str) -> str | None:
        """The block of this hash."""
        return await self._get(f"blocks/{name}")

    async def _page(self, after: int) -> list[Link]:
        text = await self._get(f"snapshots?after={after}&limit={PAGE}")
        try:
            rows = orjson.loads(text or "{}")["snapshots"]
            return [Link(**{name: row[name] for name in Link.__slots__}) for row in rows]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Misconfigured(f"{self._url} does not serve snapshots") from error

    async def _get(self, path: str) -> str | None:
        try:
            async with self._session.get(f"{self._url}/{path}", timeout=PATIENCE) as answer:
                if answer.status == 404:
                    return None
                if answer.status != 200:
                    raise Misconfigured(f"{self._url} answers {answer.status}")
                return await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Misconfigured(f"{self._url} cannot be read: {error}") from error


class InFolder:
    """The snapshots that `arena leaderboard export` wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def links(self) -> Sequence[Link]:
        """The whole chain, oldest first."""
        return await asyncio.to_thread(self._read)

    async def block(self, name: str) -> str | None:
        """The block of this hash."""
        return await asyncio.to_thread(_text, self._folder / BLOCKS / f"{name}.json")

    def _read(self) -> list[Link]:
        lines = _text(self._folder / CHAIN)
        if lines is None:
            raise Misconfigured(f"there is no {CHAIN} in {self._folder}")
        try:
            return [Link(**orjson.loads(line)) for line in lines.splitlines()]
        except (orjson.JSONDecodeError, TypeError) as error:
            raise Misconfigured(f"{self._folder / CHAIN} does not hold snapshots") from error


def link_of(row: Snapshot) -> Link:
    """A snapshot's row as it is published."""
    return Link(row.id or 0, row.content, row.hash, row.previous, row.signature)


async def write_folder(published: Published, folder: Path) -> int:
    """Write the chain and every block that is kept; gives how many snapshots there are."""
    links = await published.links()
    (folder / BLOCKS).mkdir(parents=True, exist_ok=True)
    for name in set(named(link.content for link in links)):
        if (text := await published.block(name)) is not None:
            await asyncio.to_thread((folder / BLOCKS / f"{name}.json").write_text, text, "utf-8")
    chain = b"".join(orjson.dumps(asdict(link)) + b"\n" for link in links)
    await asyncio.to_thread((folder / CHAIN).write_bytes, chain)
    return len(links)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
