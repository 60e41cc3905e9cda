"""Adapters in and out of a running engine by the operator: the engine and its folder agree."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from arena.adapters import put_in, take_out
from arena.engines import engine_home
from arena.errors import Misconfigured
from arena.settings import Settings
from tests.adapter_engine import AdapterEngine, adapter_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AdapterEngine]:
    """A running engine `demo`, with its record where the arena leaves it."""
    async with adapter_engine() as running:
        home = engine_home(tmp_path, "demo")
        home.mkdir(parents=True)
        (home / "record.json").write_text(f'{{"base_url": "{running.url}", "api_key": "k"}}')
        yield running


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    return folder


def kept(settings: Settings) -> list[str]:
    home = engine_home(settings.data_dir, "demo") / "adapters"
    return sorted(path.name for path in home.iterdir()) if home.exists() else []


async def test_an_adapter_is_copied_loaded_unloaded_and_forgotten(
    engine: AdapterEngine, settings: Settings, adapter: Path
) -> None:
    await put_in(settings, "demo", "child-1.2", adapter)
    assert (engine.loaded, kept(settings)) == (["child-1.2"], ["child-1.2"])
    await take_out(settings, "demo", "child-1.2")
    assert (engine.loaded, kept(settings)) == ([], [])


async def test_what_the_engine_refuses_is_not_kept(
    engine: AdapterEngine, settings: Settings, adapter: Path
) -> None:
    engine.refuses = "its rank is 64"
    with pytest.raises(Misconfigured, match="its rank is 64"):
        await put_in(settings, "demo", "child", adapter)
    assert kept(settings) == []


async def test_the_same_name_twice_is_refused(
    engine: AdapterEngine, settings: Settings, adapter: Path
) -> None:
    await put_in(settings, "demo", "child", adapter)
    with pytest.raises(Misconfigured, match="unload it first"):
        await put_in(settings, "demo", "child", adapter)
    assert (engine.loaded, kept(settings)) == (["child"], ["child"])


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a=b", "a b", "/etc", "a\0"])
async def test_a_name_that_is_no_folders_name_reaches_neither_engine_nor_disk(
    engine: AdapterEngine, settings: Settings, adapter: Path, name: str
) -> None:
    with pytest.raises(Misconfigured, match="no name for an adapter"):
        await put_in(settings, "demo", name, adapter)
    with pytest.raises(Misconfigured, match="no name for an adapter"):
        await take_out(settings, "demo", name)
    assert (engine.runtime_calls, kept(settings)) == (0, [])


async def test_an_engine_that_was_never_started_is_told(settings: Settings, adapter: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no engine 'demo' here"):
        await put_in(settings, "demo", "child", adapter)
