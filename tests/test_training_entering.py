"""Entering a trained adapter: live at the end, or nothing of it left."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from arena.client import ArenaClient
from arena.engines import Record, engine_home
from arena.settings import EngineSettings
from serving.accounts import rotate_key
from serving.manner import Manner
from tests.adapter_engine import AdapterEngine, adapter_engine
from tests.conftest import running_site
from tests.site_fixture import Site, until
from tests.test_training_run import ORIGIN, RECIPE, RESULT
from tests.training_fixture import shipped, shipped_base
from training.entering import KEY, Door, door, enter_run
from training.errors import BadAdapter, BadRun, EntryFailed
from training.run import finish, start
from training.weights import fingerprint


@dataclass
class House:
    """A running arena with an engine beside it, and a whole run to enter there."""

    site: Site
    engine: AdapterEngine
    door: Door
    run: Path

    def files(self) -> list[str]:
        """The adapters that the engine would load at its next start."""
        home = engine_home(self.door.settings.data_dir, "demo") / "adapters"
        return sorted(path.name for path in home.glob("*"))

    async def states(self) -> dict[str, str]:
        async with ArenaClient(self.site.url) as client:
            rows = (await client.call("GET", "models"))["models"]
        return {row["name"]: row["state"] for row in rows}

    async def nothing_of(self, name: str) -> bool:
        """Not in the engine, not in its folder, not in the draw."""
        state = (await self.states()).get(name, "failed")
        return not self.engine.loaded and not self.files() and state == "failed"


def whole(folder: Path, base_digest: str | None = None) -> Path:
    digest = base_digest or fingerprint(shipped_base())
    run = start(folder, RECIPE, replace(ORIGIN, base_digest=digest), False)
    shutil.copytree(shipped("wise-owl"), run.adapter)
    return finish(run, RESULT).folder


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    (folder / "site").mkdir()
    async with (
        adapter_engine() as engine,
        running_site(folder / "site", allow_hosts=(urlsplit(engine.url).netloc,)) as site,
    ):
        async with site.services.store.write() as session:
            key = await rotate_key(session, site.services.sealer, "operator")
        settings = EngineSettings(name="demo", model=str(shipped_base()), params={"max_tokens": 9})
        at = Door(site.services.settings, site.url, settings, Record(engine.url, "k"), key)
        home = engine_home(at.settings.data_dir, "demo")
        home.mkdir(parents=True)
        (home / "record.json").write_text(f'{{"base_url": "{engine.url}", "api_key": "k"}}')
        yield House(site, engine, at, whole(folder / "run"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_whole_run_is_entered_and_live(house: House) -> None:
    assert await enter_run(house.door, house.run, "child") == "child"
    assert (await house.states())["child"] == "live"
    assert house.engine.loaded == house.files() == ["child"]
    async with house.site.visitor() as visitor:
        battle = await visitor.open_battle("named", ["child", "fast"])
        assert (await visitor.ask(battle, "hi")).state == "done"


async def test_it_is_asked_as_the_engine_s_contestants_are(house: House) -> None:
    await enter_run(house.door, house.run, "child")
    async with ArenaClient(house.site.url, house.door.key) as operator:
        entry = await operator.call("GET", "provider/models/child")
    assert entry["params"]["max_tokens"] == 9
    assert (entry["base_url"], entry["upstream_model"]) == (house.engine.url, "child")


@pytest.mark.parametrize("name", ["fast", "FAST"])
async def test_a_name_that_is_taken_is_refused_before_anything_is_done(
    house: House, name: str
) -> None:
    with pytest.raises(EntryFailed, match=f"the name {name} is taken"):
        await enter_run(house.door, house.run, name)
    assert (await house.states())["fast"] == "live"
    assert not house.engine.loaded and not house.files()


@pytest.mark.parametrize("name", ["a/b", "", "a b", "../x", "x" * 97])
async def test_what_is_no_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(EntryFailed, match=r"is no name for an engine's contestant"):
        await enter_run(house.door, house.run, name)


async def test_an_engine_that_is_down_leaves_nothing_behind(house: House) -> None:
    record = engine_home(house.door.settings.data_dir, "demo") / "record.json"
    record.write_text('{"base_url": "http://127.0.0.1:9/v1", "api_key": "k"}')
    with pytest.raises(EntryFailed, match=r"engine demo does not answer; start it"):
        await enter_run(house.door, house.run, "child")
    assert await house.nothing_of("child") and "child" not in await house.states()


async def test_an_engine_that_refuses_leaves_nothing_behind(house: House) -> None:
    house.engine.refuses = "rank 64 is greater than max_lora_rank 16"
    with pytest.raises(EntryFailed, match=r"engine demo refused: .*greater than max_lora_rank"):
        await enter_run(house.door, house.run, "child")
    assert await house.nothing_of("child") and "child" not in await house.states()


async def test_a_newcomer_that_cannot_answer_is_taken_back_and_may_try_again(house: House) -> None:
    house.engine.serves = Manner(status=500)
    with pytest.raises(EntryFailed, match=r"child is failed: ") as caught:
        await enter_run(house.door, house.run, "child")
    assert "\n" not in str(caught.value)
    assert await house.nothing_of("child")
    house.engine.serves = Manner(tokens=5)
    await enter_run(house.door, house.run, "child")
    assert (await house.states())["child"] == "live"


async def test_stopping_in_the_middle_takes_everything_back(house: House) -> None:
    house.engine.serves = Manner(first_token_s=30)
    task = asyncio.create_task(enter_run(house.door, house.run, "child"))
    await until(lambda: len(house.engine.seen) > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await house.nothing_of("child")


async def test_an_adapter_of_another_base_is_refused_before_anything_is_done(
    house: House, tmp_path: Path
) -> None:
    run = whole(tmp_path / "other", base_digest="another base")
    with pytest.raises(BadAdapter, match=r"was trained on another base than engine demo serves"):
        await enter_run(house.door, run, "child")
    assert await house.nothing_of("child")


async def test_an_unfinished_run_is_refused(house: House, tmp_path: Path) -> None:
    start(tmp_path / "new", RECIPE, ORIGIN, False)
    with pytest.raises(BadRun, match=r"is not whole"):
        await enter_run(house.door, tmp_path / "new", "child")


async def test_a_key_that_is_not_known_is_said_so(house: House) -> None:
    with pytest.raises(EntryFailed, match=f"does not know this {KEY}; rotate it"):
        await enter_run(replace(house.door, key="agon_wrong"), house.run, "child")
    assert await house.nothing_of("child")


async def test_an_arena_that_is_down_is_said_so(house: House) -> None:
    away = replace(house.door, url="http://127.0.0.1:9")
    with pytest.raises(EntryFailed, match=r"the arena does not answer at .*:9; is `arena up`"):
        await enter_run(away, house.run, "child")
    assert await house.nothing_of("child")


def test_without_a_key_the_way_to_one_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    with pytest.raises(EntryFailed, match=f"{KEY} is not set; `arena providers rotate-key"):
        door(None, "http://x", None)


@pytest.mark.parametrize(
    ("engine", "words"),
    [("nosuch", "there is no engine 'nosuch'.*there are: demo"), (None, "was never started in")],
)
def test_an_engine_that_is_not_there_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str | None, words: str
) -> None:
    monkeypatch.setenv("ARENA_DATA_DIR", str(tmp_path))
    with pytest.raises(EntryFailed, match=words):
        door(None, "http://x", engine, key="k")
