"""The three meanings of a tie: likelihoods that sum to one and derivatives that are theirs."""

from collections.abc import Callable

import numpy as np
import pytest

from ranking.ties import TIES, Terms
from ranking.votes import Floats

D = np.linspace(-4, 4, 9)
T = {"half": 0.0, "davidson": -0.4, "rao-kupper": 0.3}
STEP = 1e-5


def slope(of: Callable[[float], Floats]) -> Floats:
    return (of(STEP) - of(-STEP)) / (2 * STEP)


def terms(ties: str, shift: float = 0.0, tie_shift: float = 0.0) -> Terms:
    return TIES[ties].terms(D + shift, T[ties] + tie_shift)


@pytest.mark.parametrize("ties", TIES)
def test_the_chances_of_the_three_outcomes_sum_to_one(ties: str) -> None:
    assert np.allclose(terms(ties).chance.sum(axis=0), 1)


@pytest.mark.parametrize("ties", TIES)
def test_the_slope_is_the_derivative_of_the_likelihood(ties: str) -> None:
    assert np.allclose(terms(ties).slope, slope(lambda h: terms(ties, h).log), atol=1e-8)


@pytest.mark.parametrize("ties", TIES)
def test_the_curvature_is_minus_the_derivative_of_the_slope(ties: str) -> None:
    expected = -slope(lambda h: np.broadcast_to(terms(ties, h).slope, (3, len(D))))
    assert np.allclose(terms(ties).curvature, expected, atol=1e-8)


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
def test_the_derivatives_in_the_tie_parameter_are_right(ties: str) -> None:
    here = terms(ties).tie
    assert here is not None
    assert np.allclose(here.slope, slope(lambda h: terms(ties, 0, h).log), atol=1e-8)
    assert np.allclose(here.mixed, -slope(lambda h: terms(ties, 0, h).slope), atol=1e-8)
    expected = -slope(lambda h: terms(ties, 0, h).tie.slope)  # type: ignore[union-attr]
    assert np.allclose(here.curvature, expected, atol=1e-7)


def test_davidson_chances_are_the_published_ones() -> None:
    strong, weak, nu = 3.0, 2.0, 0.5
    both = nu * np.sqrt(strong * weak)
    chance = TIES["davidson"].terms(np.log([strong / weak]), np.log(nu)).chance.ravel()
    assert np.allclose(chance, np.array([strong, weak, both]) / (strong + weak + both))


def test_rao_kupper_chances_are_the_published_ones() -> None:
    strong, weak, threshold = 3.0, 2.0, 1.5
    win = strong / (strong + threshold * weak)
    loss = weak / (weak + threshold * strong)
    chance = TIES["rao-kupper"].terms(np.log([strong / weak]), np.log(threshold)).chance.ravel()
    assert np.allclose(chance, [win, loss, 1 - win - loss])


@pytest.mark.parametrize("ties", ["davidson", "rao-kupper"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_the_first_guess_gives_equal_models_the_share_of_ties_seen(ties: str, share: float) -> None:
    start = TIES[ties].start
    assert start is not None
    chance = TIES[ties].terms(np.zeros(1), start(share)).chance.ravel()
    assert chance[2] == pytest.approx(share)
