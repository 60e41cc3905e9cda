"""A recipe: everything a training run is told, read from TOML and checked key by key."""

import operator
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from training.errors import BadRecipe

SHIPPED = Path(__file__).parent / "recipes"
DEMO = "demo"
Loss = Literal["sigmoid", "sigmoid_norm", "robust", "ipo", "hinge", "apo_zero", "sft"]

BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "least": (operator.ge, "at least"),
    "most": (operator.le, "at most"),
    "above": (operator.gt, "above"),
    "below": (operator.lt, "below"),
}


def _key(says: str, default: Any = MISSING, **bounds: float) -> Any:
    """A recipe key: what it means, its default, and the bounds (least, most, above, below)."""
    if isinstance(default, list):
        return field(default_factory=lambda: tuple(default), metadata={"says": says, **bounds})
    return field(default=default, metadata={"says": says, **bounds})


@dataclass(frozen=True)
class Lora:
    """The adapter of a run that starts from the base; a child keeps its parent's shape."""

    rank: int = _key("Rank of the adapter.", 16, least=1, most=256)
    alpha: int = _key("Scale: the adapter's part is multiplied by alpha / rank.", 32, least=1)
    dropout: float = _key("Share of the adapter's inputs set to nought.", 0.0, least=0, below=1)


@dataclass(frozen=True)
class Data:
    """Which pairs are trained on."""

    folder: str = _key("Dataset folder; `--data` goes before it.", "")
    max_length: int = _key("Tokens of prompt and answer; longer pairs are dropped.", 512, least=8)
    least_pairs: int = _key("Fewer training pairs than this are refused.", 64, least=1)
    least_agreement: float = _key(
        "Pairs that a smaller share of their votes chose are left out.", 0.5, least=0, most=1
    )
    least_margin: float = _key("Pairs with a smaller margin are left out.", 0.0, least=0, most=3)


@dataclass(frozen=True)
class Objective:
    """What is optimised."""

    beta: float = _key("How dear it is to move away from the parent.", 0.1, above=0)
    loss: tuple[Loss, ...] = _key("TRL's losses, added up.", ["sigmoid"])
    loss_weights: tuple[float, ...] = _key("One weight a loss; empty: all 1.", [], least=0)
    label_smoothing: float = _key(
        "Share of votes taken to be wrong; only `robust` heeds it.", 0.0, least=0, below=0.5
    )


@dataclass(frozen=True)
class Optimiser:
    """How it is optimised."""

    learning_rate: float = _key("Highest learning rate of AdamW.", 5e-4, above=0, most=1)
    schedule: Literal["cosine", "linear", "constant"] = _key("How the rate falls.", "cosine")
    warmup: float = _key("Share of the steps over which the rate rises.", 0.05, least=0, below=1)
    epochs: float = _key("Passes over the pairs.", 2.0, above=0, most=100)
    batch: int = _key("Pairs a step.", 16, least=1)
    weight_decay: float = _key("AdamW's weight decay.", 0.0, least=0)
    clip: float = _key("Longest gradient.", 1.0, above=0)


@dataclass(frozen=True)
class Machine:
    """How it is computed and kept."""

    bf16: bool = _key("Compute in bfloat16 (the adapter itself stays in float32).", True)
    device: Literal["auto", "cpu"] = _key("`cpu` leaves an accelerator alone.", "auto")
    by_length: bool = _key("Put pairs of like length in one step: less padding.", True)
    log_steps: int = _key("A line of metrics every so many steps.", 10, least=1)
    save_steps: int = _key("A checkpoint to resume from every so many steps.", 100, least=1)


