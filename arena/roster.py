"""The public list of every contestant ever entered, with its state and its closed battles."""

from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store.tables import Battle, BattleState
from serving.registry import list_models


async def roster(session: AsyncSession) -> list[dict[str, Any]]:
    """One row a contestant, in the order they were entered.

    Only closed battles are counted: an open one must not tell whom it is between.
    """
    counts = await _closed_battles(session)
    return [
        {
            "name": model.alias or model.name,
            "organization": model.organization,
            "license": model.license,
            "state": model.state.value,
            "created": model.created,
            "changed": model.changed,
            "battles": counts.get(model.id or 0, 0),
        }
        for model in await list_models(session)
    ]


async def _closed_battles(session: AsyncSession) -> dict[int, int]:
    counts: dict[int, int] = {}
    for side in (col(Battle.model_a), col(Battle.model_b)):
        query = (
            select(side, func.count())
            .where(side.is_not(None), col(Battle.state) == BattleState.CLOSED)
            .group_by(side)
        )
        for code, count in await session.execute(query):
            counts[code or 0] = counts.get(code or 0, 0) + count
    return counts
