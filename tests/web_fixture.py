"""A whole site with its website, on a real port, for tests that look at the page."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn

from arena.api.app import create_app
from arena.listening import QuietServer, listening
from arena.services import open_services
from arena.store.schema import upgrade
from arena.store.session import opened
from arena.web import mount
from serving.echo import echo
from serving.manner import Manner
from tests.conftest import OPERATOR_TOKEN, enter_echoes, settings_for
from tests.site_fixture import Site


@asynccontextmanager
async def website(
    folder: Path, manners: Mapping[str, Manner], **changes: Any
) -> AsyncIterator[Site]:
    """A site as `arena serve` runs it, with echo contestants named as `manners`."""
    async with echo(manners) as upstream:
        settings = settings_for(folder, upstream, **changes)
        async with opened(settings.database, new=True) as fresh:
            await upgrade(fresh.engine)
        async with open_services(settings) as services:
            await enter_echoes(services, upstream)
            app = mount(create_app(services), services)
            with listening("127.0.0.1", 0) as listener:
                url = f"http://127.0.0.1:{listener.getsockname()[1]}"
                config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
                server = QuietServer(config)
                task = asyncio.create_task(server.serve([listener]))
                while not server.started:
                    await asyncio.sleep(0.01)
                try:
                    yield Site(url, services, upstream, OPERATOR_TOKEN)
                finally:
                    server.should_exit = True
                    await task
