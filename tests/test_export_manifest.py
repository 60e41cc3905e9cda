"""What describes a release: the manifest, the card, Croissant, and whoever reads them."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from arena.store.session import Store
from export import DataFile, Format, Moderation, Options, Source, Summary, battles, preferences
from export.card import card
from export.detectors import DETECTORS
from export.schema import BattleRow, PreferenceRow
from tests.export_fixture import ON_SQLITE, SEALER, UNCHECKED, Said, described, enter, play

READ = """
import json, sys, datasets
folder, kind, suffix = sys.argv[1:]
whole = datasets.load_dataset(folder)
files = {split: f"{folder}/data/{split}-*.{suffix}" for split in whole}
alone = datasets.load_dataset(kind, data_files=files)
same = all(whole[split].to_list() == alone[split].to_list() for split in whole)
print(json.dumps({"rows": whole.num_rows, "same": same, "first": whole["train"][0]}, default=str))
"""
TRL = """
import json, sys, datasets
from trl.data_utils import is_conversational
rows = datasets.load_dataset(sys.argv[1])["train"]
print(all(is_conversational(row) for row in rows) and {"prompt", "chosen", "rejected"}
      <= set(rows.column_names))
"""


@pytest.fixture
async def full(store: Store) -> Store:
    """A store with thirty decisive battles and a tie."""
    await enter(store, "x", "y")
    for number in range(30):
        await play(store, Said(f"Question {number}? Mail a{number}@example.org", a=f"{number}"))
    await play(store, Said(winner="tie"))
    return store


def offline(code: str, home: Path, *arguments: object) -> str:
    """Run code in a process that knows no hub; its output."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def summary(**changes: Any) -> Summary:
    file = DataFile("data/train-00000-of-00001.parquet", "train", 3, 10, "0" * 64)
    whole = Summary(
        dataset="battles",
        folder=Path("out"),
        options=UNCHECKED,
        seen=5,
        rows={"train": 3},
        dropped={"tainted": 2},
        redacted={"email": 4},
        files=(file,),
        sources=(Source("x", "Ex | Lab\n# Big", "MIT", 3),),
    )
    return replace(whole, **changes)


def front_matter(text: str) -> Any:
    return yaml.safe_load(text.split("---\n")[1])


