"""Find a Chromium for the browser tests; install Debian's where it is missing and we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# A browser with letters to draw, and what else the tests talk to where it is there.
PACKAGES = ("chromium", "fonts-dejavu-core", "curl", "redis-server")
NAMES = ("chromium", "chromium-browser", "google-chrome")


def say(line: str) -> None:
    print(f"browser: {line}", flush=True)


def found() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> None:
    """Never fails: a test run without a browser says so itself, loudly."""
    if found():
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say("no Chromium here, and it cannot be installed: the browser tests will be skipped")
        say("install one (Debian: apt-get install chromium) or set CHROMIUM to its path")
        return
    say("installing Debian's chromium ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (
        ["update", "-q"],
        ["install", "-y", "-q", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(["apt-get", *step], env=environment, capture_output=True, text=True)
        if done.returncode:
            say(f"apt-get {step[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")
            return
    say("chromium is there" if found() else "apt-get installed no chromium we can find")


if __name__ == "__main__":
    sys.exit(main())
