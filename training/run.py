"""A run folder: what went in (recipe, data, base, parent, code), what came out, and its card."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from arena import __version__
from training.errors import BadRun
from training.recipe import Recipe, parse

RECIPE, RUN, METRICS, CARD = "recipe.json", "run.json", "metrics.json", "README.md"
LIBRARIES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate")
Result = Mapping[str, Any]


@dataclass(frozen=True)
class Origin:
    """What a run was made from; two runs of equal recipe and origin are the same run.

    `data`, `base` and `parent` are folders (or a hub id); the digests are of weights, of the
    dataset's manifest, and of each of its files.
    """

    data: str
    base: str
    base_digest: str | None
    parent: str | None
    parent_digest: str | None
    manifest: str
    files: Mapping[str, str]
    code: str = __version__
    versions: Mapping[str, str] = field(default_factory=lambda: installed())


@dataclass(frozen=True)
class Run:
    """A run folder as it stands; `result` is None until the run is whole."""

    folder: Path
    recipe: Recipe
    origin: Origin
    result: Result | None

    @property
    def adapter(self) -> Path:
        """Where the trained adapter lies once the run is whole."""
        return self.folder / "adapter"


def installed() -> dict[str, str]:
    """The versions of the libraries that matter for what comes out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def start(folder: Path, recipe: Recipe, origin: Origin, resume: bool) -> Run:
    """The run folder, new, or as it was left where `resume` says to go on with it.

    Raises:
        BadRun: the folder is not free, or holds a run of another recipe or other data.
    """
    if folder.exists() and not folder.is_dir():
        raise BadRun(f"{folder} is a file; give a folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not resume:
            raise BadRun(f"{folder} is not empty; give another folder, or --resume to go on")
        found = read_run(folder)
        _same(found, recipe, origin)
        return found
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RECIPE, recipe.to_dict())
    run = Run(folder, recipe, origin, None)
    _keep(run)
    return run


def finish(run: Run, result: Result) -> Run:
    """Keep what came out and write the card; the run is whole from here on."""
    from training.card import card

    whole = Run(run.folder, run.recipe, run.origin, result)
    (run.folder / CARD).write_text(card(whole), encoding="utf-8")
    _keep(whole)
    return whole


def abandon(folder: Path) -> None:
    """Remove a run folder that holds nothing worth resuming: no checkpoint, no adapter."""
    if not any(folder.glob("checkpoints/checkpoint-*")) and not (folder / "adapter").exists():
        shutil.rmtree(folder, ignore_errors=True)


def read_run(folder: Path) -> Run:
    """The run in a folder.

    Raises:
        BadRun: the folder holds none, or its files are damaged.
    """
    try:
        recipe = parse(json.loads((folder / RECIPE).read_text(encoding="utf-8")))
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return Run(folder, recipe, Origin(**content["origin"]), content["result"])
    except FileNotFoundError as error:
        raise BadRun(
            f"{folder} is no run folder: there is no {Path(error.filename).name}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRun(f"{folder} is no run folder: {RUN} is damaged") from error


def whole_run(folder: Path) -> Run:
    """The run in a folder, with its adapter and what came of it.

    Raises:
        BadRun: there is none, or it did not come to its end.
    """
    run = read_run(folder)
    if run.result is None or not run.adapter.is_dir():
        raise BadRun(f"run {folder} is not whole; finish it with `arena train dpo ... --resume`")
    return run


def write_json(path: Path, content: object) -> None:
    """Replace a JSON file in one step."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def _keep(run: Run) -> None:
    write_json(run.folder / RUN, {"origin": asdict(run.origin), "result": run.result})


def _same(found: Run, recipe: Recipe, origin: Origin) -> None:
    if found.recipe != recipe:
        raise BadRun(f"{found.folder} was started with another recipe; resume with that one")
    was, now = found.origin, origin
    if (was.manifest, dict(was.files)) != (now.manifest, dict(now.files)):
        raise BadRun(f"{found.folder} was started on other data; resume with that")
    if (was.base_digest, was.parent_digest) != (now.base_digest, now.parent_digest):
        raise BadRun(f"{found.folder} was started from another base or parent; resume with that")
