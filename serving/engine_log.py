"""An engine's log: its last lines, what they mean, and how it is kept from growing without end."""

import os
import shutil
from pathlib import Path

LOG_BYTES = 10_000_000
LOG_FILES = 3
LAST_LINES = 12
TAIL_BYTES = 16_384

# What a line of the log means, and what to do about it.
REMEDIES = {
    "address already in use": "the port is taken: give the engine another, or 0 for a free one",
    "no space left on device": "the disk is full: make room and start again",
    "out of memory": "there is not enough memory: stop other programs or lower max_model_len",
    "cannot allocate memory": "there is not enough memory: stop other programs",
    "max_model_len": "the model takes fewer tokens: lower max_model_len",
    "max_lora_rank": "an adapter has a higher rank: raise max_lora_rank",
    "no module named": "the environment is not whole: remove it and run `make up`",
}


def last_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return [line[:300] for line in lines if line.strip()][-LAST_LINES:]


def remedy_for(lines: list[str]) -> str | None:
    text = "\n".join(lines).lower()
    return next((remedy for sign, remedy in REMEDIES.items() if sign in text), None)


def rotate(path: Path, limit: int = LOG_BYTES, files: int = LOG_FILES) -> bool:
    """Copy a log over `limit` bytes to `path`.1 and empty it; of the older ones `files` are kept.

    The engine goes on writing to the open file, which it appends to, so it is emptied in place and
    not moved. Lines written in the moment between copy and emptying are lost. Of a log that grew
    far beyond the limit its last `limit` bytes are kept.
    """
    if not path.exists() or path.stat().st_size <= limit:
        return False
    for number in range(files - 1, 0, -1):
        if (older := numbered(path, number)).exists():
            older.replace(numbered(path, number + 1))
    with path.open("rb") as log, numbered(path, 1).open("wb") as kept:
        log.seek(-limit, os.SEEK_END)
        shutil.copyfileobj(log, kept)
    os.truncate(path, 0)
    return True


def numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
