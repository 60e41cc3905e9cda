"""What CI runs, step by step: every step runs, the failed ones are named at the end.

Words after its name go to pytest.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
GENERATED = ["README.md", "docs/commands.md", "docs/settings.md"]
STEPS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "import law": ["lint-imports"],
    "documents": ["cog", "--check", "-I", "docs", *GENERATED],
    "tests and coverage": ["python", "-m", "pytest", "--cov", "--cov-report=term", *sys.argv[1:]],
}


def main() -> None:
    failed = []
    for name, command in STEPS.items():
        print(f"check: {name} ...", flush=True)
        began = time.monotonic()
        done = subprocess.run([str(BIN / command[0]), *command[1:]])
        print(
            f"check: {name} {'failed' if done.returncode else 'holds'} "
            f"({time.monotonic() - began:.0f} s)",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
    if failed:
        sys.exit(f"check: failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
