"""Strengths: worked examples by hand, and an independent optimiser."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from ranking import Cells, FitError, Votes, count
from ranking.bradley_terry import Fit, fit
from ranking.pairs import Pairs
from ranking.ties import TIES
from ranking.votes import Floats
from ranking.weights import normalised


def tally(*rows: tuple[str, str, str, int]) -> Pairs:
    return Pairs.of(Cells.from_columns(*zip(*rows, strict=True)))


def random_pairs(models: int, rows: int, seed: int) -> Pairs:
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=models)
    a = rng.integers(0, models, rows)
    b = (a + rng.integers(1, models, rows)) % models
    win = rng.random(rows) < 1 / (1 + np.exp(strength[b] - strength[a]))
    winner = np.where(rng.random(rows) < 0.2, rng.integers(2, 4, rows), np.where(win, 0, 1))
    names = tuple(f"m{i:03}" for i in range(models))
    codes = (a.astype(np.int32), b.astype(np.int32), winner.astype(np.int8))
    return normalised(Pairs.of(count(Votes(names, *codes, rng.exponential(size=rows)))))


def test_three_wins_to_one_are_odds_of_three() -> None:
    fitted = fit(tally(("x", "y", "model_a", 3), ("x", "y", "model_b", 1)))
    assert fitted.strengths[0] - fitted.strengths[1] == pytest.approx(math.log(3), abs=1e-12)


def test_a_tie_is_half_a_win() -> None:
    fitted = fit(tally(("x", "y", "model_a", 2), ("x", "y", "tie", 1), ("x", "y", "both_bad", 1)))
    assert fitted.strengths[0] - fitted.strengths[1] == pytest.approx(math.log(3), abs=1e-12)


def test_a_chain_adds_up() -> None:
    rows = [("x", "y", "model_a", 3), ("x", "y", "model_b", 1)]
    rows += [("y", "z", "model_a", 5), ("y", "z", "model_b", 1)]
    strengths = fit(tally(*rows)).strengths
    assert strengths[0] - strengths[2] == pytest.approx(math.log(15), abs=1e-11)
    assert strengths.sum() == pytest.approx(0, abs=1e-12)


def test_davidson_on_two_models_has_its_closed_form() -> None:
    rows = [("x", "y", "model_a", 6), ("x", "y", "model_b", 2), ("x", "y", "tie", 4)]
    fitted = fit(tally(*rows), "davidson")
    assert fitted.strengths[0] - fitted.strengths[1] == pytest.approx(math.log(3), abs=1e-9)
    assert math.exp(fitted.tie) == pytest.approx(4 / math.sqrt(12), abs=1e-9)


def test_rao_kupper_on_two_models_has_its_closed_form() -> None:
    rows = [("x", "y", "model_a", 6), ("x", "y", "model_b", 2), ("x", "y", "tie", 4)]
    fitted = fit(tally(*rows), "rao-kupper")
    d = fitted.strengths[0] - fitted.strengths[1]
    assert 1 / (1 + math.exp(fitted.tie - d)) == pytest.approx(0.5, abs=1e-9)
    assert 1 / (1 + math.exp(fitted.tie + d)) == pytest.approx(1 / 6, abs=1e-9)


def loss(x: Floats, pairs: Pairs, ties: str) -> float:
    d = x[pairs.first] - x[pairs.second]
    terms = TIES[ties].terms(d, float(x[-1]) if len(x) > pairs.size else 0.0)
    return float(-(pairs.weight * terms.log).sum() / pairs.weight.sum())


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("seed", range(3))
def test_an_independent_optimiser_finds_the_same_strengths(ties: str, seed: int) -> None:
    pairs = random_pairs(8, 600, seed)
    fitted = fit(pairs, ties)
    start = np.zeros(8) if ties == "half" else np.append(np.zeros(8), 0.3)
    bounds = [(None, None)] * 8 + [(1e-3 if ties == "rao-kupper" else None, None)] * (
        len(start) - 8
    )
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 2000, "maxfun": 100_000}
    found = minimize(loss, start, (pairs, ties), "L-BFGS-B", bounds=bounds, options=options)
    assert fitted.strengths == pytest.approx(found.x[:8] - found.x[:8].mean(), abs=2e-5)
    if ties != "half":
        assert fitted.tie == pytest.approx(found.x[8], abs=2e-5)


def test_few_iterations_reach_a_billionth() -> None:
    fitted = fit(random_pairs(60, 20_000, 1))
    assert fitted.iterations <= 8
    assert fitted.tolerance == 1e-9


def test_the_scores_cancel_at_the_maximum() -> None:
    pairs = random_pairs(30, 5000, 2)
    d = (strengths := fit(pairs).strengths)[pairs.first] - strengths[pairs.second]
    slope = (pairs.weight * TIES["half"].terms(d, 0).slope).sum(axis=0)
    assert np.abs(pairs.per_model(slope, -slope)).max() < 1e-9


def test_a_long_chain_of_crushing_wins_is_fitted() -> None:
    rows = []
    for rung in range(20):
        pair = (f"m{rung:02}", f"m{rung + 1:02}")
        rows += [(*pair, "model_a", 999), (*pair, "model_b", 1)]
    strengths = fit(normalised(tally(*rows))).strengths
    assert -np.diff(strengths) == pytest.approx(math.log(999), abs=1e-7)


def test_counts_of_very_different_size_are_fitted() -> None:
    rows = [("x", "y", "model_a", 10**9), ("x", "y", "model_b", 1), ("y", "z", "tie", 1)]
    strengths = fit(normalised(tally(*rows))).strengths
    assert strengths[0] - strengths[1] == pytest.approx(math.log(1e9), rel=1e-6)


def test_a_newcomer_that_only_won_moves_nobody_else() -> None:
    settled = [("x", "y", "model_a", 30), ("x", "y", "model_b", 10), ("y", "z", "tie", 7)]
    before = fit(tally(*settled)).strengths
    after = fit(tally(*settled, ("zz", "x", "model_a", 4))).strengths
    assert after[:3] == pytest.approx(before, abs=1e-12)


def test_a_newcomer_that_only_won_rests_on_one_imagined_tie() -> None:
    settled = [("x", "y", "tie", 10)]
    strengths = fit(tally(*settled, ("z", "x", "model_a", 3))).strengths
    assert strengths[2] == pytest.approx(math.log(3.5 / 0.5), abs=1e-9)


def test_two_models_and_one_winner_are_finite_and_mirrored() -> None:
    strengths = fit(tally(("x", "y", "model_a", 5))).strengths
    assert strengths[0] == pytest.approx(-strengths[1], abs=1e-9)
    assert 0 < strengths[0] < 5


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
@pytest.mark.parametrize(
    "rows",
    [
        [("x", "y", "tie", 5)],
        [("x", "y", "model_a", 5), ("x", "y", "model_b", 5)],
        [("x", "y", "model_a", 1), ("x", "y", "tie", 1)],
        [("x", "y", "model_a", 1)],
    ],
    ids=["only ties", "no ties", "a win and a tie", "one win"],
)
def test_a_tie_model_without_a_maximum_falls_back_to_half(
    ties: str, rows: list[tuple[str, str, str, int]]
) -> None:
    fitted = fit(tally(*rows), ties)
    assert fitted.ties == "half"
    assert fitted.strengths == pytest.approx(fit(tally(*rows)).strengths)


def test_weights_nine_orders_apart_are_fitted_as_well_as_digits_allow() -> None:
    rows = [("x", "y", "tie"), ("y", "z", "model_a"), ("y", "z", "model_b"), ("z", "w", "tie")]
    weight = [5e3, 2e-6, 1e-6, 5e3]
    votes = Votes.from_strings(*zip(*rows, strict=True), weight=weight)
    fitted = fit(normalised(Pairs.of(count(votes))))
    w, x, y, z = fitted.strengths
    assert 1e-9 <= fitted.tolerance < 1e-5
    assert (x - y, z - w) == pytest.approx((0, 0), abs=1e-6)
    assert y - z == pytest.approx(math.log(2), abs=1e-5)


def test_a_lopsided_newcomer_under_a_tie_model_is_fitted_without_leaping_away() -> None:
    rows = [("b", "d", "tie", 2), ("d", "e", "model_b", 60), ("b", "e", "tie", 1)]
    rows += [("b", "e", "model_b", 2), ("e", "d", "model_b", 1), ("a", "d", "model_a", 500)]
    fitted = fit(tally(*rows), "rao-kupper")
    assert fitted.ties == "rao-kupper"
    assert 0 < fitted.strengths[0] < 25


def test_a_warm_start_reaches_the_same_place() -> None:
    pairs = random_pairs(10, 800, 5)
    cold = fit(pairs)
    warm = fit(pairs, start=cold)
    assert warm.iterations <= 2
    assert warm.strengths == pytest.approx(cold.strengths, abs=1e-9)


def test_what_cannot_settle_says_so() -> None:
    pairs = tally(("x", "y", "model_a", 1), ("x", "y", "model_b", 1))
    lopsided = pairs.weight.copy()
    lopsided[1] = 1e-300
    with pytest.raises(FitError, match="did not settle"):
        fit(Pairs(2, pairs.first, pairs.second, pairs.count, lopsided, lopsided, pairs.factor))


def test_a_fit_says_how_it_was_reached() -> None:
    fitted = fit(random_pairs(5, 200, 0), "davidson")
    assert isinstance(fitted, Fit)
    assert (fitted.ties, fitted.tolerance) == ("davidson", 1e-9)
    assert fitted.iterations > 0