@ON_SQLITE
async def test_the_manifest_says_what_is_in_the_files(full: Store, tmp_path: Path) -> None:
    options = replace(UNCHECKED, test_fraction=0.4)
    done = await preferences(full, SEALER, tmp_path / "out", options)
    said = described(tmp_path / "out")
    for file in said["files"]:
        content = (tmp_path / "out" / file["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["bytes"]
    assert {file["split"]: file["rows"] for file in said["files"]} == said["rows"] == done.rows
    assert min(said["rows"].values()) > 0
    assert said["seen"] == sum(said["rows"].values()) + sum(said["dropped"].values()) == 31
    assert said["dropped"]["no_winner"] == 1 and said["redacted"] == {"email": 30}
    assert said["options"]["moderation"] == "none" and said["options"]["test_fraction"] == 0.4
    assert [each["name"] for each in said["detectors"]] == [each.name for each in DETECTORS]
    assert all(each["version"] >= 1 for each in said["detectors"])
    assert list(said["columns"]) == list(PreferenceRow.__annotations__)


@ON_SQLITE
async def test_the_folder_holds_what_the_interface_says_and_nothing_else(
    full: Store, tmp_path: Path
) -> None:
    await battles(full, SEALER, tmp_path / "out", UNCHECKED)
    found = sorted(path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*.*"))
    assert list(map(str, found)) == [
        "README.md",
        "croissant.json",
        "data/train-00000-of-00001.parquet",
        "manifest.json",
    ]


@ON_SQLITE
@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("dataset", ["battles", "preferences"])
async def test_datasets_reads_the_folder_and_the_files(
    full: Store, tmp_path: Path, format: Format, dataset: str
) -> None:
    export = {"battles": battles, "preferences": preferences}[dataset]
    options = replace(UNCHECKED, format=format, test_fraction=0.4)
    done = await export(full, SEALER, tmp_path / "out", options)
    kind = {Format.PARQUET: "parquet", Format.JSONL: "json"}[format]
    out = offline(READ, tmp_path / "hub", tmp_path / "out", kind, format.value)
    read = json.loads(out.splitlines()[-1])
    assert read["same"] and read["rows"] == done.rows
    row = {"battles": BattleRow, "preferences": PreferenceRow}[dataset]
    assert list(read["first"]) == list(row.__annotations__)


@ON_SQLITE
async def test_a_split_without_rows_is_counted_and_not_named_in_the_card(
    full: Store, tmp_path: Path
) -> None:
    done = await preferences(full, SEALER, tmp_path / "out", replace(UNCHECKED, test_fraction=0.0))
    assert done.rows == {"train": 30, "test": 0}
    (config,) = front_matter((tmp_path / "out/README.md").read_text())["configs"]
    assert [each["split"] for each in config["data_files"]] == ["train"]
    out = offline(READ, tmp_path / "hub", tmp_path / "out", "parquet", "parquet")
    assert json.loads(out.splitlines()[-1])["rows"] == {"train": 30}


@ON_SQLITE
@pytest.mark.slow
async def test_trl_takes_the_pairs_as_they_are(full: Store, tmp_path: Path) -> None:
    await preferences(full, SEALER, tmp_path / "out", UNCHECKED)
    assert offline(TRL, tmp_path / "hub", tmp_path / "out").splitlines()[-1] == "True"


@ON_SQLITE
async def test_croissant_names_every_file_and_column(full: Store, tmp_path: Path) -> None:
    await battles(full, SEALER, tmp_path / "out", UNCHECKED)
    said = json.loads((tmp_path / "out/croissant.json").read_bytes())
    manifest = described(tmp_path / "out")
    assert said["@type"] == "sc:Dataset"
    assert said["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = {each["contentUrl"]: each["sha256"] for each in said["distribution"]}
    assert files == {each["path"]: each["sha256"] for each in manifest["files"]}
    (records,) = said["recordSet"]
    assert [field["name"] for field in records["field"]] == list(manifest["columns"])
    assert all(leaf["source"]["fileObject"]["@id"] in files for leaf in leaves(records["field"]))


def leaves(fields: list[Any]) -> list[Any]:
    """The fields that hold a value, at any depth."""
    return [
        leaf
        for field in fields
        for leaf in (leaves(field["subField"]) if "subField" in field else [field])
    ]


def test_the_card_says_plainly_that_nothing_was_moderated() -> None:
    unchecked, checked = (
        card(summary(), BattleRow),
        card(summary(options=Options(moderation=Moderation.REQUIRED)), BattleRow),
    )
    assert "**None. Nobody checked" in unchecked and "Nobody checked" not in checked


def test_the_card_counts_and_explains_what_was_dropped() -> None:
    text = card(summary(), BattleRow)
    assert "5 votes were seen, 3 rows are here" in text
    assert "| `tainted` | 2 | the turn or an earlier one is tainted |" in text
    assert "Replaced in these rows: 4 email." in text


def test_what_others_wrote_cannot_break_the_card() -> None:
    options = replace(UNCHECKED, title='A "b"\n---\n: c 😀', license="cc-by-4.0")
    text = card(summary(options=options), BattleRow)
    assert front_matter(text)["pretty_name"] == 'A "b"\n---\n: c 😀: battles'
    assert front_matter(text)["license"] == "cc-by-4.0"
    assert "| x | Ex ¦ Lab # Big | MIT | 3 |" in text


def test_a_release_has_one_id_for_the_same_files() -> None:
    other = DataFile("data/train-00000-of-00001.parquet", "train", 3, 10, "1" * 64)
    assert summary().release == summary(seen=9).release != summary(files=(other,)).release
