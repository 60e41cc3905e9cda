"""Everything a web process holds open, made by one factory and handed to whoever needs it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from random import SystemRandom

from arena import tags
from arena.battle import Battles
from arena.board import Boards
from arena.errors import Misconfigured
from arena.guard import Limits
from arena.identity import Identity
from arena.places import Places
from arena.releasing import keep_released
from arena.seating import Seating
from arena.settings import Settings
from arena.showing import Views
from arena.signing import Signer
from arena.store.session import Store, opened
from arena.studies import Studies
from arena.tagger import Tagger
from serving.dial import DialPolicy
from serving.gateway import Gateway, open_gateway
from serving.outbox import Outbox
from serving.probe import Prober
from serving.quota import IN_MEMORY
from serving.recheck import Rechecker
from serving.sealing import Sealer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one running arena; `engine_urls` are the base URLs of its own engines."""

    settings: Settings
    store: Store
    gateway: Gateway
    prober: Prober
    sealer: Sealer
    identity: Identity
    limits: Limits
    places: Places
    battles: Battles
    boards: Boards
    views: Views
    engine_urls: tuple[str, ...] = ()


@asynccontextmanager
async def open_services(
    settings: Settings, engine_urls: Sequence[str] = ()
) -> AsyncIterator[Services]:
    """Open the store and the gateway, keep battles swept and boards fresh; close all at the end."""
    sealer = Sealer(settings.secret, settings.old_secrets)
    policy = DialPolicy.of(*settings.allow_hosts)
    async with (
        opened(settings.database, new=True) as store,
        open_gateway(policy=policy, sessions=store.writers, limits=minutes(settings)) as gateway,
    ):
        boards = Boards(
            store,
            settings.kinds,
            Signer(settings.signing_key, settings.old_signing_keys),
            timedelta(minutes=settings.board_delay_minutes),
        )
        tagger = Tagger(settings, store, gateway, sealer)
        seating = Seating(settings, store, boards.overall, SystemRandom())
        services = Services(
            settings=settings,
            store=store,
            gateway=gateway,
            prober=Prober(store.writers, sealer, gateway),
            sealer=sealer,
            identity=Identity(settings.secret, settings.operator_token),
            limits=Limits(settings),
            places=Places(settings.country_header, settings.country_database),
            battles=Battles(settings, store, gateway, sealer, seating, ended=tagger.offer),
            boards=boards,
            views=Views(store, boards, settings.board_rounding),
            engine_urls=tuple(engine_urls),
        )
        studies = Studies(store, boards)
        outbox = Outbox(store.writers, sealer, gateway)
        rechecker = Rechecker(store.writers, sealer, gateway, settings.recheck_minutes)
        await services.battles.take_over()
        tags.language("the language model is read before the first visitor comes")
        chores = [
            asyncio.create_task(services.battles.keep_swept(), name="sweep"),
            asyncio.create_task(services.battles.keep_saved(), name="saves"),
            asyncio.create_task(seating.keep_recalled(), name="seating"),
            asyncio.create_task(services.boards.keep_fresh(settings.board_seconds), name="boards"),
            asyncio.create_task(studies.keep_fresh(settings.study_seconds), name="studies"),
            asyncio.create_task(keep_released(store, settings), name="releases"),
            asyncio.create_task(tagger.keep_tagging(), name="tagger"),
            asyncio.create_task(outbox.keep_sending(), name="webhooks"),
            asyncio.create_task(rechecker.keep_checked(), name="re-checks"),
        ]
        for chore in chores:
            chore.add_done_callback(_say_if_it_fell_over)
        try:
            await services.prober.resume()
            yield services
        finally:
            await services.prober.close()
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await services.battles.close()


def minutes(settings: Settings) -> str:
    """Where models' minutes are counted, as the `limits` library names it.

    Raises:
        Misconfigured: in a Redis, whose package is not installed.
    """
    if not settings.redis_url:
        return IN_MEMORY
    if find_spec("redis") is None:
        raise Misconfigured("redis_url needs the package redis: pip install 'agon-arena[redis]'")
    return f"async+{settings.redis_url}"


def _say_if_it_fell_over(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and task.exception():
        log.error("the %s task ended", task.get_name(), exc_info=task.exception())
