"""The hourly release: a hidden name is shown after so many days or rated votes, by itself."""

import asyncio
import logging
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from arena.roster import rated_votes
from arena.settings import Settings
from arena.store.session import Store
from serving.release import due, hidden_models, release
from serving.tables import now

log = logging.getLogger(__name__)

EVERY_S = 3600.0


async def release_due(store: Store, settings: Settings, moment: datetime) -> list[str]:
    """Release whatever was hidden long enough; gives the names."""
    days, most = settings.alias_days, settings.alias_votes
    async with store.write() as session:
        votes = await rated_votes(session, settings.kinds)
        over = [
            model
            for model in await hidden_models(session)
            if due(model.created, votes[model.id or 0], moment, days, most)
        ]
        for model in over:
            await release(session, model, "arena", f"after {days} days or {most} votes")
    return [model.name for model in over]


async def keep_released(store: Store, settings: Settings) -> None:
    """Look every hour, for ever."""
    while True:
        try:
            for name in await release_due(store, settings, now()):
                log.info("the name of %s is public from now on", name)
        except SQLAlchemyError:  # a database that is away for a moment must not end the chore
            log.exception("the release of names is tried again in an hour")
        await asyncio.sleep(EVERY_S)
