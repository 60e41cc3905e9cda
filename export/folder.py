"""The dataset folder: made beside its place and moved there whole, or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from export.errors import Unusable

OURS = frozenset({"data", "README.md", "manifest.json", "croissant.json"})


@contextmanager
def workshop(out: Path, overwrite: bool) -> Iterator[tuple[Path, Path]]:
    """A new dataset folder and a scratch folder; at the block's end the first becomes `out`.

    Both lie in a hidden folder on the same disk, which is removed whatever happens. A block that
    raises leaves `out` as it was.

    Raises:
        Unusable: `out` is a file, or holds something that may not be replaced.
    """
    out = out.expanduser().resolve()
    check_free(out, overwrite)
    ground = next(parent for parent in out.parents if parent.is_dir())
    hidden = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=ground))
    try:
        dataset, scratch = hidden / "dataset", hidden / "scratch"
        dataset.mkdir()
        scratch.mkdir()
        yield dataset, scratch
        check_free(out, overwrite)
        _move(dataset, out, hidden / "replaced" if overwrite else None)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def check_free(out: Path, overwrite: bool) -> None:
    """Only a missing or empty folder is free, or with `overwrite` one that holds a dataset.

    Raises:
        Unusable: it is not.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise Unusable(f"{out} is a file; give a folder")
    held = {path.name for path in out.iterdir()}
    if held and not overwrite:
        raise Unusable(f"{out} is not empty; give another folder, or --overwrite to replace it")
    if held and not ("manifest.json" in held and held <= OURS):
        raise Unusable(f"{out} holds more than a dataset; --overwrite replaces only a dataset")


def _move(dataset: Path, out: Path, aside: Path | None) -> None:
    """One rename where the place is free; else the old folder goes `aside`, if it may."""
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        dataset.rename(out)
    except OSError:
        if aside is None or not out.is_dir():
            raise
        out.rename(aside)
        try:
            dataset.rename(out)
        except OSError:
            aside.rename(out)
            raise
