"""Dataset folders: verified before anything is learnt from them."""

import json
from pathlib import Path

import pytest

from tests.training_fixture import dataset, pairs, vouch
from training.errors import BadData
from training.pairs import read_pairs
from training.recipe import Data

FEW = Data(least_pairs=1)


def test_both_splits_and_their_digests_are_read(tmp_path: Path) -> None:
    rows = pairs(12)
    found = read_pairs(dataset(tmp_path / "d", rows[:10], rows[10:]), FEW)
    assert (len(found.train), len(found.test)) == (10, 2)
    assert len(found.manifest) == 64 and len(found.files) == 2


def test_a_folder_without_a_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"is no dataset folder: .* `arena export preferences"):
        read_pairs(tmp_path, FEW)


@pytest.mark.parametrize("raw", ["{", "[]", '{"files": 3}', '{"files": [{"path": "x"}]}'])
def test_a_manifest_that_is_none_is_named(tmp_path: Path, raw: str) -> None:
    (tmp_path / "manifest.json").write_text(raw)
    with pytest.raises(BadData, match=r"manifest.json is not a manifest"):
        read_pairs(tmp_path, FEW)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", pairs(8))
    file = next((folder / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(BadData, match=r"train-00000.* is not the file its manifest speaks of"):
        read_pairs(folder, FEW)


def test_a_corrupt_file_is_refused_though_the_manifest_vouches_for_it(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", pairs(8))
    file = next((folder / "data").iterdir())
    file.write_bytes(file.read_bytes()[:200])
    vouch(folder)
    with pytest.raises(BadData, match=r"is no Parquet file") as caught:
        read_pairs(folder, FEW)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", pairs(8))
    next((folder / "data").iterdir()).unlink()
    with pytest.raises(BadData, match=r"train-00000.* is in the manifest and cannot be read"):
        read_pairs(folder, FEW)


def test_an_empty_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"holds no pair to train on"):
        read_pairs(dataset(tmp_path / "d", []), FEW)


def test_fewer_pairs_than_the_recipe_wants_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"holds 5 training pairs; the recipe wants 6"):
        read_pairs(dataset(tmp_path / "d", pairs(5)), Data(least_pairs=6))


def test_votes_that_one_contestant_always_won_are_refused(tmp_path: Path) -> None:
    rows = [row | {"model_chosen": "owl", "model_rejected": "wren"} for row in pairs(8)]
    with pytest.raises(BadData, match=r"the votes are one-sided, owl won every pair"):
        read_pairs(dataset(tmp_path / "d", rows), FEW)


def test_a_contestant_that_also_lost_is_not_one_sided(tmp_path: Path) -> None:
    rows = [row | {"model_chosen": "owl", "model_rejected": "owl"} for row in pairs(8)]
    assert len(read_pairs(dataset(tmp_path / "d", rows), FEW).train) == 8


def test_a_prompt_in_both_splits_is_refused(tmp_path: Path) -> None:
    rows = pairs(8)
    with pytest.raises(BadData, match=r"1 prompts are in both splits"):
        read_pairs(dataset(tmp_path / "d", rows, rows[:1]), FEW)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = dataset(tmp_path / "d", pairs(8))
    pq.write_table(pa.table({"winner": ["tie"]}), folder / "data/train-00000-of-00001.parquet")
    vouch(folder)
    with pytest.raises(BadData, match=r"the train split has no column 'prompt'"):
        read_pairs(folder, FEW)


def test_what_the_recipe_passes_over_is_counted_by_its_key(tmp_path: Path) -> None:
    rows = pairs(8)
    rows[0]["margin"], rows[1]["agreement"] = 1.0, 0.6
    wanted = Data(least_pairs=1, least_margin=2.0, least_agreement=0.7)
    found = read_pairs(dataset(tmp_path / "d", rows), wanted)
    assert len(found.train) == 6
    assert found.left_out == {"least_agreement": 1, "least_margin": 1}


def test_the_manifest_s_own_digest_follows_its_content(tmp_path: Path) -> None:
    folder = dataset(tmp_path / "d", pairs(8))
    before = read_pairs(folder, FEW).manifest
    content = json.loads((folder / "manifest.json").read_text()) | {"code_version": "2"}
    (folder / "manifest.json").write_text(json.dumps(content))
    assert read_pairs(folder, FEW).manifest != before
