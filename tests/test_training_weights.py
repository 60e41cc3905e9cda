"""Adapters and bases: whether one fits the other is told before either is loaded."""

import json
import shutil
import struct
from pathlib import Path

import pytest

from tests.training_fixture import shipped, shipped_base
from training.errors import BadAdapter
from training.weights import WEIGHTS, check_adapter, fingerprint, shapes


def fake_base(folder: Path, **sizes: list[int]) -> Path:
    """A folder with the header of a model and no numbers."""
    folder.mkdir()
    entries = {name.replace("__", "."): {"shape": shape} for name, shape in sizes.items()}
    header = json.dumps(entries).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    return folder


@pytest.mark.parametrize("name", ["wise-owl", "courtly-swan", "hasty-swift"])
def test_every_shipped_adapter_fits_the_shipped_base(name: str) -> None:
    check_adapter(shipped(name), shipped_base())


def test_an_adapter_of_a_base_with_other_parts_is_refused(tmp_path: Path) -> None:
    other = fake_base(tmp_path / "b", transformer__h__0=[8, 8])
    with pytest.raises(BadAdapter, match=r"was made for another base: .* has no model.layers.0"):
        check_adapter(shipped("wise-owl"), other)


def test_an_adapter_of_a_wider_base_is_refused(tmp_path: Path) -> None:
    sizes = {name.replace(".", "__"): [n // 2 for n in s] for name, s in of_the_base().items()}
    with pytest.raises(BadAdapter, match=r"made for another base than .* wide there, and .* here"):
        check_adapter(shipped("wise-owl"), fake_base(tmp_path / "b", **sizes))


def of_the_base() -> dict[str, list[int]]:
    found = shapes(shipped_base() / "model.safetensors")
    return {name: list(shape) for name, shape in found.items()}


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAdapter, match=r"holds no adapter: there is no adapter_config.json"):
        check_adapter(tmp_path, None)


@pytest.mark.parametrize("raw", [b"", b"12345678", struct.pack("<Q", 2**62) + b"{}", b"\0" * 20])
def test_a_damaged_adapter_is_refused(tmp_path: Path, raw: bytes) -> None:
    shutil.copytree(shipped("wise-owl"), tmp_path / "a")
    (tmp_path / "a" / WEIGHTS).write_bytes(raw)
    with pytest.raises(BadAdapter, match=r"is damaged"):
        check_adapter(tmp_path / "a", shipped_base())


def test_a_base_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadAdapter, match=r"holds no model"):
        check_adapter(shipped("wise-owl"), tmp_path)


def test_a_fingerprint_is_of_the_weights_wherever_they_lie(tmp_path: Path) -> None:
    shutil.copytree(shipped("wise-owl"), tmp_path / "a")
    (tmp_path / "a" / "adapter_config.json").write_text("{}")
    assert fingerprint(tmp_path / "a") == fingerprint(shipped("wise-owl"))
    assert fingerprint(tmp_path / "a") != fingerprint(shipped("courtly-swan"))
