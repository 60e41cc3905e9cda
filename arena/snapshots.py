"""What a snapshot is made of: blocks of tallies and boards, and a content that names them by hash.

The content is small and kept for ever, so the chain can always be walked; blocks are shared by the
snapshots they did not change in, and those of most old snapshots are dropped (`arena.thinning`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from arena.errors import Misconfigured
from arena.store.sums import Tallied
from ranking import Cells, Leaderboard
from ranking.votes import WINNERS

FORMAT = 2
OUTCOMES = len(WINNERS)


@dataclass(frozen=True, slots=True)
class Blocks:
    """One category in a snapshot: the hashes of its tally and of the board fitted to it."""

    tally: str
    board: str


def digest(text: str | bytes) -> str:
    """SHA-256 in hexadecimal digits: the name of a block, the hash of a content."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def tally_block(category: str, tallied: Tallied, names: Mapping[int, str]) -> bytes:
    """A category's tally under public names: rows of [i, j, i won, j won, ties, both bad].

    `weights` (sums, then sums of squares, an outcome each) are there only where a vote did not
    weigh 1.
    """
    met = tallied.count.any(axis=1)
    first, second, count = tallied.first[met], tallied.second[met], tallied.count[met]
    codes = np.unique(np.concatenate([first, second]))
    places = [np.searchsorted(codes, side)[:, None] for side in (first, second)]
    weight, square = tallied.weight[met], tallied.square[met]
    plain = np.array_equal(weight, count) and np.array_equal(square, count)
    content = {
        "category": category,
        "models": [names[code] for code in codes.tolist()],
        "pairs": np.ascontiguousarray(np.hstack([*places, count])),
        "weights": None if plain else np.ascontiguousarray(np.hstack([weight, square])),
    }
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def cells_of(tally: Mapping[str, Any]) -> Cells:
    """A tally block as the ranking room takes it.

    Raises:
        Misconfigured: it is not a tally block.
    """
    try:
        names = tuple(tally["models"])
        pairs = np.array(tally["pairs"], dtype=np.int64).reshape(-1, 2 + OUTCOMES)
        count = pairs[:, 2:].ravel()
        summed = squared = count.astype(np.float64)
        if tally["weights"] is not None:
            weights = np.array(tally["weights"], dtype=np.float64).reshape(-1, 2 * OUTCOMES)
            summed, squared = weights[:, :OUTCOMES].ravel(), weights[:, OUTCOMES:].ravel()
        a, b = (np.repeat(pairs[:, side], OUTCOMES).astype(np.int32) for side in (0, 1))
        outcome = np.tile(np.arange(OUTCOMES, dtype=np.int8), len(pairs))
        held = count > 0
        sums = (count[held], summed[held], squared[held])
        return Cells(names, a[held], b[held], outcome[held], *sums)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Misconfigured(f"this is not a tally: {error}") from error


def cells_of_sums(tallied: Tallied, names: Mapping[int, str]) -> Cells:
    """A category's sums as the ranking room takes them: what `cells_of` makes of their block."""
    row, outcome = np.nonzero(tallied.count > 0)
    sides = tallied.first[row], tallied.second[row]
    codes, place = np.unique(np.concatenate(sides), return_inverse=True)
    a, b = place.astype(np.int32).reshape(2, -1)
    return Cells(
        tuple(names[code] for code in codes.tolist()),
        a,
        b,
        outcome.astype(np.int8),
        tallied.count[row, outcome],
        tallied.weight[row, outcome],
        tallied.square[row, outcome],
    )


def board_block(category: str, board: Leaderboard) -> bytes:
    """A category's board as it is shown."""
    shown = {name: getattr(board, name) for name in ("method", "votes", "models", "warnings")}
    return orjson.dumps({"category": category, **shown})


def content_of(
    when: datetime,
    previous: str | None,
    kinds: Sequence[str],
    blocks: Mapping[str, Blocks],
    signer: Mapping[str, str | None],
    version: str,
) -> str:
    """What is hashed and signed: the hash before, the key, and every block by its hash."""
    content = {
        "format": FORMAT,
        "version": version,
        "time": when.isoformat(timespec="milliseconds"),
        "previous": previous,
        "kinds": list(kinds),
        **signer,
        "categories": {
            name: {"tally": found.tally, "board": found.board} for name, found in blocks.items()
        },
    }
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def blocks_of(content: Mapping[str, Any]) -> dict[str, Blocks]:
    """The blocks a content names; none in the first format, which held everything itself."""
    if content.get("format") != FORMAT:
        return {}
    return {name: Blocks(**found) for name, found in content["categories"].items()}
