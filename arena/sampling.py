"""How often each contestant, and each provider, was drawn into a battle that has ended."""

from collections import Counter
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from arena.store.tables import Battle, BattleState, Mode
from serving.registry import list_models
from serving.release import hidden, public_name
from serving.tables import Provider

UNTOLD = "(a hidden name's)"


async def sampling(session: AsyncSession) -> dict[str, Any]:
    """Draws of closed anonymous battles; who stands behind a hidden name is not told."""
    draws = await _draws(session)
    whole = sum(draws.values()) or 1
    query = columns(col(Provider.id), col(Provider.name))
    providers = {row[0]: row[1] for row in await session.execute(query)}
    rows, held, models = [], Counter[str](), Counter[str]()
    for model in await list_models(session):
        provider = UNTOLD if hidden(model) else providers[model.provider_id]
        count = draws[model.id or 0]
        held[provider] += count
        models[provider] += 1
        told = {"provider": provider, "model": public_name(model)}
        rows.append({**told, "draws": count, "share": round(count / whole, 6)})
    return {
        "providers": [
            {
                "provider": name,
                "models": models[name],
                "draws": count,
                "share": round(count / whole, 6),
            }
            for name, count in held.most_common()
        ],
        "models": sorted(rows, key=lambda row: -row["draws"]),
    }


async def _draws(session: AsyncSession) -> Counter[int]:
    counts: Counter[int] = Counter()
    for side in (col(Battle.model_a), col(Battle.model_b)):
        query = columns(side, func.count()).where(
            side.is_not(None),
            col(Battle.mode) == Mode.ANONYMOUS,
            col(Battle.state) == BattleState.CLOSED,
        )
        for code, count in await session.execute(query.group_by(side)):
            counts[code or 0] += count
    return counts
