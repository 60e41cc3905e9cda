"""A whole arena as `arena serve` runs it: the upstream's models are contestants of the house."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from arena import house
from arena.settings import load
from arena.store.schema import upgrade
from arena.store.session import opened
from benchmarks.gateway.upstream import MODELS
from serving.accounts import Scope, create_provider
from serving.sealing import Sealer
from serving.target import Route


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the site's two doors."""

    chat: str
    operator: str


def prepared(folder: Path, upstream: int) -> Keys:
    """Fill the site's database; `arena serve` with ARENA_DATA_DIR set to `folder` finds it."""
    return asyncio.run(_prepared(folder, upstream))


async def _prepared(folder: Path, upstream: int) -> Keys:
    settings = load(data_dir=folder)
    sealer = Sealer(settings.secret)
    async with opened(settings.database, new=True) as store:
        await upgrade(store.engine)
        url = f"http://127.0.0.1:{upstream}/v1"
        contestants = [house.House(model, Route(url, model)) for model in MODELS]
        await house.enter(store, sealer, contestants)
        async with store.write() as session:
            chat = await create_provider(session, sealer, "Bench", [Scope.CHAT])
    return Keys(chat, settings.operator_token)
