"""The engines of this arena: started from the configuration, with the contestants they serve."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import orjson

from arena.errors import Misconfigured
from arena.house import House
from arena.settings import EngineSettings, Settings
from serving.engine import Engine, check
from serving.engine_python import find_python
from serving.entry import EntryParams
from serving.errors import EngineError
from serving.vllm import VLLM, free_port

Say = Callable[[str], None]
DEMO = "demo"


@dataclass(frozen=True, slots=True)
class Engines:
    """What is running: its contestants, its base URLs, and those that are not where they were."""

    contestants: Sequence[House] = ()
    urls: Sequence[str] = ()
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """How to reach a running engine, kept in a file that only the operator can read."""

    base_url: str
    api_key: str

    @property
    def port(self) -> int:
        """The port in the address."""
        return int(self.base_url.rsplit(":", 1)[1].split("/")[0])


@asynccontextmanager
async def open_engines(settings: Settings, say: Say, wanted: bool) -> AsyncIterator[Engines]:
    """Start every configured engine, wait until each is healthy, stop them all at the end.

    Raises:
        EngineError: an engine cannot be started; the message says why and what to do.
    """
    contestants: list[House] = []
    urls: list[str] = []
    moved: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        engines = configured_engines(settings) if wanted else ()
        check_all(settings, engines)
        for configured in engines:
            before = read_record(settings.data_dir, configured.name)
            say(f"engine {configured.name}: starting (a minute or less on a small machine)")
            running = await VLLM.start(as_engine(settings, configured, before), say)
            stack.push_async_callback(running.stop)
            write_record(settings.data_dir, configured.name, running)
            contestants += houses(configured, running)
            urls.append(running.base_url)
            if before is not None and before.base_url != running.base_url:
                moved[before.base_url] = running.base_url
        yield Engines(contestants, urls, moved)


def check_all(settings: Settings, engines: Sequence[EngineSettings]) -> None:
    """Before the first of them is started: is everything there, and nothing there twice?"""
    if twice := taken_twice(engines):
        raise Misconfigured(f"two {twice}: choose another for one of them")
    for one in engines:
        check(as_engine(settings, one, None))


def taken_twice(engines: Sequence[EngineSettings]) -> str | None:
    """The first name or port that two of them claim."""
    claims = [("engines are named", one.name.casefold()) for one in engines]
    claims += [("engines have the port", str(one.port)) for one in engines if one.port]
    claims += [("contestants are named", name.casefold()) for one in engines for name in names(one)]
    return next((f"{what} {value}" for (what, value), n in Counter(claims).items() if n > 1), None)


def configured_engines(settings: Settings) -> tuple[EngineSettings, ...]:
    """The engines of the configuration, and on a demo the one for its own contestants."""
    if not settings.demo:
        return settings.engines
    from arena.demo.manifest import read_manifest

    shipped = read_manifest()
    if damaged := shipped.damaged():
        raise Misconfigured(f"the demo's contestants are damaged: {', '.join(damaged)}")
    demo = EngineSettings(
        name=DEMO,
        model=str(shipped.path(shipped.base)),
        served_name=shipped.base.name,
        adapters={one.name: str(shipped.path(one)) for one in shipped.adapters},
        params=dict(shipped.sampling),
        organization="Agon demo",
        license="Apache-2.0",
    )
    return (demo, *settings.engines)


def as_engine(settings: Settings, configured: EngineSettings, before: Record | None) -> Engine:
    """The configuration as the serving room takes it, at its old port and key where it had any."""
    home = engine_home(settings.data_dir, configured.name)
    return Engine(
        name=configured.name,
        model=configured.model,
        python=python_of(settings, configured),
        log=home / "engine.log",
        served_name=configured.served_name,
        served_names=configured.served_names,
        adapters={name: Path(folder) for name, folder in configured.adapters.items()},
        adapters_home=home / "adapters",
        port=configured.port or still_free(before),
        max_model_len=configured.max_model_len,
        max_lora_rank=configured.max_lora_rank,
        spare_adapters=configured.spare_adapters,
        tensor_parallel_size=configured.tensor_parallel_size,
        gpus=configured.gpus,
        arguments=configured.arguments,
        environment=configured.environment,
        api_key=before.api_key if before else token_urlsafe(32),
    )


def python_of(settings: Settings, configured: EngineSettings) -> Path:
    """As configured; where nobody said it, the usual place or the `vllm` on the PATH."""
    said = configured.python or (
        settings.engine_python if "engine_python" in settings.model_fields_set else None
    )
    return (said or find_python(settings.engine_python)).absolute()


def still_free(before: Record | None) -> int:
    """The port an engine had last time, or 0 (any) if it is taken now."""
    try:
        return free_port(before.port) if before else 0
    except EngineError:
        return 0


def houses(configured: EngineSettings, running: VLLM) -> list[House]:
    """The contestants of an engine that its configuration names."""
    params = EntryParams.model_validate(configured.params)
    return [
        House(
            name=name,
            route=running.route(name),
            params=params,
            organization=configured.organization,
            license=configured.license,
            context_length=configured.max_model_len,
        )
        for name in names(configured)
    ]


def names(configured: EngineSettings) -> list[str]:
    """What an engine's contestants are called: the base, unless it is hidden, and the adapters."""
    served = [configured.served_name] if configured.served_name else []
    return [*served, *configured.adapters]


def engine_home(data_dir: Path, name: str) -> Path:
    """Where an engine's log lies, and the adapters that were loaded into it later."""
    return (data_dir / "engines" / name).absolute()


def read_record(data_dir: Path, name: str) -> Record | None:
    """How to reach an engine of this arena, if it was ever started."""
    try:
        return Record(**orjson.loads((engine_home(data_dir, name) / "record.json").read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return None


def write_record(data_dir: Path, name: str, running: VLLM) -> None:
    """Keep how to reach a running engine; replaces the file in one step."""
    path = engine_home(data_dir, name) / "record.json"
    fresh = path.with_suffix(".new")
    handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps({"base_url": running.base_url, "api_key": running.api_key}))
    fresh.replace(path)
