"""Adapters in and out of a running engine, through the engine's own calls, by the operator."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from arena.engines import engine_home, read_record
from arena.errors import Misconfigured
from arena.settings import Settings
from serving.entry import WORD

PATIENCE = aiohttp.ClientTimeout(total=120)


async def put_in(settings: Settings, engine: str, name: str, folder: Path) -> None:
    """Copy the adapter into the engine's folder and load it; a refusal leaves nothing behind.

    Raises:
        Misconfigured: the folder holds no adapter, the engine is down or does not take it.
    """
    if not (folder / "adapter_config.json").is_file():
        raise Misconfigured(f"{folder} holds no adapter: there is no adapter_config.json in it")
    home = adapter_home(settings, engine, name)
    if home.exists():
        raise Misconfigured(f"engine {engine} has an adapter {name!r} already; unload it first")
    await _ask(settings, engine, "load_lora_adapter", None)
    shutil.copytree(folder, home)
    try:
        body = {"lora_name": name, "lora_path": str(home)}
        await _ask(settings, engine, "load_lora_adapter", body)
    except BaseException:  # whatever went wrong, a restart must not meet this folder
        shutil.rmtree(home)
        raise


async def take_out(settings: Settings, engine: str, name: str) -> None:
    """Unload the adapter and forget its folder.

    Raises:
        Misconfigured: the engine is down or has no such adapter.
    """
    home = adapter_home(settings, engine, name)
    await _ask(settings, engine, "unload_lora_adapter", {"lora_name": name})
    shutil.rmtree(home, ignore_errors=True)


def adapter_home(settings: Settings, engine: str, name: str) -> Path:
    """Its folder among the engine's, where every restart looks; the name is one folder's name."""
    if not re.fullmatch(WORD, name):
        raise Misconfigured(f"{name!r} is no name for an adapter: letters, digits, . _ -")
    return engine_home(settings.data_dir, engine) / "adapters" / name


async def _ask(settings: Settings, engine: str, call: str, body: Mapping[str, str] | None) -> None:
    """One of the engine's own calls; without a body only: does it answer at all?"""
    record = read_record(settings.data_dir, engine)
    if record is None:
        raise Misconfigured(f"there is no engine {engine!r} here; start it with `arena up`")
    headers = {"Authorization": f"Bearer {record.api_key}"}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as session:
            method, path = ("POST", call) if body is not None else ("GET", "models")
            async with session.request(method, f"{record.base_url}/{path}", json=body) as answer:
                said = await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Misconfigured(f"engine {engine} does not answer; start it with `arena up`") from error
    if answer.status != 200:
        raise Misconfigured(f"engine {engine} refused: {said[:300]}")
