"""The shipped contestants: whole, small, documented, and as strong as their manifest says."""

import json
from pathlib import Path

import pytest

from arena.demo.manifest import FILE, SHIPPED, Contestant, Manifest, read_manifest, table

MANIFEST = read_manifest()
NAMES = [c.name for c in MANIFEST.contestants]


def right(name: str, mode: str = "greedy", split: str = "held_out") -> float:
    found = next(c for c in MANIFEST.contestants if c.name == name)
    return found.scores[split][mode]["correct"]


def test_every_shipped_file_is_the_one_the_manifest_speaks_of() -> None:
    assert MANIFEST.damaged() == []


def test_a_changed_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    files = {"config.json": "0" * 64, "gone.json": "0" * 64}
    entry = Contestant("a", "", "base", None, 1, 1, {}, files, {})
    found = Manifest((entry,), {}, {}, tmp_path).damaged()
    assert found == ["base/config.json", "base/gone.json"]


def test_no_file_is_shipped_that_the_manifest_does_not_list() -> None:
    listed = {MANIFEST.path(c) / name for c in MANIFEST.contestants for name in c.files}
    shipped = {path for path in SHIPPED.rglob("*") if path.is_file()}
    assert shipped == listed | {SHIPPED / FILE}


def test_all_of_them_take_twelve_megabytes_at_the_most() -> None:
    assert sum(p.stat().st_size for p in SHIPPED.rglob("*") if p.is_file()) <= 12e6


def test_there_is_one_base_and_at_least_three_adapters_of_it() -> None:
    assert len(MANIFEST.adapters) >= 3
    assert {c.parent for c in MANIFEST.adapters} == {MANIFEST.base.name}


def test_the_best_is_right_in_ninety_percent_and_the_weakest_in_sixty_five_at_most() -> None:
    known = [right(name) for name in NAMES]
    assert max(known) >= 0.90
    assert min(known) <= 0.65


def test_scores_rest_on_enough_questions() -> None:
    tallies = [t for c in MANIFEST.contestants for s in c.scores.values() for t in s.values()]
    assert all(t["questions"] >= 1000 for t in tallies)


def test_the_base_leaves_room_for_a_better_child() -> None:
    base = MANIFEST.base.scores["held_out"]["sampled"]
    assert base["correct"] < 0.75
    assert base["polite"] < 0.5
    assert base["format"] < 0.97


def test_each_is_of_a_style_of_its_own() -> None:
    sampled = {c.name: c.scores["held_out"]["sampled"] for c in MANIFEST.contestants}
    assert sampled["courtly-swan"]["polite"] > 0.9
    assert sampled["hasty-swift"]["words"] < 2.5
    assert sampled["wise-owl"]["format"] > 0.95


def test_no_maker_s_path_is_in_what_is_shipped() -> None:
    for path in SHIPPED.rglob("*.json"):
        assert "/tmp" not in path.read_text()
        assert "/work" not in path.read_text()


def test_adapters_stand_on_the_shipped_base() -> None:
    for contestant in MANIFEST.adapters:
        config = json.loads((MANIFEST.path(contestant) / "adapter_config.json").read_text())
        assert (config["r"], config["lora_alpha"]) == (16, 32)
        assert config["base_model_name_or_path"] == f"../{MANIFEST.base.folder}"


def test_the_documented_table_is_the_manifest_s() -> None:
    page = Path(__file__).parents[1] / "docs" / "demo.md"
    assert table(MANIFEST) in page.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_contestant_is_as_good_as_its_manifest_says(name: str) -> None:
    pytest.importorskip("torch")
    from training.demo_scores import evaluate

    contestant = next(c for c in MANIFEST.contestants if c.name == name)
    base = MANIFEST.path(MANIFEST.base)
    adapter = MANIFEST.path(contestant) if contestant.parent else None
    found = evaluate(base, adapter, n=200, seed=11)
    # Three standard errors of two hundred questions.
    share = right(name)
    assert found.correct == pytest.approx(share, abs=3 * (share * (1 - share) / 200) ** 0.5 + 0.01)


def test_the_chat_template_is_what_contestants_were_trained_on() -> None:
    pytest.importorskip("torch")
    from transformers import AutoTokenizer

    from training.demo_fit import encode

    tokenizer = AutoTokenizer.from_pretrained(MANIFEST.path(MANIFEST.base))
    chat = [
        {"role": "user", "content": "What is 3 + 4?"},
        {"role": "assistant", "content": "7."},
        {"role": "user", "content": "And 2 + 2?"},
        {"role": "assistant", "content": "4."},
    ]
    rendered = tokenizer.apply_chat_template(
        chat, return_dict=True, return_assistant_tokens_mask=True
    )
    (encoded,) = encode(tokenizer, [chat])
    assert rendered["input_ids"] == encoded.ids
    assert [bool(mask) for mask in rendered["assistant_masks"]] == [w == 1 for w in encoded.weights]
