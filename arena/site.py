"""Runs one arena: the schema brought up to date, engines started, the site served, all stopped."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack

import uvicorn
from fastapi import FastAPI

from arena import house
from arena.api.app import create_app
from arena.engines import open_engines
from arena.listening import QuietServer, listening
from arena.services import open_services
from arena.settings import Settings
from arena.store.schema import upgrade
from arena.store.session import opened
from arena.web import mount

GRACE_S = 3
Say = Callable[[str], None]


async def run(settings: Settings, with_engines: bool, say: Say) -> None:
    """Serve until Ctrl-C or SIGTERM; says `Arena ready at …` once battles can begin.

    Raises:
        Misconfigured: the port is taken, or a setting cannot be used.
        EngineError: an engine could not be started; says why and what to do.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    site = Site(settings, say)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, site.stop)
    site.task = asyncio.create_task(site.serve(with_engines))
    try:
        await site.task
    except asyncio.CancelledError:
        if not site.stopping:
            raise


class Site:
    """One run of the arena, from the open port to the last engine stopped."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._server: QuietServer | None = None
        self.stopping = False
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """End politely: let the server finish, or give up starting."""
        if not self.stopping:
            self._say("Stopping …")
        elif self._server is not None:
            self._server.force_exit = True
        self.stopping = True
        if self._server is not None:
            self._server.should_exit = True
        elif self.task is not None:
            self.task.cancel()

    async def serve(self, with_engines: bool) -> None:
        """Take the port, bring the database up to date, start engines, serve."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            listener = stack.enter_context(listening(settings.host, settings.port))
            async with opened(settings.database, new=True) as store:
                await upgrade(store.engine)
            engines = await stack.enter_async_context(
                open_engines(settings, self._say, with_engines)
            )
            services = await stack.enter_async_context(open_services(settings, engines.urls))
            await house.move(services.store, engines.moved)
            await house.enter(services.store, services.sealer, engines.contestants)
            await self._serve(mount(create_app(services), services), listener)

    async def _serve(self, app: FastAPI, listener: socket.socket) -> None:
        trusted = self._settings.trusted_proxies
        self._server = QuietServer(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=bool(trusted),
                forwarded_allow_ips=trusted or None,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        if self.stopping:
            return
        # What was built until here stays. A full collection that looked at it would hold every
        # stream for a quarter of a second, again and again.
        gc.collect()
        gc.freeze()
        serving = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started and not serving.done():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        if not serving.done():
            host, port = listener.getsockname()[:2]
            self._say(f"Arena ready at http://{f'[{host}]' if ':' in host else host}:{port}")
        await serving
