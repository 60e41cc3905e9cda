"""How often two judges agree, with and without ties, with intervals clustered by question.

Both setups are those of Zheng et al. 2023 (arXiv 2306.05685): every two judgments of one pair of
answers, by different judges, either agree or do not; with ties as an answer of its own, or among
judgments that both name a winner.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ranking.errors import VotesError
from ranking.pairs import TIE, slot
from ranking.votes import Codes, Floats, Indices, Strings, factorise, recode, winner_codes

OUTCOMES: Final = 3


@dataclass(frozen=True, eq=False)
class Judgments:
    """One row a judgment: who judged which two answers to which question, and what was said.

    `unit` stands for the two answers (question, turn and pair of models, in either order); `said`
    is 0 where the model first in the alphabet won, 1 where the other did, 2 for a tie.
    """

    judges: tuple[str, ...]
    judge: Codes
    question: Indices
    unit: Indices
    said: Indices

    def __len__(self) -> int:
        return len(self.said)

    @classmethod
    def from_strings(
        cls,
        question: Strings,
        model_a: Strings,
        model_b: Strings,
        winner: Strings,
        judge: Strings,
        turn: Iterable[int] | None = None,
    ) -> Self:
        """Columns of text; an absent name or an unknown winner is refused with its row."""
        asked, _ = factorise("question", question)
        who, judges = factorise("judge", judge)
        (a, names_a), (b, names_b) = factorise("model_a", model_a), factorise("model_b", model_b)
        names = sorted({*names_a, *names_b})
        code_of = {name: code for code, name in enumerate(names)}
        a = recode(a, [code_of[name] for name in names_a])
        b = recode(b, [code_of[name] for name in names_b])
        said = slot(a, b, winner_codes(winner))
        turns = np.zeros(len(a), np.int64) if turn is None else np.asarray(list(turn), np.int64)
        if not len(a) == len(b) == len(asked) == len(who) == len(said) == len(turns):
            raise VotesError("the columns of the judgments differ in length")
        keys = np.stack([asked, turns, np.minimum(a, b), np.maximum(a, b)])
        unit = np.unique(keys, axis=1, return_inverse=True)[1].ravel() if len(a) else turns
        return cls(tuple(judges), who, asked.astype(np.int64), unit, said)

    def by(self, judges: Iterable[str]) -> Self:
        """The judgments of these judges."""
        wanted = set(judges)
        marked = np.array([name in wanted for name in self.judges], dtype=bool)
        return self._only(marked[self.judge] if len(self) else np.zeros(0, bool))

    def decisive(self) -> Self:
        """Those that name a winner."""
        return self._only(self.said != TIE)

    def _only(self, kept: NDArray[np.bool_]) -> Self:
        return replace(
            self,
            judge=self.judge[kept],
            question=self.question[kept],
            unit=self.unit[kept],
            said=self.said[kept],
        )


@dataclass(frozen=True)
class Share:
    """A share of cases with its 95 % interval; `questions` are the clusters it rests on."""

    share: float
    lower: float
    upper: float
    cases: int
    questions: int


@dataclass(frozen=True)
class Agreement:
    """How often two judges agree; `chance`: how often they would if each answered blindly."""

    agreed: Share
    chance: float

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, as a part of what there could be (Cohen 1960)."""
        return (self.agreed.share - self.chance) / (1 - self.chance) if self.chance < 1 else 0.0


def agreement(one: Judgments, other: Judgments | None = None, *, ties: bool = True) -> Agreement:
    """Over every two judgments of a unit, one of each side; within one group where no other is.

    Two judgments of a unit by the same judge are not compared. `ties` False leaves out every
    judgment that is a tie. Raises VotesError where nobody judged the same unit.
    """
    left, right = (one, other or one) if ties else (one.decisive(), (other or one).decisive())
    counts = [_counts(side) for side in (left, right)]
    judged = sorted(set(counts[0]) & set(counts[1]))
    rows = [_compared(counts[0][unit], counts[1][unit]) for unit in judged]
    agreed, compared = np.array(rows, dtype=np.float64).reshape(-1, 2).T
    if not compared.sum():
        raise VotesError("no two judges judged the same pair of answers")
    if other is None:  # each two were met twice
        agreed, compared = agreed / 2, compared / 2
    asked = dict(zip(left.unit.tolist(), left.question.tolist(), strict=True))
    question = np.array([asked[unit] for unit in judged])
    blind = [np.bincount(side.said, minlength=OUTCOMES) / len(side) for side in (left, right)]
    return Agreement(clustered(agreed, compared, question), float(blind[0] @ blind[1]))


def clustered(hits: Floats, cases: Floats, question: Indices) -> Share:
    """The share of hits among cases, each row of a question; rows of one question hang together.

    A ratio of sums with its linearised variance (Cochran 1977), questions drawn with replacement,
    and Student's t. Where all or none are hits: Wilson's bound, a question counted as one case.
    """
    _, place = np.unique(question[cases > 0], return_inverse=True)
    hit, case = np.bincount(place, hits[cases > 0]), np.bincount(place, cases[cases > 0])
    questions, total = len(case), float(case.sum())
    share = float(hit.sum()) / total
    if questions < 2:
        return Share(share, 0.0, 1.0, round(total), questions)
    t = float(stdtrit(questions - 1, 0.975))
    spread = float(((hit - share * case) ** 2).sum()) * questions / (questions - 1)
    margin = t * math.sqrt(spread) / total
    lower, upper = max(share - margin, 0.0), min(share + margin, 1.0)
    edge = t**2 / (questions + t**2)
    if share == 0.0:
        upper = edge
    elif share == 1.0:
        lower = 1 - edge
    return Share(share, lower, upper, round(total), questions)


def _counts(side: Judgments) -> dict[int, list[tuple[int, int]]]:
    """Per unit: who said what."""
    found: dict[int, list[tuple[int, int]]] = {}
    columns = (side.unit.tolist(), side.judge.tolist(), side.said.tolist())
    for unit, judge, said in zip(*columns, strict=True):
        found.setdefault(unit, []).append((judge, said))
    return found


def _compared(left: list[tuple[int, int]], right: list[tuple[int, int]]) -> tuple[int, int]:
    """How many of the judgments of two judges agree, of how many."""
    met = [(said, heard) for who, said in left for whom, heard in right if who != whom]
    return sum(said == heard for said, heard in met), len(met)
