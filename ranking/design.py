"""Votes with covariates as rows of a logistic regression, summed in chunks.

A row x is +1 and -1 at the two models and the covariates beside them. It is never written out: a
chunk of votes is read as codes and covariates, and what it adds is summed by pair and by model.
A row is computed in the type of the covariates; sums over chunks are in double precision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, hstack

from ranking.errors import OptionError
from ranking.pairs import Pairs
from ranking.votes import Codes, Floats, Indices, Reals, Votes

CHUNK: Final = 1 << 16  # rows at once: what they need stays in the cache
LARGEST: Final = 1 << 20  # rows at once where there are many models, each chunk touching all pairs
SIGN: Final = np.array([1.0, -1.0, 0.0, 0.0])  # 2y - 1 for each code of WINNERS


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some votes: their models, pair, covariates, outcome, and weight where not all weigh 1."""

    a: Codes
    b: Codes
    pair: Indices
    x: Reals
    sign: Reals
    weight: Reals | None


def root_mean_square(covariates: Reals) -> Floats:
    """Of each column; 0 where no two sides differ."""
    square, one = np.zeros(covariates.shape[1]), np.ones(CHUNK, covariates.dtype)
    for start in range(0, len(covariates), CHUNK):
        part = covariates[start : start + CHUNK]
        square += one[: len(part)] @ np.square(part)
    return np.sqrt(square / max(len(covariates), 1))


def in_type_of(covariates: Reals, values: Floats) -> Reals:
    """The values in single precision where the covariates are."""
    return values.astype(np.float32) if covariates.dtype == np.float32 else values


class Form:
    """Sum over votes of value * x x^T."""

    def __init__(self, size: int, features: int) -> None:
        self.size = size
        self.edge = np.zeros(size * size)
        self.cross = np.zeros((size, features))
        self.block = np.zeros((features, features))

    def add(self, value: Reals, chunk: Chunk) -> None:
        """Add a chunk's votes, each with its value."""
        self.edge += np.bincount(chunk.pair, value, len(self.edge))
        self.cross += by_model(value, chunk.a, self.size) @ chunk.x
        self.cross -= by_model(value, chunk.b, self.size) @ chunk.x
        self.block += (chunk.x.T * value) @ chunk.x

    def matrix(self) -> Floats:
        """Models first, covariates last."""
        edge = self.edge.reshape(self.size, self.size)
        laplacian = -(edge + edge.T)
        np.fill_diagonal(laplacian, -laplacian.sum(axis=1))
        return np.block([[laplacian, self.cross], [self.cross.T, self.block]])


def by_model(value: Reals, codes: NDArray[Any], size: int) -> Any:
    """Sparse models x votes: each vote's value in the row of its model."""
    starts = np.arange(len(codes) + 1, dtype=np.int32)
    return csc_array((value, codes, starts), shape=(size, len(codes)))


@dataclass(frozen=True, eq=False)
class Look:
    """At one point: the log-likelihood's slope and minus its curvature.

    Where asked for, also the sums of squared scores: as observed (`meat`) and as the model itself
    expects them (`expected`).
    """

    score: Floats
    bend: Floats
    meat: Floats | None = None
    expected: Floats | None = None


