"""Ours and the peers of the speed benchmark, each from strings and from codes.

Every side answers with its ratings in the order of the world's sorted names, or None for a model
it does not know; what comes before that answer is timed. FastChat's rating code is in no release:
its file `fastchat/serve/monitor/rating_systems.py` is read from where FASTCHAT_RATING_SYSTEMS says,
or from .venv-bench/rating_systems.py.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.speed_worlds import World

Ratings = dict[Any, float]  # by name, or by code
Side = Callable[[], Ratings]
ROOT = Path(__file__).resolve().parent.parent
OUTCOMES = {1.0: 1.0, 0.5: 0.5, 0.0: 0.0}


def fastchat_file() -> Path:
    """Where FastChat's rating code is, if it is anywhere."""
    return Path(os.environ.get("FASTCHAT_RATING_SYSTEMS") or ROOT / ".venv-bench/rating_systems.py")


@cache
def fastchat() -> Any:
    """FastChat's rating code as a module; None where it is not."""
    file = fastchat_file()
    if not file.exists():
        return None
    spec = importlib.util.spec_from_file_location("rating_systems", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its bootstrap sends functions to other processes by name
    spec.loader.exec_module(module)
    return module


def ours(world: World, bootstrap: int = 0) -> dict[str, Side]:
    """Fit with intervals."""
    from ranking import Votes, rate

    frame, names = world.frame, tuple(world.names)

    def strings() -> Ratings:
        votes = Votes.from_strings(frame["model_a"], frame["model_b"], frame["winner"])
        return {m.model: m.rating for m in rate(votes, bootstrap=bootstrap).models}

    def coded() -> Ratings:
        board = rate(Votes(names, world.a, world.b, world.winner), bootstrap=bootstrap)
        return {m.model: m.rating for m in board.models}

    return {"strings": strings, "codes": coded}


def arena_rank(world: World) -> dict[str, Side]:
    """Fit with its sandwich intervals, the default."""
    import pandas as pd
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    score = _scores(world)
    coded_frame = pd.DataFrame({"model_a": world.a, "model_b": world.b, "winner": score})

    def rated(dataset: Any) -> Ratings:
        found = BradleyTerry(len(dataset.competitors)).compute_ratings_and_cis(dataset)
        return dict(zip(found["competitors"], map(float, found["ratings"]), strict=True))

    return {
        "strings": lambda: rated(PairDataset.from_pandas(world.frame)),
        "codes": lambda: rated(PairDataset.from_pandas(coded_frame, outcome_map=OUTCOMES)),
    }


def evalica(world: World) -> dict[str, Side]:
    """A point fit; from strings with the lists it asks for, from codes with those at hand."""
    import evalica as peer

    means = dict(zip(("model_a", "model_b"), (peer.Winner.X, peer.Winner.Y), strict=True))
    frame = world.frame

    def rated(first: list[Any], second: list[Any], said: list[Any]) -> Ratings:
        return dict(peer.bradley_terry(first, second, said).scores)

    def strings() -> Ratings:
        said = [means.get(word, peer.Winner.Draw) for word in frame["winner"].tolist()]
        return _logits(rated(frame["model_a"].tolist(), frame["model_b"].tolist(), said))

    four = [peer.Winner.X, peer.Winner.Y, peer.Winner.Draw, peer.Winner.Draw]
    lists = world.a.tolist(), world.b.tolist(), [four[code] for code in world.winner.tolist()]
    return {"strings": strings, "codes": lambda: _logits(rated(*lists))}


def fastchat_fit(world: World) -> dict[str, Side]:
    """A point fit; from codes with models as integers and winners as a categorical column."""
    import pandas as pd

    peer = fastchat()
    coded_frame = pd.DataFrame(
        {
            "model_a": world.a,
            "model_b": world.b,
            "winner": pd.Categorical(world.frame["winner"]),
        }
    )
    return {
        "strings": lambda: dict(peer.compute_bt(world.frame)),
        "codes": lambda: dict(peer.compute_bt(coded_frame)),
    }


def sides(world: World) -> dict[str, dict[str, Side]]:
    """All that can be measured here, by name."""
    found = {"agon": ours(world), "arena-rank": arena_rank(world), "evalica": evalica(world)}
    return found | ({"FastChat": fastchat_fit(world)} if fastchat() else {})


def from_file(side: str, file: Path) -> Any:
    """Rate a Parquet file the way a user of that side would; imports are made before."""
    if side == "agon":
        from ranking import rate, read_votes

        return rate(read_votes(file))
    import pandas as pd

    from benchmarks.speed_worlds import COLUMNS

    frame = pd.read_parquet(file, columns=COLUMNS)
    if side == "arena-rank":
        from arena_rank.models.bradley_terry import BradleyTerry
        from arena_rank.utils.data_utils import PairDataset

        dataset = PairDataset.from_pandas(frame)
        return BradleyTerry(len(dataset.competitors)).compute_ratings_and_cis(dataset)
    if side == "FastChat":
        return fastchat().compute_bt(frame)
    import evalica as peer

    means = {"model_a": peer.Winner.X, "model_b": peer.Winner.Y}
    said = [means.get(word, peer.Winner.Draw) for word in frame["winner"].tolist()]
    return peer.bradley_terry(frame["model_a"].tolist(), frame["model_b"].tolist(), said)


def _scores(world: World) -> Any:
    import numpy as np

    return np.array([1.0, 0.0, 0.5, 0.5])[world.winner]


def _logits(scores: Ratings) -> Ratings:
    """evalica's positive scores on the scale of ratings."""
    from math import log10

    return {name: 400 * log10(score) for name, score in scores.items()}
