"""Votes as columns of codes: which two models met, who won, and what the vote weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, Protocol, Self, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from ranking.errors import VotesError

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Reals = NDArray[np.float32] | Floats
Indices = NDArray[np.int64]
S = TypeVar("S", bound=np.generic)


class Chunked(Protocol):
    """A column in Arrow's arrays, as `pyarrow.ChunkedArray` is or as a file gives it bit by bit."""

    def __len__(self) -> int: ...
    def iterchunks(self) -> Iterator[Any]: ...


Strings = Iterable[str | None] | Chunked  # a list, a numpy array, a column of pandas or of Arrow


class Winner(StrEnum):
    """What a vote said; the order of the members is the order of the codes 0, 1, 2, 3."""

    model_a = "model_a"
    model_b = "model_b"
    tie = "tie"
    both_bad = "both_bad"


WINNERS: Final = tuple(Winner)
SPELLINGS: Final = {**{w.value: code for code, w in enumerate(WINNERS)}, "tie (bothbad)": 3}
PIECE: Final = 1 << 18  # rows of text looked up at once
SPELLED: Final = np.array(list(SPELLINGS.values()), dtype=np.int8)


@dataclass(frozen=True, eq=False)
class Votes:
    """One row a vote; `a` and `b` index `names`, `winner` indexes `WINNERS`.

    `weight` multiplies a vote (absent: 1 each), `voter` says whose it was, `probability` is the
    chance its pair was drawn with, `time` when it was given, in seconds since 1970 (UTC).
    `covariates` (votes x features, in the order of `features`) hold what besides the models may
    have moved a vote, each as a difference: above 0 where side a has more of it; single precision
    is kept as it is. Raises VotesError for a row that means nothing.
    """

    names: tuple[str, ...]
    a: Codes
    b: Codes
    winner: NDArray[np.int8]
    weight: Floats | None = None
    voter: Codes | None = None
    probability: Floats | None = None
    time: Floats | None = None
    features: tuple[str, ...] = ()
    covariates: Reals | None = None

    def __post_init__(self) -> None:
        for column in (self.b, self.winner, self.weight, self.voter, self.probability, self.time):
            if column is not None and column.shape != self.a.shape:
                raise VotesError("the columns of the votes differ in length")
        if self.covariates is not None:
            _require_covariates(self.covariates, len(self.a), self.features)
        _require_codes("model_a", self.a, len(self.names))
        _require_codes("model_b", self.b, len(self.names))
        _require_codes("winner", self.winner, len(WINNERS))
        if self.weight is not None:
            wrong = ~(np.isfinite(self.weight) & (self.weight >= 0))
            _refuse_number("weight", self.weight, wrong, "a number of 0 or more")
        if self.probability is not None:
            wrong = ~((self.probability > 0) & (self.probability <= 1))
            _refuse_number("pair_probability", self.probability, wrong, "above 0 and at most 1")
        if self.time is not None:
            _refuse_number("timestamp", self.time, ~np.isfinite(self.time), "a time")

    def __len__(self) -> int:
        return len(self.a)

    @property
    def mirrored(self) -> NDArray[np.bool_]:
        """The votes in which a model met itself: they say nothing about strength."""
        same: NDArray[np.bool_] = self.a == self.b
        return same

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The votes that are marked, over the same names."""
        return self if kept.all() else self._rows(kept)

    def every(self, step: int) -> Self:
        """One vote in so many, evenly spread, over the same names."""
        return self._rows(slice(None, None, step))

    def _rows(self, kept: NDArray[np.bool_] | slice) -> Self:
        return replace(
            self,
            a=self.a[kept],
            b=self.b[kept],
            winner=self.winner[kept],
            weight=_rows(self.weight, kept),
            voter=_rows(self.voter, kept),
            probability=_rows(self.probability, kept),
            time=_rows(self.time, kept),
            covariates=None if self.covariates is None else self.covariates[kept],
        )

    @classmethod
    def from_strings(
        cls,
        model_a: Strings,
        model_b: Strings,
        winner: Strings,
        *,
        weight: ArrayLike | None = None,
        voter: Strings | None = None,
        probability: ArrayLike | None = None,
        time: ArrayLike | None = None,
        features: tuple[str, ...] = (),
        covariates: ArrayLike | None = None,
    ) -> Self:
        """Factorise columns of text once; rows in errors count from 1."""
        with ThreadPoolExecutor(3) as pool:  # Arrow holds no lock while it looks words up
            first = pool.submit(factorise, "model_a", model_a)
            second = pool.submit(factorise, "model_b", model_b)
            third = pool.submit(winner_codes, winner)
            (codes_a, names_a), (codes_b, names_b) = first.result(), second.result()
            said = third.result()
        names = tuple(sorted({*names_a, *names_b}))
        code_of = {name: code for code, name in enumerate(names)}
        return cls(
            names,
            _renumbered(codes_a, [code_of[name] for name in names_a]),
            _renumbered(codes_b, [code_of[name] for name in names_b]),
            said,
            _floats("weight", weight),
            None if voter is None else factorise("judge", voter)[0],
            _floats("pair_probability", probability),
            _floats("timestamp", time),
            features,
            _reals("covariates", covariates),
        )


def factorise(column: str, values: Strings) -> tuple[Codes, list[str]]:
    """Codes and the names they stand for; an absent or empty name is refused with its row."""
    place: dict[str, int] = {}
    codes = _coded(
        column, values, lambda word: place.setdefault(word, len(place)) if word else -1, np.int32
    )
    if (row := _outside(codes, len(place))) is not None:
        raise VotesError(f"{column} is missing", row + 1)
    return codes, list(place)


def winner_codes(values: Strings) -> NDArray[np.int8]:
    """Codes of `WINNERS`; a value outside them is refused with its row, never read as a tie."""
    text = _arrow("winner", values)
    if _is_text(getattr(text, "type", None)):
        place = pc.index_in(text, value_set=pa.array(list(SPELLINGS), type=text.type))
        if not place.null_count:
            meant: NDArray[np.int8] = SPELLED[place.to_numpy()]
            return meant
    known = _coded("winner", text, lambda word: SPELLINGS.get(word or "", -1), np.int8)
    if (row := _outside(known, len(WINNERS))) is not None:
        codes, said = factorise("winner", text)
        raise VotesError(
            f"unknown winner {said[codes[row]]!r}; use model_a, model_b, tie or both_bad", row + 1
        )
    return known


def _coded(
    column: str, values: Strings, code_of: Callable[[str | None], int], kind: type[S]
) -> NDArray[S]:
    """The code of each row; every word is asked for once a part, an absent one is -1."""
    text = _arrow(column, values)
    codes, done = np.empty(len(text), kind), 0
    for piece in _pieces(text):
        encoded = _dictionary(column, piece)
        new = [code_of(word) for word in encoded.dictionary.to_pylist()]
        indices = encoded.indices.fill_null(-1) if encoded.null_count else encoded.indices
        held = np.from_dlpack(indices)  # to_numpy() would import pandas where it is installed
        codes[done : done + len(piece)] = np.array([*new, -1], kind)[held]  # -1: the last
        done += len(piece)
    return codes


def recode(codes: Codes, new: ArrayLike) -> Codes:
    """Replace every code by the one that stands at its place in `new`."""
    return np.asarray(new, dtype=np.int32)[codes] if len(codes) else codes


def _renumbered(codes: Codes, new: list[int]) -> Codes:
    """`recode` in the same memory, for codes nobody else reads."""
    table = np.array(new, np.int32)
    for start in range(0, len(codes), PIECE):
        part = codes[start : start + PIECE]
        part[:] = table[part]
    return codes


def _arrow(column: str, values: Strings) -> Any:
    """The column in Arrow's arrays."""
    if hasattr(values, "iterchunks"):
        return values
    try:
        array: Any = values
        if not isinstance(array, pa.Array):
            array = pa.array(array if hasattr(array, "__array__") else list(array))
        return array
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise VotesError(f"{column} does not hold text ({error})") from error


