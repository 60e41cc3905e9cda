"""Is a published chain of snapshots what it claims: hashes, links, signatures, and every refit."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from arena import __version__
from arena.errors import Misconfigured
from arena.signing import signed, vouched
from arena.snapshots import Blocks, blocks_of, cells_of, digest
from ranking import Cells, rate
from ranking.errors import RankingError

CLOSE = 1e-3  # rating points; a fit begun elsewhere ends within 1e-6
OLD_COLUMNS = 6
ALWAYS = ("votes", "wins", "losses", "ties", "rating")
SAME_VERSION = ("lower", "upper", "rank", "rank_lower", "rank_upper")


@dataclass(frozen=True, slots=True)
class Link:
    """A snapshot as it is published."""

    id: int
    content: str
    hash: str
    previous: str | None
    signature: str | None


class Published(Protocol):
    """Where snapshots are read from: a database, an arena's address, a folder."""

    async def links(self) -> Sequence[Link]:
        """The whole chain, oldest first."""

    async def block(self, name: str) -> str | None:
        """The block of this hash; None where it is not kept any more."""


async def faults(published: Published, trusted: Collection[str] = ()) -> AsyncIterator[str]:
    """One line for everything that is wrong; nothing where all holds."""
    links = await published.links()
    if not links:
        yield "there are no snapshots to verify"
    for fault in chain_faults(links, trusted):
        yield fault
    known: set[Blocks] = set()
    for link in links:
        try:
            content = orjson.loads(link.content)
            found = blocks_of(content)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            continue  # the chain said already that it was changed
        same = content.get("version") == __version__
        for category, blocks in found.items():
            if blocks not in known:
                known.add(blocks)
                last = link is links[-1]
                if wrong := await _block_fault(published, category, blocks, last, same):
                    yield f"snapshot {link.id}, {category}: {wrong}"
        for category, rows in content.get("tallies", {}).items():
            old = await asyncio.to_thread(_old_fault, rows, content["boards"][category])
            if old:
                yield f"snapshot {link.id}, {category}: {old}"


def chain_faults(links: Sequence[Link], trusted: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with hashes, links and signatures, each said once."""
    before: Link | None = None
    key: str | None = None
    for link in links:
        where = f"snapshot {link.id}:"
        if digest(link.content) != link.hash:
            yield f"{where} its content was changed; the hash does not fit it"
        try:
            content = orjson.loads(link.content)
            said, signer, vouch = (content.get(name) for name in ("previous", "key", "vouch"))
        except (orjson.JSONDecodeError, AttributeError):
            before = link
            continue
        if said != link.previous or said != (before.hash if before else None):
            yield f"{where} the link to the snapshot before it is broken; one is missing or changed"
        if fault := _signature_fault(link, signer, vouch, key, trusted):
            yield f"{where} {fault}"
        before, key = link, signer or key


def _signature_fault(
    link: Link, signer: Any, vouch: Any, before: str | None, trusted: Collection[str]
) -> str | None:
    if not isinstance(signer, str):
        return "it is not signed, though one before it is" if before else None
    if not signed(link.content, link.signature, signer):
        return "the signature is wrong"
    if signer == before or signer in trusted:
        return None
    if before is None:
        return "signed with a key that you do not trust" if trusted else None
    said = vouch if isinstance(vouch, str) else None
    if vouched(signer, said, before):
        return None
    return "signed with a new key that the key before it does not vouch for"


async def _block_fault(
    published: Published, category: str, blocks: Blocks, last: bool, same: bool
) -> str | None:
    tally, board = await published.block(blocks.tally), await published.block(blocks.board)
    if tally is None or board is None:
        return "its tally or its board is missing" if last else None
    for text, name in ((tally, blocks.tally), (board, blocks.board)):
        if digest(text) != name:
            return f"the block {name[:12]} was changed"
    shown = orjson.loads(board)
    if shown.get("category") != category:
        return "the board is another category's"
    return await asyncio.to_thread(_refit_fault, orjson.loads(tally), shown, same)


def _refit_fault(tally: Mapping[str, Any], shown: Mapping[str, Any], same: bool) -> str | None:
    try:
        return difference(cells_of(tally), shown, same)
    except (Misconfigured, RankingError) as error:
        return f"its tally cannot be rated: {error}"


def _old_fault(rows: Sequence[Sequence[Any]], shown: Mapping[str, Any]) -> str | None:
    """Of the first format, which named the models in every row."""
    try:
        columns = list(zip(*rows, strict=True)) or [()] * OLD_COLUMNS
        return difference(Cells.from_columns(*columns), shown, same=False)
    except RankingError as error:
        return f"its tally cannot be rated: {error}"


def difference(cells: Cells, shown: Mapping[str, Any], same: bool) -> str | None:
    """Where the board that is shown is not the one its tally gives; `same` version: to the rank."""
    fitted = {row["model"]: row for row in rate(cells).to_dict()["models"]}
    listed = {row["model"]: row for row in shown["models"]}
    if fitted.keys() != listed.keys():
        return "the models on the board are not those of its tally"
    for model, row in fitted.items():
        for name in (*ALWAYS, *(SAME_VERSION if same else ())):
            if not _close(row[name], listed[model].get(name)):
                return f"{model}: {name} is {listed[model].get(name)}, its tally gives {row[name]}"
    return None


def _close(one: float | None, other: Any) -> bool:
    if one is None or not isinstance(other, int | float):
        return one is None and other is None
    return abs(one - other) <= CLOSE
