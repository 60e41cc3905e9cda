"""Length-controlled win rate: what it promises, and its fit beside another optimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from ranking.errors import VotesError
from ranking.length_control import lasso, length_controlled, log_loss
from ranking.votes import Floats, Indices


def world(
    model: float, length: float, questions: int = 800, seed: int = 1
) -> tuple[Floats, Floats, Floats, Indices]:
    """Preferences moved by the model and by tanh of the length difference over its deviation."""
    rng = np.random.default_rng(seed)
    ours, theirs = rng.normal(1_500, 400, questions), rng.normal(1_000, 400, questions)
    apart = ours - theirs
    chance = expit(model + length * np.tanh(apart / apart.std(ddof=1)))
    return (rng.random(questions) < chance).astype(float), ours, theirs, np.arange(questions)


def test_a_verbose_equal_loses_what_its_length_won() -> None:
    found = length_controlled(*world(0.0, 1.5))
    assert found.raw > 0.65 and found.lower < 0.5 < found.upper
    assert found.length == pytest.approx(1.5, abs=0.4)


def test_where_length_moves_nothing_the_win_rate_stays() -> None:
    found = length_controlled(*world(0.6, 0.0))
    assert found.win_rate == pytest.approx(found.raw, abs=0.03)


def test_against_itself_a_model_wins_half() -> None:
    _, ours, _, question = world(0.0, 0.0)
    found = length_controlled(np.full(len(ours), 0.5), ours, ours, question)
    assert found.win_rate == 0.5 and found.length == 0.0


def test_changing_sides_turns_the_win_rate_over() -> None:
    preference, ours, theirs, question = world(0.4, 1.0)
    one = length_controlled(preference, ours, theirs, question)
    other = length_controlled(1 - preference, theirs, ours, question)
    assert one.win_rate == pytest.approx(1 - other.win_rate, abs=1e-6)
    assert one.length == pytest.approx(other.length, abs=1e-5)


def test_the_interval_covers_the_win_rate_at_equal_lengths() -> None:
    truth, inside = expit(0.5), 0
    for seed in range(100):
        found = length_controlled(*world(0.5, 1.0, 400, seed))
        inside += found.lower <= truth <= found.upper
    assert 0.89 <= inside / 100 <= 0.99


def test_a_question_asked_many_times_is_one_observation() -> None:
    preference, ours, theirs, question = world(0.3, 0.5, 200)
    four = [np.repeat(column, 4) for column in (preference, ours, theirs, question)]
    one, many = length_controlled(*world(0.3, 0.5, 200)), length_controlled(*four)
    assert many.upper - many.lower == pytest.approx(one.upper - one.lower, rel=0.1)


def test_a_questions_difficulty_enters_where_it_is_known() -> None:
    rng = np.random.default_rng(4)
    hard = rng.normal(0, 1, 1_500)
    preference = (rng.random(1_500) < expit(0.2 + 1.5 * hard)).astype(float)
    lengths = rng.normal(1_000, 100, (2, 1_500))
    found = length_controlled(preference, *lengths, np.arange(1_500), hard)
    assert found.difficulty == pytest.approx(1.5, abs=0.3)
    assert found.win_rate == pytest.approx(preference.mean(), abs=0.02)


@pytest.mark.parametrize("strength", [0.01, 0.05, 1.0, 1e4])
def test_the_penalised_fit_is_another_optimisers(strength: float) -> None:
    rng = np.random.default_rng(5)
    design = rng.normal(0, 1, (300, 3))
    preference = rng.random(300)

    def loss(at: Floats) -> float:
        return float(at.sum()) / strength + log_loss(design @ (at[:3] - at[3:]), preference)

    bounds, options = [(0, None)] * 6, {"ftol": 1e-15, "gtol": 1e-8, "maxiter": 5_000}
    there = minimize(loss, np.full(6, 0.1), bounds=bounds, method="L-BFGS-B", options=options).x
    assert lasso(design, preference, strength) == pytest.approx(there[:3] - there[3:], abs=2e-4)


def test_what_cannot_be_preferences_is_refused() -> None:
    lengths, question = np.ones(3), np.arange(3)
    with pytest.raises(VotesError, match="outside 0 to 1"):
        length_controlled(np.array([0.0, 1, 2]), lengths, lengths, question)
    with pytest.raises(VotesError, match="differ in length"):
        length_controlled(np.array([0.0, 1]), lengths, lengths, question)