@dataclass(frozen=True, eq=False)
class Design:
    """Votes, what `pairs` multiply each pair's votes with, and the unit of each covariate."""

    votes: Votes
    pairs: Pairs
    scale: Floats

    @property
    def size(self) -> int:
        """How many models there are."""
        return self.pairs.size

    @property
    def covariates(self) -> Reals:
        """Those of the votes, as they came: not divided by `scale`."""
        assert self.votes.covariates is not None
        return self.votes.covariates

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The votes that are marked, in the same units."""
        return replace(self, votes=self.votes.only(kept))

    def every(self, step: int) -> Self:
        """One vote in so many, evenly spread."""
        return replace(self, votes=self.votes.every(step))

    @cached_property
    def factor(self) -> Floats | None:
        """What a vote is multiplied with on top of its own weight, by ordered pair."""
        if np.all(self.pairs.factor == 1):
            return None
        table = np.zeros((self.size, self.size))
        table[self.pairs.first, self.pairs.second] = self.pairs.factor
        table[self.pairs.second, self.pairs.first] = self.pairs.factor
        return table.ravel()

    def chunks(self) -> Iterator[Chunk]:
        """The votes in order, so many at a time that tables over all pairs cost little."""
        votes, sign = self.votes, in_type_of(self.covariates, SIGN)
        step = min(max(CHUNK, self.size * self.size), LARGEST)
        for start in range(0, len(votes), step):
            rows = slice(start, start + step)
            a, b = votes.a[rows], votes.b[rows]
            pair = a * np.int64(self.size) + b
            weight = None if votes.weight is None else votes.weight[rows]
            if self.factor is not None:
                weight = self.factor[pair] * (1.0 if weight is None else weight)
            x, said = self.covariates[rows], sign[votes.winner[rows]]
            real = None if weight is None else in_type_of(x, weight)
            yield Chunk(a, b, pair, x, said, real)

    def half_logits(self, at: Floats) -> tuple[Reals, Reals]:
        """Half the logit that each ordered pair has from its strengths; half a coefficient."""
        strengths, beta = at[: self.size] / 2, at[self.size :] / self.scale / 2
        table = np.subtract.outer(strengths, strengths).ravel()
        return in_type_of(self.covariates, table), in_type_of(self.covariates, beta)

    def pushes(self, at: Floats) -> Iterator[tuple[Chunk, Reals, Reals]]:
        """Per chunk each vote's y - p and p (1 - p), p = sigma(d) = (1 + tanh(d/2)) / 2."""
        table, beta = self.half_logits(at)
        for chunk in self.chunks():
            t = table[chunk.pair]
            t += chunk.x @ beta
            np.tanh(t, out=t)
            push = (chunk.sign - t) / 2
            t *= t
            yield chunk, push, (1 - t) / 4

    def look(self, at: Floats, *, meat: bool = False) -> Look:
        """Strengths first, then coefficients for covariates divided by `scale`."""
        features = self.covariates.shape[1]
        bend, squares, expected = (Form(self.size, features) for _ in range(3))
        by_pair, slope = np.zeros(self.size * self.size), np.zeros(features)
        for chunk, push, spread in self.pushes(at):
            if chunk.weight is not None:
                push *= chunk.weight
                spread *= chunk.weight
            by_pair += np.bincount(chunk.pair, push, len(by_pair))
            slope += push @ chunk.x
            bend.add(spread, chunk)
            if meat:
                squares.add(push * push, chunk)
                if chunk.weight is not None:
                    expected.add(spread * chunk.weight, chunk)
        table = by_pair.reshape(self.size, self.size)
        score = np.append(table.sum(axis=1) - table.sum(axis=0), slope)
        unit = np.append(np.ones(self.size), 1 / self.scale)
        square = np.multiply.outer(unit, unit)
        plain = bend.matrix() * square
        if not meat:
            return Look(score * unit, plain)
        weighted = self.votes.weight is not None or self.factor is not None
        model = expected.matrix() * square if weighted else plain
        return Look(score * unit, plain, squares.matrix() * square, model)

    def scores_by_voter(self, at: Floats) -> Floats:
        """Sum over voters of the outer product of their summed scores, times K/(K-1)."""
        assert self.votes.voter is not None
        voters, who = np.unique(self.votes.voter, return_inverse=True)
        if len(voters) < 2:
            raise OptionError("intervals by voter need at least two voters")
        models, covered, done = [], [], 0
        for chunk, push, _ in self.pushes(at):
            value = push if chunk.weight is None else push * chunk.weight
            here = by_model(value, who[done : done + len(value)], len(voters))
            one = np.ones(len(value))
            models.append(
                here @ (by_model(one, chunk.a, self.size).T - by_model(one, chunk.b, self.size).T)
            )
            covered.append(here @ chunk.x)
            done += len(value)
        totals = hstack([sum(models), csr_array(sum(covered) / self.scale)])
        product: Floats = (totals.T @ totals).toarray()
        return product * (len(voters) / (len(voters) - 1))
