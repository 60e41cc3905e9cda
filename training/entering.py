"""Enters a trained adapter as a contestant: into the engine, then through the provider API.

Either it is live at the end, or everything that was done is undone.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
import orjson
from sqlalchemy.exc import SQLAlchemyError

from arena.adapters import put_in, take_out
from arena.engines import Record, configured_engines, engine_home, read_record
from arena.errors import Misconfigured
from arena.settings import EngineSettings, Settings, load
from arena.store.session import opened
from serving.accounts import OPERATOR, rotate_key
from serving.entry import WORD
from serving.errors import NotFound, WrongState
from serving.registry import get_model, set_state
from serving.sealing import Sealer
from serving.tables import State
from training.errors import BadAdapter, EntryFailed
from training.run import whole_run
from training.weights import check_adapter, fingerprint

KEY = "ARENA_PROVIDER_KEY"
PROBE_S = 60.0
POLL_S = 0.2
PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a contestant is entered: the arena's address, its engine, the operator's key."""

    settings: Settings
    url: str
    engine: EngineSettings
    record: Record
    key: str = field(repr=False)

    @property
    def base(self) -> Path | None:
        """The folder of the engine's base model; None where it is a hub id."""
        folder = Path(self.engine.model)
        return folder if folder.is_dir() else None


def door(config: Path | None, url: str, engine: str | None, key: str | None = None) -> Door:
    """The door of the arena that runs on this machine; `engine` None takes its first one.

    Raises:
        EntryFailed: no key, no such engine in the configuration, or it was never started.
    """
    key = key or os.environ.get(KEY, "")
    if not key:
        raise EntryFailed(f"{KEY} is not set; `arena providers rotate-key operator` prints one")
    settings = load(config)
    known = {one.name: one for one in configured_engines(settings)}
    chosen = known.get(engine) if engine else next(iter(known.values()), None)
    if chosen is None:
        names = ", ".join(known) or "none"
        raise EntryFailed(f"there is no engine {engine!r} in the configuration; there are: {names}")
    record = read_record(settings.data_dir, chosen.name)
    if record is None:
        where = settings.data_dir
        raise EntryFailed(f"engine {chosen.name} was never started in {where}; try `arena up`")
    return Door(settings, url.rstrip("/"), chosen, record, key)


async def operator_key(config: Path | None) -> str:
    """The key of the operator's account: the one that is set, or a new one in its place.

    Raises:
        EntryFailed: this machine's arena was never started, so there is no such account.
    """
    if key := os.environ.get(KEY):
        return key
    settings = load(config)
    try:
        async with opened(settings.database) as store, store.write() as session:
            return await rotate_key(session, Sealer(settings.secret), OPERATOR)
    except (NotFound, SQLAlchemyError) as error:
        where = settings.data_dir
        raise EntryFailed(f"no arena was ever started in {where}; try `arena up`") from error


async def enter_run(at: Door, folder: Path, name: str) -> str:
    """Enter the adapter of a whole run under this name; gives the name once it is live.

    Raises:
        BadRun, BadAdapter: nothing that fits the engine's base is in the folder.
        EntryFailed: the arena or the engine refused; nothing is left of the attempt.
    """
    run = whole_run(folder)
    check_adapter(run.adapter, at.base)
    theirs = fingerprint(at.base) if at.base else None
    if theirs and run.origin.base_digest not in (None, theirs):
        raise BadAdapter(
            f"{run.adapter} was trained on another base than engine {at.engine.name} serves"
        )
    return await enter(at, run.adapter, name)


async def enter(at: Door, adapter: Path, name: str) -> str:
    """Load the adapter into the engine, register it, wait until it is live; or undo all of it."""
    async with _api(at) as session:
        await _check_free(session, at, name)
        try:
            await put_in(at.settings, at.engine.name, name, adapter)
        except (Misconfigured, OSError) as error:
            raise EntryFailed(str(error)) from error
        try:
            await _register(session, at, name)
            await _wait(session, at, name)
        except BaseException:  # Ctrl-C too: the engine must not keep what no one can meet
            await _undo(at, name)
            raise
    return name


@asynccontextmanager
async def _api(at: Door) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {at.key}"}
    async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as session:
        yield session


async def _call(
    session: aiohttp.ClientSession, at: Door, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    try:
        async with session.request(method, f"{at.url}/api/v1/{path}", json=body) as answer:
            raw = await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise EntryFailed(
            f"the arena does not answer at {at.url}; is `arena up` running?"
        ) from error
    try:
        content: dict[str, Any] = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise EntryFailed(f"what answers at {at.url} is no arena") from error
    return answer.status, content


async def _check_free(session: aiohttp.ClientSession, at: Door, name: str) -> None:
    """Is the key known, and the name a name, and free or ours to try again?"""
    if not re.fullmatch(WORD, name) or len(name) > 96:
        raise EntryFailed(f"{name!r} is no name for an engine's contestant: letters, digits, . _ -")
    status, said = await _call(session, at, "GET", f"provider/models/{name}")
    if status == 401:
        raise EntryFailed(f"the arena does not know this {KEY}; rotate it and try again")
    if status == 200 and said.get("state") != "failed":
        raise EntryFailed(
            f"the name {name} is taken: it is {said['state']} already; choose another"
        )
    if status == 404:
        _, public = await _call(session, at, "GET", "models")
        taken = {row["name"].casefold() for row in public.get("models", ())}
        if name.casefold() in taken:
            raise EntryFailed(f"the name {name} is taken by another contestant; choose another")
    elif status != 200:
        raise EntryFailed(f"the arena said: {_words(said)} (HTTP {status})")


async def _register(session: aiohttp.ClientSession, at: Door, name: str) -> None:
    entry = {
        "name": name,
        "base_url": at.record.base_url,
        "upstream_model": name,
        "api_key": at.record.api_key,
        "organization": at.engine.organization,
        "license": at.engine.license,
        "params": dict(at.engine.params),
    }
    status, said = await _call(session, at, "POST", "provider/models", entry)
    if status != 202:
        raise EntryFailed(f"the arena did not take {name}: {_words(said)} (HTTP {status})")


async def _wait(session: aiohttp.ClientSession, at: Door, name: str) -> None:
    until = monotonic() + PROBE_S
    while monotonic() < until:
        _, said = await _call(session, at, "GET", f"provider/models/{name}")
        if said.get("state") == "live":
            return
        if said.get("state") not in ("verifying", None):
            raise EntryFailed(
                f"{name} is {said['state']}: {said.get('detail') or 'no reason given'}"
            )
        await asyncio.sleep(POLL_S)
    raise EntryFailed(f"{name} was not verified within {PROBE_S:.0f} s; is the engine overloaded?")


async def _undo(at: Door, name: str) -> None:
    """Out of the draw if it got that far, and out of the engine."""
    await _withdraw(at.settings, name)
    try:
        await take_out(at.settings, at.engine.name, name)
    except Misconfigured:  # the engine died meanwhile: a restart must not load it
        home = engine_home(at.settings.data_dir, at.engine.name)
        shutil.rmtree(home / "adapters" / name, ignore_errors=True)


async def _withdraw(settings: Settings, name: str) -> None:
    async with opened(settings.database) as store, store.write() as session:
        with suppress(NotFound, WrongState):
            model = await get_model(session, name)
            await set_state(session, model, State.FAILED, "its entry was broken off")


def _words(said: dict[str, Any]) -> str:
    return str(said.get("detail") or said.get("title") or "no reason given")