def _pieces(text: Any) -> Iterator[pa.Array]:
    """Parts whose codes stay in the cache; whole chunks where they share a dictionary."""
    for chunk in text.iterchunks() if hasattr(text, "iterchunks") else [text]:
        step = max(len(chunk), 1) if pa.types.is_dictionary(chunk.type) else PIECE
        yield from (chunk.slice(start, step) for start in range(0, len(chunk), step))


def _dictionary(column: str, piece: pa.Array) -> pa.DictionaryArray:
    if pa.types.is_null(piece.type):
        piece = piece.cast(pa.string())
    try:
        encoded = piece.dictionary_encode()
    except pa.ArrowInvalid as error:
        raise VotesError(f"{column} does not hold text ({error})") from error
    if not _is_text(kind := encoded.type.value_type):
        raise VotesError(f"{column} holds {kind}, not text")
    return encoded


def _is_text(kind: Any) -> bool:
    return kind is not None and bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _floats(column: str, values: ArrayLike | None) -> Floats | None:
    if values is None:
        return None
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise VotesError(f"{column} does not hold numbers ({error})") from error


def _reals(column: str, values: ArrayLike | None) -> Reals | None:
    if isinstance(values, np.ndarray) and values.dtype == np.float32:
        return np.ascontiguousarray(values)
    return _floats(column, values)


def _first(wrong: NDArray[np.bool_]) -> int | None:
    """Index of the first row that is wrong."""
    return int(np.argmax(wrong)) if wrong.any() else None


def _outside(codes: NDArray[Any], size: int) -> int | None:
    """Index of the first code that is not below `size`, looked for only where there is one."""
    if not len(codes) or (codes.min() >= 0 and codes.max() < size):
        return None
    return _first((codes < 0) | (codes >= size))


def _require_codes(column: str, codes: NDArray[Any], size: int) -> None:
    if (row := _outside(codes, size)) is not None:
        raise VotesError(f"{column} code {codes[row]} is outside the {size} known", row + 1)


def _refuse_number(column: str, values: Reals, wrong: NDArray[np.bool_], wanted: str) -> None:
    if (row := _first(wrong)) is not None:
        raise VotesError(f"{column} is {values[row]:g}, which is not {wanted}", row + 1)


def _require_covariates(values: Reals, votes: int, features: tuple[str, ...]) -> None:
    if values.shape != (votes, len(features)):
        raise VotesError(f"covariates of {len(features)} features have shape {values.shape}")
    for place, name in enumerate(features):
        _refuse_number(name, values[:, place], ~np.isfinite(values[:, place]), "a number")


def _rows(column: NDArray[S] | None, kept: NDArray[np.bool_] | slice) -> NDArray[S] | None:
    return None if column is None else column[kept]
