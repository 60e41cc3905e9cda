"""Simulated tastes: the better answer wins more often, and each taste minds what it minds."""

from collections import Counter
from random import Random

import pytest

from arena.demo import TASTES, Score, Taste, decide
from ranking.votes import Winner

GOOD = Score(correct=True, polite=False, format=True, length=True, words=5)
WRONG = Score(correct=False, polite=False, format=True, length=True, words=5)
KIND = Score(correct=True, polite=True, format=True, length=True, words=8)
LOOSE = Score(correct=True, polite=False, format=False, length=True, words=5)
LONG = Score(correct=True, polite=False, format=True, length=True, words=40)


def votes(a: Score, b: Score, taste: str, n: int = 2000) -> Counter[Winner]:
    rng = Random(2)
    return Counter(decide(rng, a, b, TASTES[taste])[0] for _ in range(n))


@pytest.mark.parametrize("taste", list(TASTES))
@pytest.mark.parametrize("worse", [WRONG, LOOSE, LONG])
def test_every_taste_prefers_the_better_answer_on_either_side(taste: str, worse: Score) -> None:
    left, right = votes(GOOD, worse, taste), votes(worse, GOOD, taste)
    assert left[Winner.model_a] > 2 * left[Winner.model_b]
    assert right[Winner.model_b] > 2 * right[Winner.model_a]


def test_only_the_polite_taste_minds_manners() -> None:
    minded, plain = votes(KIND, GOOD, "polite"), votes(KIND, GOOD, "plain")
    assert minded[Winner.model_a] > 1.8 * minded[Winner.model_b]
    assert plain[Winner.tie] > plain[Winner.model_a] + plain[Winner.model_b]


def test_courtesy_does_not_make_up_for_a_wrong_answer() -> None:
    courteous = Score(correct=False, polite=True, format=True, length=True, words=5)
    assert TASTES["polite"].utility(courteous) < TASTES["polite"].utility(GOOD)


def test_two_wrong_answers_are_mostly_both_bad() -> None:
    found = votes(WRONG, WRONG, "plain")
    assert found[Winner.both_bad] > 0.7 * found.total()


def test_two_equal_right_answers_are_mostly_a_tie_and_never_leaning() -> None:
    found = votes(GOOD, GOOD, "plain")
    assert found[Winner.tie] > 0.7 * found.total()
    assert abs(found[Winner.model_a] - found[Winner.model_b]) < 0.05 * found.total()


def test_a_right_answer_is_called_bad_only_by_a_careless_vote() -> None:
    assert votes(GOOD, WRONG, "plain")[Winner.both_bad] < 0.03 * 2000


def test_the_margin_grows_with_the_lead() -> None:
    rng, taste = Random(9), TASTES["plain"]
    far = [margin for _ in range(500) for _, margin in [decide(rng, GOOD, WRONG, taste)]]
    near = [margin for _ in range(500) for _, margin in [decide(rng, GOOD, LOOSE, taste)]]
    assert 1 <= sum(near) / 500 < sum(far) / 500 <= 3


def test_preference_is_antisymmetric() -> None:
    taste = Taste(polite=1.0)
    assert taste.prefers_a(KIND, WRONG) + taste.prefers_a(WRONG, KIND) == pytest.approx(1.0)


def test_words_over_twelve_cost_a_little_each() -> None:
    assert TASTES["plain"].utility(GOOD) - TASTES["plain"].utility(LONG) == pytest.approx(1.4)
