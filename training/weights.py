"""Whether an adapter fits a base, told from the headers of their files before loading them."""

import json
import struct
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from training.errors import BadAdapter

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_PREFIX = "base_model.model."
Shapes = Mapping[str, tuple[int, ...]]


def check_adapter(folder: Path, base: Path | None) -> None:
    """Is there an adapter, and has each of its matrices a place of its size in the base?

    `base` None (one that is not in a folder here) leaves the second question to whoever loads it.

    Raises:
        BadAdapter: there is none, its files are damaged, or it was made for another base.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise BadAdapter(f"{folder} holds no adapter: there is no {name} in it")
    found = shapes(folder / WEIGHTS)
    if base is None:
        return
    places = base_shapes(base)
    for name, shape in found.items():
        where, _, part = name.removeprefix(_PREFIX).rpartition(".lora_")
        place = places.get(f"{where}.weight")
        if place is None or len(shape) != 2 or len(place) != 2:
            raise BadAdapter(f"{folder} was made for another base: {base} has no {where}")
        side, wanted = (shape[1], place[1]) if part.startswith("A") else (shape[0], place[0])
        if side != wanted:
            why = f"{where} is {wanted} wide there, and {side} here"
            raise BadAdapter(f"{folder} was made for another base than {base}: {why}")


def base_shapes(base: Path) -> Shapes:
    """The shape of every matrix of a base model, whatever number of files it is in."""
    found: dict[str, tuple[int, ...]] = {}
    for path in sorted(base.glob("*.safetensors")):
        found |= shapes(path)
    if not found:
        raise BadAdapter(f"{base} holds no model: there is no .safetensors file in it")
    return found


def shapes(path: Path) -> Shapes:
    """What a safetensors file says of itself: a length, then JSON, then the numbers."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, path.stat().st_size)))
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        found = {name: tuple(entry["shape"]) for name, entry in entries.items()}
    except (OSError, struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadAdapter(f"{path} is damaged: it is no safetensors file") from error
    if not found:
        raise BadAdapter(f"{path} is damaged: there is nothing in it")
    return found


def fingerprint(folder: Path) -> str:
    """One sha256 over the weights in a folder: the same model wherever it lies."""
    digest = sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
