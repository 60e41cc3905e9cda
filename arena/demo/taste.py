"""What a simulated visitor likes and how it votes: a utility of scores, and a noisy choice."""

import math
from dataclasses import dataclass
from random import Random

from arena.demo.checker import Score
from ranking.votes import Winner

CARELESS = 0.05
FREE_WORDS = 12


@dataclass(frozen=True)
class Taste:
    """How much a visitor cares, in log-odds of preferring the answer that has it.

    `kept` is for the asked form and length, `wordy` is taken off for each word over twelve.
    """

    correct: float = 2.5
    polite: float = 0.0
    kept: float = 1.5
    wordy: float = 0.05

    def utility(self, score: Score) -> float:
        """How much this visitor likes an answer."""
        liked = self.correct * score.correct + self.polite * score.polite + self.kept * score.kept
        return liked - self.wordy * max(0, score.words - FREE_WORDS)

    def prefers_a(self, a: Score, b: Score) -> float:
        """The chance that a careful visitor, made to choose, takes a."""
        return 1 / (1 + math.exp(self.utility(b) - self.utility(a)))


TASTES: dict[str, Taste] = {"plain": Taste(), "polite": Taste(polite=1.0)}


def _margin(gap: float) -> int:
    return 1 if gap < 1 else 2 if gap < 2.5 else 3


def decide(rng: Random, a: Score, b: Score, taste: Taste) -> tuple[Winner, int]:
    """A vote on two judged answers and how much better (1 to 3) the winner was.

    One vote in twenty is careless. Two wrong answers that differ little are mostly both bad, two
    others that differ little mostly a tie; else the better one wins with the odds of its lead.
    """
    gap = abs(taste.utility(a) - taste.utility(b))
    if rng.random() < CARELESS:
        return rng.choice(list(Winner)), 1
    close = rng.random() < 0.8 * math.exp(-2 * gap)
    if not (a.correct or b.correct) and (close or rng.random() < 0.4):
        return Winner.both_bad, 1
    if close:
        return Winner.tie, 1
    won = rng.random() < taste.prefers_a(a, b)
    return (Winner.model_a if won else Winner.model_b), _margin(gap)
