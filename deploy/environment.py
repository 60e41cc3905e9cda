"""Make the project's own environment, or bring it up to date; or lock its versions.

    python3 deploy/environment.py .venv base    what `make up` needs
    python3 deploy/environment.py .venv dev     what `make test` needs: training and tools too
    python3 deploy/environment.py .venv-bench peers   who we are measured beside, at their own pins;
                                  also gateway-peers and fastchat, each in a folder of its own
    python3 deploy/environment.py --lock        write constraints.txt again, from a fresh install

Needs nothing but the standard library. Versions are those of constraints.txt.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "constraints.txt"
TORCH = "torch==2.13.0"
EXTRAS = {"base": "", "dev": "[dev,train]"}
# Peers live by themselves: arena-rank pins an older numpy than ours, FastChat an older pydantic.
PEERS = {
    "peers": (
        *("arena-rank==0.1.1", "evalica==0.4.2", "numpy==2.3.3"),
        *("pandas", "pyarrow", "rich", "scipy", "typer"),
    ),
    "gateway-peers": ("litellm[proxy]==1.106.2", "httptools", "vllm-router==0.1.17"),
    "fastchat": ("fschat==0.2.36", "pydantic<2", "fastapi<0.126", "uvloop", "httptools"),
}
OLDEST = (3, 11)
HEADER = """\
# The versions we test with. `make lock` writes this file again; pip reads it with -c.
# torch is pinned without a build: a plain pip takes the CPU build where one is offered.
"""


def say(line: str) -> None:
    print(f"environment: {line}", flush=True)


def make(folder: Path, kind: str) -> None:
    """Fill `folder` for this kind of work; what is there already is kept."""
    if not (folder / "bin/python").exists():
        say(f"making {folder}")
        venv.create(folder, with_pip=True, symlinks=True)
    if kind in PEERS:
        install(folder, f"the {kind}", *PEERS[kind])
        return
    constraints = ["-c", str(LOCK)] if LOCK.exists() else []
    torch = [TORCH] if kind == "dev" else []
    if torch:
        install(folder, "torch, the large one", *torch, *constraints)
    extras = EXTRAS[kind]
    install(folder, f"agon-arena{extras}", *torch, *constraints, "-e", f"{ROOT}{extras}")


def install(folder: Path, what: str, *arguments: str) -> None:
    say(f"installing {what} ...")
    began = time.monotonic()
    command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        told = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        reason = "\n  ".join(told or done.stderr.splitlines()[-5:])
        sys.exit(
            f"environment: pip could not install {what}:\n  {reason}\n"
            "  Is the package index reachable, and is there room on the disk?"
        )
    say(f"{what} is there ({time.monotonic() - began:.0f} s)")


def lock() -> None:
    """Install everything anew, without the old lock, and write down what came."""
    old = LOCK.read_text() if LOCK.exists() else None
    LOCK.unlink(missing_ok=True)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            make(Path(scratch) / "venv", "dev")
            python = str(Path(scratch) / "venv/bin/python")
            frozen = subprocess.run(
                [python, "-m", "pip", "freeze", "--exclude-editable"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
    except BaseException:
        if old is not None:
            LOCK.write_text(old)
        raise
    LOCK.write_text(HEADER + "".join(f"{line}\n" for line in pinned(frozen)))
    say(f"{LOCK.name} is written")


def pinned(frozen: str) -> list[str]:
    """The lines of a `pip freeze` that another machine can use: no local builds, no paths."""
    lines = [re.sub(r"\+[a-z0-9.]+$", "", line) for line in frozen.splitlines()]
    return [line for line in lines if "==" in line and not line.startswith(("pip==", "-e "))]


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"environment: Python 3.11 or newer is needed, this is {sys.version.split()[0]}; "
            "try `make PYTHON=python3.11 …`"
        )
    if sys.argv[1:] == ["--lock"]:
        lock()
    elif len(sys.argv) == 3 and sys.argv[2] in (*EXTRAS, *PEERS):
        make(Path(sys.argv[1]).absolute(), sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
