"""The bootstrap: against full refits, against the sandwich, and on samples that fall apart."""

import numpy as np
import pytest

from ranking import Votes, count
from ranking.bootstrap import bootstrap, refit
from ranking.bradley_terry import fit
from ranking.intervals import Bounds, sandwich
from ranking.pairs import Pairs
from ranking.ties import TIES
from tests.test_ranking_intervals import draw, everyone, margins


def resampled(pairs: Pairs, rounds: int, seed: int = 0) -> tuple[Bounds, Bounds]:
    """Bootstrap bounds and sandwich bounds."""
    fitted, listed = fit(pairs), everyone(pairs)
    plain = sandwich(pairs, fitted, listed)
    rng = np.random.default_rng(seed)
    return bootstrap(pairs, fitted, listed, rounds, rng, plain), plain


def test_the_bootstrap_agrees_with_the_sandwich_on_many_votes() -> None:
    found, plain = resampled(Pairs.of(count(draw(5000, seed=5))), 400)
    assert margins(found) == pytest.approx(margins(plain), rel=0.15)


@pytest.mark.parametrize("ties", TIES)
def test_two_steps_reach_the_full_refit(ties: str) -> None:
    """Within a thousandth of a strength, a sixth of a rating point, with 400 votes a model."""
    fitted = fit(Pairs.of(count(draw(1000, seed=8))), ties)
    for seed in range(5):
        sample = Pairs.of(count(draw(1000, seed=seed)))
        assert refit(sample, fitted) == pytest.approx(fit(sample, ties).strengths, abs=1e-3)


def test_a_sample_that_falls_apart_is_fitted_in_full() -> None:
    rows = [("x", "y", "tie")] * 9 + [("y", "z", "tie")] * 9 + [("z", "x", "tie")]
    fitted = fit(Pairs.of(count(Votes.from_strings(*zip(*rows, strict=True)))))
    cells = count(Votes.from_strings(*zip(*rows, strict=True)))
    lonely = np.where(cells.a + cells.b == 1, cells.count, 0)  # only x and y met
    sample = Pairs.of(
        type(cells)(
            cells.names, cells.a, cells.b, cells.outcome, lonely, lonely * 1.0, lonely * 1.0
        )
    )
    assert np.isfinite(refit(sample, fitted)).all()


def test_the_bootstrap_survives_resamples_that_fall_apart() -> None:
    votes = Votes.from_strings(
        ["x", "x", "y", "z"], ["y", "y", "x", "x"], ["model_a", "model_b", "tie", "tie"]
    )
    found, _ = resampled(Pairs.of(count(votes)), 50)
    assert np.isfinite(found).all()


def test_models_with_few_votes_keep_the_bounds_that_do_not_collapse() -> None:
    rows = [("x", "y", "model_a")] * 99 + [("x", "y", "model_b")] * 99 + [("z", "x", "tie")] * 9
    found, plain = resampled(Pairs.of(count(Votes.from_strings(*zip(*rows, strict=True)))), 50)
    assert margins(found)[2] == margins(plain)[2]
    assert margins(found)[0] != margins(plain)[0]
