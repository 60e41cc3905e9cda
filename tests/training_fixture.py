"""Preference pairs of the demo's world in a dataset folder, as `arena export` writes one."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from arena.demo import Manner, draw
from arena.demo.manifest import read_manifest
from export.schema import PreferenceRow, schema
from training.recipe import Recipe, parse

Row = dict[str, Any]


def pair(rng: Random, number: int = 0) -> Row:
    """A right answer chosen over a wrong one, won by either of two contestants."""
    question = draw(rng, "known", follow=0)
    wrong = draw(Random(number), "known", Manner(wrong=1.0), follow=0).answer
    names = rng.sample(["wise-owl", "muddled-magpie"], 2)
    return {
        "prompt": [{"role": "user", "content": f"{question.prompts[0]}"}],
        "chosen": [{"role": "assistant", "content": question.answer}],
        "rejected": [{"role": "assistant", "content": wrong}],
        "margin": 2.0,
        "prompt_id": f"p{number}",
        "battle_id": f"b{number}",
        "model_chosen": names[0],
        "model_rejected": names[1],
        "agreement": 1.0,
        "votes": 1,
        "kind": "simulated",
        "blind": True,
    }


def pairs(count: int, seed: int = 0) -> list[Row]:
    """As many pairs, each on a prompt of its own."""
    rng, found = Random(seed), {}
    while len(found) < count:
        row = pair(rng, len(found))
        found.setdefault(row["prompt"][0]["content"], row)
    return list(found.values())


def dataset(folder: Path, train: Sequence[Row], test: Sequence[Row] = ()) -> Path:
    """A dataset folder of these rows."""
    (folder / "data").mkdir(parents=True)
    for split, rows in (("train", train), ("test", test)):
        if rows or split == "train":
            path = folder / "data" / f"{split}-00000-of-00001.parquet"
            pq.write_table(pa.Table.from_pylist(list(rows), schema(PreferenceRow)), path)
    vouch(folder)
    return folder


def vouch(folder: Path) -> None:
    """Write the manifest of the files that are there now."""
    files = [
        {"path": f"data/{path.name}", "sha256": sha256(path.read_bytes()).hexdigest()}
        for path in sorted((folder / "data").iterdir())
    ]
    (folder / "manifest.json").write_text(json.dumps({"schema_version": 1, "files": files}))


def quick(**tables: Mapping[str, Any]) -> Recipe:
    """A recipe for a handful of pairs on the shipped base, with these keys changed."""
    content: dict[str, Any] = {
        "base": "demo",
        "data": {"least_pairs": 4},
        "optimiser": {"batch": 8, "epochs": 1.0},
        "machine": {"log_steps": 1, "device": "cpu"},
    }
    for name, keys in tables.items():
        content[name] = {**content.get(name, {}), **keys}
    return parse(content)


def shipped_base() -> Path:
    """The folder of the demo's base model."""
    manifest = read_manifest()
    return manifest.path(manifest.base)


def shipped(name: str) -> Path:
    """The folder of one of the demo's adapters."""
    manifest = read_manifest()
    return next(manifest.path(one) for one in manifest.adapters if one.name == name)
