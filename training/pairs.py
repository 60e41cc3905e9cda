"""A dataset folder of preferences, read for training: its files verified, its pairs looked at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from export.public_ids import same_prompt
from training.errors import BadData
from training.recipe import Data

COLUMNS = ("prompt", "chosen", "rejected")
SIDES = ("model_chosen", "model_rejected")
SPLITS = ("train", "test")


@dataclass(frozen=True)
class Pairs:
    """The pairs of both splits, and which files they were read from.

    `manifest` is the sha256 of the manifest itself, `files` those of the Parquet files it vouches
    for; `left_out` counts the pairs that the recipe passes over, by its key.
    """

    train: pa.Table
    test: pa.Table
    manifest: str
    files: Mapping[str, str]
    left_out: Mapping[str, int] = field(default_factory=dict)


def read_pairs(folder: Path, wanted: Data) -> Pairs:
    """The pairs of a dataset folder that the recipe wants.

    Raises:
        BadData: no dataset folder, a file that is damaged or not the one the manifest speaks of,
            no pairs or too few, votes that all go one way, or a prompt in both splits.
    """
    whole, digest, files = _read(folder)
    kept, left_out = {}, dict.fromkeys(("least_agreement", "least_margin"), 0)
    for split, table in whole.items():
        kept[split] = _wanted(table, wanted, left_out)
    _check(folder, kept["train"], kept["test"], wanted)
    return Pairs(kept["train"], kept["test"], digest, files, left_out)


def first_prompts(folder: Path) -> tuple[set[str], str]:
    """What the conversations of both splits begin with, in plain words, and the manifest's sha256.

    Raises:
        BadData: no dataset folder, or a file that is damaged or not the manifest's.
    """
    whole, digest, _ = _read(folder)
    prompts = (prompt for table in whole.values() for prompt in table["prompt"].to_pylist())
    return {same_prompt(prompt[0]["content"]) for prompt in prompts}, digest


def _read(folder: Path) -> tuple[dict[str, pa.Table], str, dict[str, str]]:
    """Both splits whole, the sha256 of the manifest, and those of the files it vouches for."""
    manifest = folder / "manifest.json"
    try:
        raw = manifest.read_bytes()
        files = _listed(json.loads(raw))
    except FileNotFoundError as error:
        why = "it holds no manifest.json; make it with `arena export preferences --out DIR`"
        raise BadData(f"{folder} is no dataset folder: {why}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadData(f"{manifest} is not a manifest; export the dataset again") from error
    tables = {name: _verified(folder, name, digest) for name, digest in files.items()}
    whole = {split: _joined(tables, split) for split in SPLITS}
    return whole, sha256(raw).hexdigest(), files


def prompt_key(messages: Any) -> str:
    """What makes two prompts the same: every word said before the answer."""
    return "\n".join(f"{m['role']}: {' '.join(m['content'].split())}" for m in messages)


def _listed(manifest: Any) -> dict[str, str]:
    return {str(file["path"]): str(file["sha256"]) for file in manifest["files"]}


def _verified(folder: Path, name: str, digest: str) -> pa.Table:
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path} is in the manifest and cannot be read: {error.strerror}") from error
    if sha256(content).hexdigest() != digest:
        raise BadData(f"{path} is not the file its manifest speaks of; export the dataset again")
    try:
        return pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise BadData(f"{path} is no Parquet file: {str(error).splitlines()[0]}") from error


def _joined(tables: Mapping[str, pa.Table], split: str) -> pa.Table:
    found = [table for name, table in tables.items() if Path(name).name.startswith(f"{split}-")]
    for table in found:
        if missing := [name for name in COLUMNS if name not in table.column_names]:
            raise BadData(f"the {split} split has no column {missing[0]!r}: not preference pairs")
    return pa.concat_tables(found) if found else pa.table({name: [] for name in COLUMNS})


def _wanted(table: pa.Table, wanted: Data, left_out: dict[str, int]) -> pa.Table:
    for column, key in (("agreement", "least_agreement"), ("margin", "least_margin")):
        if column in table.column_names:
            before = len(table)
            table = table.filter(pc.greater_equal(table[column], getattr(wanted, key)))
            left_out[key] += before - len(table)
    return table


def _check(folder: Path, train: pa.Table, test: pa.Table, wanted: Data) -> None:
    if not len(train):
        raise BadData(f"{folder} holds no pair to train on; collect votes, then export again")
    if len(train) < wanted.least_pairs:
        why = f"the recipe wants {wanted.least_pairs} (data.least_pairs)"
        raise BadData(f"{folder} holds {len(train)} training pairs; {why}")
    if set(SIDES) <= set(train.column_names):
        won, lost = (set(train[side].to_pylist()) for side in SIDES)
        if len(won) == 1 and not won & lost:
            why = "a run would learn whose answer it is, not which is better"
            raise BadData(f"{folder}: the votes are one-sided, {won.pop()} won every pair; {why}")
    shared = {prompt_key(p) for p in train["prompt"].to_pylist()}
    shared &= {prompt_key(p) for p in test["prompt"].to_pylist()}
    if shared:
        raise BadData(f"{folder}: {len(shared)} prompts are in both splits; export it again")
