"""What can be seen in a snapshot's boards and tallies: who beat whom, expected wins, categories."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Row = dict[str, Any]
TEN_TO_ONE = 400.0  # rating points that make odds of ten to one
HUNDREDTH = 4  # decimals of a chance


def chances(ratings: Sequence[float]) -> Floats:
    """The chance that the row's model beats the column's, ties counted as half."""
    strength = np.array(ratings, dtype=np.float64) * (math.log(10) / TEN_TO_ONE)
    found: Floats = 1 / (1 + np.exp(strength[None, :] - strength[:, None]))
    return found


def tables(tally: Mapping[str, Any], order: Sequence[str]) -> tuple[NDArray[np.int64], Floats]:
    """Battles and wins of every model (row) against every other, in the order asked for."""
    place = {name: at for at, name in enumerate(order)}
    at = np.array([place.get(name, -1) for name in tally["models"]], dtype=np.int64)
    size = len(order)
    battles, wins = np.zeros((size, size), np.int64), np.zeros((size, size))
    rows = np.array(tally["pairs"], dtype=np.int64).reshape(-1, 6)
    i, j = at[rows[:, 0]], at[rows[:, 1]]
    battles[i, j] = battles[j, i] = rows[:, 2:].sum(axis=1)
    wins[i, j], wins[j, i] = rows[:, 2], rows[:, 3]
    return battles, wins


def together(battles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which two models a chain of battles joins: others cannot be compared."""
    _, group = connected_components(csr_array(battles > 0), directed=False)
    joined: NDArray[np.bool_] = np.equal.outer(group, group)
    return joined


def win_rates(ratings: Sequence[float], joined: NDArray[np.bool_]) -> list[float | None]:
    """The mean chance of each model against the others it can be compared with."""
    others = joined & ~np.eye(len(ratings), dtype=bool)
    held = others.sum(axis=1)
    mean = np.where(others, chances(ratings), 0.0).sum(axis=1) / np.maximum(held, 1)
    return _numbers(np.where(held > 0, mean, np.nan))


def pairs_view(board: Mapping[str, Any], tally: Mapping[str, Any]) -> Row:
    """Everyone against everyone, best first: battles, share of the decisive ones, expected wins."""
    order = [row["model"] for row in board["models"]]
    battles, wins = tables(tally, order)
    decisive = wins + wins.T
    share = np.where(decisive > 0, wins / np.maximum(decisive, 1), np.nan)
    expected = chances([row["rating"] for row in board["models"]])
    seen = together(battles) & ~np.eye(len(order), dtype=bool)
    return {
        "models": order,
        "battles": battles.tolist(),
        "wins": [_numbers(row) for row in share],
        "predicted": [_numbers(row) for row in np.where(seen, expected, np.nan)],
    }


def categories_view(boards: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> Row:
    """Every model in every category, in the order of the first: its rating and its rank."""
    found = {name: {row["model"]: row for row in boards[name]["models"]} for name in names}
    models = list(dict.fromkeys(model for rows in found.values() for model in rows))
    return {
        "models": models,
        "categories": list(names),
        **{
            told: [[found[name].get(model, {}).get(key) for name in names] for model in models]
            for told, key in (("ratings", "rating"), ("ranks", "rank"))
        },
    }


def rounded(rows: Sequence[Row], step: float) -> list[Row]:
    """The rows with ratings in whole steps; models whose ratings are alike then share a rank."""
    if not step:
        return list(rows)
    ratings = [_to_step(row["rating"], step) for row in rows]
    return [
        {
            **row,
            **{name: _to_step(row[name], step) for name in ("rating", "lower", "upper")},
            "rank": 1 + sum(other > rating for other in ratings),
        }
        for row, rating in zip(rows, ratings, strict=True)
    ]


def _to_step(value: float | None, step: float) -> Any:
    return None if value is None else round(round(value / step) * step, 6)


def _numbers(values: Floats) -> list[float | None]:
    """Rounded, with None for what is not known."""
    tidy = np.round(values, HUNDREDTH)
    return [
        None if unknown else value
        for value, unknown in zip(tidy.tolist(), np.isnan(tidy).tolist(), strict=True)
    ]


def pairs_rows(view: Mapping[str, Any]) -> list[Row]:
    """One row for every two models that met, or could be expected to."""
    models = view["models"]
    return [
        {
            "model": model,
            "opponent": models[other],
            "battles": view["battles"][at][other],
            "wins": view["wins"][at][other],
            "predicted": view["predicted"][at][other],
        }
        for at, model in enumerate(models)
        for other in range(len(models))
        if at != other
    ]


def history_rows(view: Mapping[str, Any]) -> list[Row]:
    """One row for every model and time at which it was rated."""
    return [
        {
            "time": time,
            "model": line["model"],
            **{n: line[n][at] for n in ("rating", "lower", "upper")},
        }
        for line in view["models"]
        for at, time in enumerate(view["times"])
        if line["rating"][at] is not None
    ]


def categories_rows(view: Mapping[str, Any]) -> list[Row]:
    """One row for every model and category in which it was rated."""
    return [
        {"model": model, "category": name, "rating": ratings[at], "rank": ranks[at]}
        for model, ratings, ranks in zip(
            view["models"], view["ratings"], view["ranks"], strict=True
        )
        for at, name in enumerate(view["categories"])
        if ratings[at] is not None
    ]


COLUMNS: dict[str, tuple[str, ...]] = {
    "leaderboard": (
        *("rank", "model", "rating", "lower", "upper", "rank_lower", "rank_upper", "votes", "wins"),
        *("losses", "ties", "provisional", "organization", "license", "price", "state"),
        *("style_delta", "win_rate"),
    ),
    "pairs": ("model", "opponent", "battles", "wins", "predicted"),
    "history": ("time", "model", "rating", "lower", "upper"),
    "robustness": ("above", "below", "drop", "flip", "votes"),
    "categories": ("model", "category", "rating", "rank"),
    "sampling": ("provider", "model", "draws", "share"),
}
ROWS: dict[str, Callable[[Mapping[str, Any]], list[Row]]] = {
    "leaderboard": lambda view: list(view["models"]),
    "pairs": pairs_rows,
    "history": history_rows,
    "robustness": lambda view: list(view["pairs"]),
    "categories": categories_rows,
    "sampling": lambda view: list(view["models"]),
}
