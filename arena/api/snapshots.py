"""The chain of snapshots over HTTP, so that a stranger can verify it, and the keys that signed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from sqlmodel import col, select

from arena.api.access import With
from arena.api.board import PROBLEM, Held
from arena.api.written import answer, as_json
from arena.errors import NotFound
from arena.store.tables import Block, Snapshot
from arena.verifying import Link
from serving.tables import now

SAID: dict[int | str, dict[str, Any]] = {
    304: {"description": "You hold it already"},
    422: {"description": "The request is not understood", **PROBLEM},
}
UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is no such one, or it is not public yet", **PROBLEM}
}
router = APIRouter(prefix="/leaderboard", tags=["leaderboard"], responses=SAID)
FOR_EVER = "public, max-age=31536000, immutable"
HIGHEST = 2**31 - 1


class LinkView(BaseModel):
    """One snapshot: `hash` is the SHA-256 of `content`, `signature` is Ed25519 over it."""

    id: int
    content: str
    hash: str
    previous: str | None
    signature: str | None


class ChainView(BaseModel):
    """Snapshots, oldest first; ask again with `after` the last one's id until none come."""

    snapshots: list[LinkView]


class KeysView(BaseModel):
    """Public keys in base64: the one that signs today, and those before, newest first."""

    key: str
    former: list[str]


@router.get("/snapshots", response_model=ChainView)
async def snapshots(
    parts: With,
    after: Annotated[int, Query(ge=0, le=HIGHEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    if_none_match: Held = None,
) -> Response:
    """The chain, from after an id on; what a delay holds back is not in it yet."""
    query = select(Snapshot).where(
        col(Snapshot.id) > after, col(Snapshot.created) <= now() - parts.boards.delay
    )
    async with parts.store.read() as session:
        rows = (await session.execute(query.order_by(col(Snapshot.id)).limit(limit))).scalars()
        view = {"snapshots": [_link(row) for row in rows]}
    return answer(as_json(view), "json", if_none_match)


@router.get("/snapshots/{number}", response_model=LinkView, responses=UNKNOWN)
async def snapshot(
    parts: With, number: Annotated[int, Path(ge=1, le=HIGHEST)], if_none_match: Held = None
) -> Response:
    """One snapshot."""
    async with parts.store.read() as session:
        row = await session.get(Snapshot, number)
    if row is None or row.created > now() - parts.boards.delay:
        raise NotFound(f"there is no snapshot {number}, or it is not public yet")
    return answer(as_json(_link(row)), "json", if_none_match, FOR_EVER)


@router.get("/blocks/{name}", response_model=dict[str, Any], responses=UNKNOWN)
async def block(
    parts: With,
    name: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    if_none_match: Held = None,
) -> Response:
    """A tally or a board that a snapshot names, byte for byte as it was hashed."""
    async with parts.store.read() as session:
        found = await session.get(Block, name)
    if found is None or not await parts.boards.is_public(name):
        raise NotFound("there is no such block, or it is not kept any more, or not public yet")
    return answer(found.content.encode(), "json", if_none_match, FOR_EVER)


@router.get("/keys", response_model=KeysView)
async def keys(parts: With, if_none_match: Held = None) -> Response:
    """The public keys of this arena's snapshots."""
    signer = parts.boards.signer
    view = {"key": signer.public, "former": list(signer.former)}
    return answer(as_json(view), "json", if_none_match)


def _link(row: Snapshot) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Link.__slots__}
