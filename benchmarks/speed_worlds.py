"""Votes to measure speed on: the real file, and simulated ones of any size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ["model_a", "model_b", "winner"]
SAID = ["model_a", "model_b", "tie", "both_bad"]  # in the order of the codes
TIES = 0.28  # share of votes without a winner, about that of the real file
PART = 5_000_000  # votes simulated at once: bounds what simulating itself holds


@dataclass(frozen=True, eq=False)
class World:
    """The same votes as text in a data frame and as codes of sorted names."""

    label: str
    frame: Any
    names: list[str]
    a: Any
    b: Any
    winner: Any


def real(file: Path) -> World:
    """The votes of a file, its strings factorised by a library that no side uses to rate."""
    import numpy as np
    import pandas as pd

    frame = pd.read_parquet(file, columns=COLUMNS)
    names = sorted({*frame["model_a"], *frame["model_b"]})
    a, b, winner = (
        pd.Categorical(frame[column], categories=known).codes.astype(kind)
        for column, known, kind in zip(
            COLUMNS, (names, names, SAID), (np.int32, np.int32, np.int8), strict=True
        )
    )
    return World(f"{len(frame):,} real", frame, names, a, b, winner)


def simulated(votes: int, models: int) -> World:
    """Votes of models that meet unequally often, as strings and as codes."""
    a, b, winner = codes(votes, models)
    names = [f"provider-{place % 17:02d}/model-{place:03d}-instruct" for place in range(models)]
    order = sorted(range(models), key=names.__getitem__)
    frame = table([names[place] for place in order], a, b, winner).to_pandas()
    return World(f"{votes / 1e6:g}M simulated", frame, sorted(names), a, b, winner)


def codes(votes: int, models: int, seed: int = 0) -> tuple[Any, Any, Any]:
    """Columns of codes from a Bradley-Terry world in which some models meet more often."""
    import numpy as np

    rng = np.random.default_rng(seed)
    strength, crowd = rng.normal(0, 0.8, models), rng.dirichlet(np.full(models, 2.0))
    a, b = np.empty(votes, np.int32), np.empty(votes, np.int32)
    winner = np.empty(votes, np.int8)
    for start in range(0, votes, PART):
        rows = slice(start, min(start + PART, votes))
        size = rows.stop - start
        a[rows] = rng.choice(models, size, p=crowd)
        b[rows] = (a[rows] + rng.integers(1, models, size)) % models
        chance = 1 / (1 + np.exp(strength[b[rows]] - strength[a[rows]]))
        winner[rows] = rng.random(size) >= chance
        winner[rows][rng.random(size) < TIES] = 2
    both_bad = (winner == 2) & (a % 2 == 0)
    winner[both_bad] = 3
    return a, b, winner


def table(names: list[str], a: Any, b: Any, winner: Any) -> Any:
    """An Arrow table of plain text, as files and data frames hold votes."""
    import pyarrow as pa

    known = {"model_a": (a, names), "model_b": (b, names), "winner": (winner, SAID)}
    return pa.table(
        {
            column: pa.DictionaryArray.from_arrays(held, words).cast(pa.large_string())
            for column, (held, words) in known.items()
        }
    )


def write(votes: int, models: int, file: Path) -> None:
    """Simulated votes as a Parquet file, for sides that are measured from the file."""
    import pyarrow.parquet as pq

    names = [f"provider-{place % 17:02d}/model-{place:03d}-instruct" for place in range(models)]
    pq.write_table(table(sorted(names), *codes(votes, models)), file)
