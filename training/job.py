"""One DPO run, from recipe and data to a whole run folder; all is checked before it starts."""

from collections.abc import Callable
from pathlib import Path

from training.errors import BadAdapter, BadData
from training.pairs import Pairs, read_pairs
from training.recipe import DEMO, Recipe
from training.run import Origin, Run, abandon, finish, start, whole_run
from training.weights import check_adapter, fingerprint

Progress = Callable[[int, int, dict[str, float]], None]


def silent(step: int, steps: int, metrics: dict[str, float]) -> None:
    """A progress report that nobody hears."""


def run_dpo(
    recipe: Recipe,
    data: Path | None,
    out: Path,
    parent: Path | None = None,
    resume: bool = False,
    progress: Progress = silent,
) -> Run:
    """Train, or go on training, into the run folder `out`.

    `parent` is the adapter to continue, or the run folder that holds it; None starts a fresh one
    on the base. A run that fails before its first checkpoint leaves no folder behind.

    Raises:
        TrainingError: whatever is wrong with recipe, data, parent or folder, in one line.
    """
    folder = data or (Path(recipe.data.folder) if recipe.data.folder else None)
    if folder is None:
        raise BadData("no dataset folder: give --data DIR, or data.folder in the recipe")
    base = base_of(recipe)
    adapter = parent_adapter(parent) if parent else None
    where = Path(base) if Path(base).is_dir() else None
    if adapter:
        check_adapter(adapter, where)
    pairs = read_pairs(folder, recipe.data)
    origin = Origin(
        data=str(folder.resolve()),
        base=base,
        base_digest=fingerprint(where) if where else None,
        parent=str(adapter) if adapter else None,
        parent_digest=fingerprint(adapter) if adapter else None,
        manifest=pairs.manifest,
        files=pairs.files,
    )
    run = start(out, recipe, origin, resume)
    if run.result is not None:
        return run
    try:
        return _train(run, pairs, adapter, resume, progress)
    except BaseException:  # Ctrl-C too: what cannot be resumed is not left lying about
        abandon(out)
        raise


def base_of(recipe: Recipe) -> str:
    """The folder or hub id of the recipe's base."""
    if recipe.base != DEMO:
        return recipe.base
    from arena.demo.manifest import read_manifest

    shipped = read_manifest()
    return str(shipped.path(shipped.base))


def parent_adapter(parent: Path) -> Path:
    """The adapter in a folder, or in the run folder that was named in its stead."""
    if (parent / "adapter_config.json").is_file():
        return parent.resolve()
    if (parent / "run.json").is_file():
        return whole_run(parent).adapter.resolve()
    raise BadAdapter(f"{parent} holds neither an adapter nor a run")


def _train(run: Run, pairs: Pairs, parent: Path | None, resume: bool, progress: Progress) -> Run:
    from training.dpo import train

    done = train(run.recipe, pairs, run.origin.base, parent, run.folder, resume, progress)
    result = {
        "pairs": done.pairs,
        "steps": done.steps,
        "left_out": {**pairs.left_out, "max_length": done.too_long},
        "held_out": {"pairs": done.held_out, "before": done.before, "after": done.after},
        "first": done.metrics[0],
        "last": done.metrics[-1],
    }
    return finish(run, result)
