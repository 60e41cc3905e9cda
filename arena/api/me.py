"""What is held about a visitor, and its erasure, over HTTP."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from arena import own_data
from arena.api.access import Known, With
from arena.api.views import BattleView, battle_view
from arena.errors import ConsentMissing
from arena.store import battles

router = APIRouter(tags=["me"])

NOBODY = "no visitor is known by your cookie; nothing is held about you"


class ConsentView(BaseModel):
    """One consent as it was recorded."""

    version: str
    publication: bool
    time: datetime


class OwnData(BaseModel):
    """Everything held about one visitor; names not yet revealed stay hidden."""

    visitor_id: str
    kind: str
    time: datetime
    consents: list[ConsentView]
    battles: list[BattleView]


@router.get("/me/data")
async def my_data(visitor: Known, parts: With) -> OwnData:
    """Everything that is held about this visitor."""
    if visitor is None:
        raise ConsentMissing(NOBODY)
    async with parts.store.read() as session:
        given = await own_data.consents(session, visitor)
        views = [
            await battle_view(
                session,
                battle,
                await battles.turns_of(session, battle.id),
                await battles.votes_of(session, battle.id),
            )
            for battle in await own_data.battles_of(session, visitor)
        ]
    return OwnData(
        visitor_id=visitor.id,
        kind=visitor.kind,
        time=visitor.created,
        consents=[
            ConsentView(version=one.version, publication=one.publication, time=one.created)
            for one in given
        ],
        battles=views,
    )


@router.delete("/me", status_code=204)
async def erase_me(visitor: Known, parts: With) -> Response:
    """Erase text, comments and identifiers; take the cookie back."""
    if visitor is None:
        raise ConsentMissing(NOBODY)
    await parts.battles.stop_all(visitor)
    async with parts.store.write() as session:
        await own_data.erase(session, visitor, parts.settings.keep_observations)
    response = Response(status_code=204)
    parts.identity.forget(response)
    return response