@dataclass(frozen=True)
class Recipe:
    """Everything a DPO run is told beside its data, its parent and its folder."""

    base: str = _key("Folder or hub id of the base model; `demo`: the shipped one.")
    seed: int = _key("Of the adapter's first weights and the order of pairs.", 0, least=0)
    lora: Lora = field(default_factory=Lora)
    data: Data = field(default_factory=Data)
    objective: Objective = field(default_factory=Objective)
    optimiser: Optimiser = field(default_factory=Optimiser)
    machine: Machine = field(default_factory=Machine)

    def to_dict(self) -> dict[str, Any]:
        """The recipe with every default spelled out."""
        return asdict(self)


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file; folders it names are looked for beside it.

    Raises:
        BadRecipe: the file is missing or not TOML, or a key is unknown, of a wrong type, or out
            of range; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadRecipe(f"there is no recipe {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecipe(f"recipe {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"recipe {path} is not TOML: {error}") from error
    if isinstance(base := content.get("base"), str) and (path.parent / base).is_dir():
        content["base"] = str((path.parent / base).resolve())
    recipe = parse(content)
    if recipe.data.folder:
        folder = str((path.parent / recipe.data.folder).resolve())
        recipe = replace(recipe, data=replace(recipe.data, folder=folder))
    return recipe


def parse(content: dict[str, Any]) -> Recipe:
    """A recipe from the tables of a TOML file, or from `Recipe.to_dict`."""
    recipe: Recipe = _table(Recipe, content, "")
    _agrees(recipe)
    return recipe


def _table(kind: Any, content: object, where: str) -> Any:
    if not isinstance(content, dict):
        raise BadRecipe(f"{where.rstrip('.')}: a table is wanted, not {content!r}")
    known = {one.name: one for one in fields(kind)}
    for name in content:
        if name not in known:
            raise BadRecipe(f"{where}{name}: there is no such key; known are {', '.join(known)}")
    types = get_type_hints(kind)
    given: dict[str, Any] = {}
    for name, value in content.items():
        if is_dataclass(types[name]):
            given[name] = _table(types[name], value, f"{where}{name}.")
        else:
            given[name] = _value(types[name], value, f"{where}{name}", dict(known[name].metadata))
    for name, one in known.items():
        if name not in given and one.default is MISSING and one.default_factory is MISSING:
            raise BadRecipe(f"{where}{name}: is missing: {one.metadata['says']}")
    return kind(**given)


def _value(kind: Any, value: Any, where: str, bounds: dict[str, Any]) -> Any:
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise BadRecipe(f"{where}: a list is wanted, not {value!r}")
        return tuple(_value(get_args(kind)[0], one, where, bounds) for one in value)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise BadRecipe(f"{where}: {value!r} is none of {', '.join(get_args(kind))}")
        return value
    taken: type | UnionType = int | float if kind is float else kind
    if not isinstance(value, taken) or (isinstance(value, bool) and kind is not bool):
        raise BadRecipe(f"{where}: {kind.__name__} is wanted, not {value!r}")
    _bounded(value, where, bounds)
    return kind(value)


def _bounded(value: Any, where: str, bounds: dict[str, Any]) -> None:
    for name, (holds, words) in BOUNDS.items():
        if name in bounds and not holds(value, bounds[name]):
            raise BadRecipe(f"{where}: {value} is out of range; give {words} {bounds[name]}")


def _agrees(recipe: Recipe) -> None:
    """What single keys cannot say: which of them mean nothing, or no good, together."""
    goal = recipe.objective
    if not goal.loss:
        raise BadRecipe("objective.loss: name at least one loss")
    if goal.loss == ("sft",):
        raise BadRecipe("objective.loss: `sft` alone is no preference loss; add `sigmoid`")
    if len(set(goal.loss)) != len(goal.loss):
        raise BadRecipe("objective.loss: a loss is named twice")
    if goal.loss_weights and len(goal.loss_weights) != len(goal.loss):
        raise BadRecipe("objective.loss_weights: one weight a loss, or none at all")
    if goal.label_smoothing and "robust" not in goal.loss:
        named = ", ".join(goal.loss)
        raise BadRecipe(f"objective.label_smoothing: {named} takes no notice of it; use `robust`")
    if "robust" in goal.loss and not goal.label_smoothing:
        raise BadRecipe("objective.label_smoothing: `robust` needs it above 0")


def find_recipe(path: Path) -> Path:
    """A file, or the name of a shipped recipe."""
    shipped = SHIPPED / f"{path.name}.toml"
    return shipped if not path.is_file() and path.name == str(path) and shipped.is_file() else path
