"""Recipes: what they may say, and how they are refused."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from training.errors import BadRecipe
from training.recipe import SHIPPED, Recipe, find_recipe, parse, read_recipe

WRONG = [
    ({}, "base: is missing"),
    ({"base": 3}, "base: str is wanted, not 3"),
    ({"base": "b", "sed": 1}, "sed: there is no such key; known are base, seed"),
    ({"base": "b", "seed": -1}, "seed: -1 is out of range; give at least 0"),
    ({"base": "b", "seed": 1.5}, "seed: int is wanted, not 1.5"),
    ({"base": "b", "seed": True}, "seed: int is wanted, not True"),
    ({"base": "b", "lora": 8}, "lora: a table is wanted, not 8"),
    ({"base": "b", "lora": {"rank": 0}}, "lora.rank: 0 is out of range; give at least 1"),
    ({"base": "b", "lora": {"rnk": 8}}, "lora.rnk: there is no such key"),
    ({"base": "b", "lora": {"dropout": 1.0}}, "lora.dropout: 1.0 is out of range; give below 1"),
    ({"base": "b", "objective": {"beta": 0}}, "objective.beta: 0 is out of range; give above 0"),
    ({"base": "b", "objective": {"beta": float("nan")}}, "objective.beta: nan is out of range"),
    ({"base": "b", "objective": {"loss": "sigmoid"}}, "objective.loss: a list is wanted"),
    ({"base": "b", "objective": {"loss": ["dpo"]}}, "objective.loss: 'dpo' is none of sigmoid"),
    ({"base": "b", "objective": {"loss": []}}, "objective.loss: name at least one"),
    ({"base": "b", "objective": {"loss": ["sft"]}}, "objective.loss: `sft` alone"),
    ({"base": "b", "objective": {"loss": ["ipo", "ipo"]}}, "objective.loss: a loss is named twice"),
    ({"base": "b", "objective": {"loss_weights": [1, 2]}}, "objective.loss_weights: one weight"),
    (
        {"base": "b", "objective": {"label_smoothing": 0.1}},
        "objective.label_smoothing: sigmoid takes no notice of it; use `robust`",
    ),
    ({"base": "b", "objective": {"loss": ["robust"]}}, "objective.label_smoothing: `robust` needs"),
    ({"base": "b", "optimiser": {"schedule": "cos"}}, "optimiser.schedule: 'cos' is none of"),
    ({"base": "b", "optimiser": {"learning_rate": 5}}, "optimiser.learning_rate: 5 is out of"),
    ({"base": "b", "machine": {"bf16": 1}}, "machine.bf16: bool is wanted, not 1"),
]


@pytest.mark.parametrize(("content", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_recipe_that_cannot_be_meant_is_refused_by_its_key(
    content: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRecipe) as caught:
        parse(content)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_what_is_left_out_has_its_default() -> None:
    assert parse({"base": "b"}) == Recipe("b")


def test_a_recipe_comes_back_whole_from_its_own_dictionary() -> None:
    recipe = parse({"base": "b", "objective": {"loss": ["sigmoid", "sft"], "beta": 1}})
    assert parse(recipe.to_dict()) == recipe
    assert recipe.objective.beta == 1.0


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_recipe_is_valid_and_found_by_its_name(path: Path) -> None:
    assert find_recipe(Path(path.stem)) == path
    assert read_recipe(path).base == "demo"


def test_folders_are_looked_for_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    file = tmp_path / "r.toml"
    file.write_text('base = "model"\n[data]\nfolder = "pairs"\n')
    recipe = read_recipe(file)
    assert Path(recipe.base) == tmp_path / "model"
    assert Path(recipe.data.folder) == tmp_path / "pairs"


@pytest.mark.parametrize(("raw", "words"), [(b"base = ", "is not TOML"), (b"\xff", "be read")])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, raw: bytes, words: str) -> None:
    (tmp_path / "r.toml").write_bytes(raw)
    with pytest.raises(BadRecipe, match=f"r.toml.*{words}"):
        read_recipe(tmp_path / "r.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match=r"there is no recipe .*gone.toml"):
        read_recipe(tmp_path / "gone.toml")


def every_key(kind: Any = Recipe, where: str = "") -> list[tuple[str, str]]:
    found = []
    for one in fields(kind):
        if one.default_factory is not None and is_dataclass(one.default_factory):
            found += every_key(one.default_factory, f"{one.name}.")
        else:
            found.append((f"{where}{one.name}", str(one.metadata["says"])))
    return found


@pytest.mark.parametrize(("key", "says"), every_key())
def test_every_key_is_in_the_documents_with_what_it_means(key: str, says: str) -> None:
    page = (Path(__file__).parents[1] / "docs" / "training.md").read_text()
    assert f"| `{key}` |" in page
    assert says in page
