"""Intervals: against the formulas written out vote by vote, and against simulation."""

import numpy as np
import pytest

from ranking import Votes, count
from ranking.bradley_terry import Fit, fit
from ranking.intervals import Z, bootstrap, centre, sandwich
from ranking.pairs import Pairs
from ranking.ties import TIES
from ranking.votes import Floats

MODELS = 5


def draw(rows: int, seed: int, voters: int = 0, weighted: bool = False) -> Votes:
    """Votes between five models half a unit apart, one in five a tie."""
    rng = np.random.default_rng(seed)
    strength = np.arange(MODELS) / 2
    a = rng.integers(0, MODELS, rows)
    b = (a + rng.integers(1, MODELS, rows)) % MODELS
    won = rng.random(rows) < 1 / (1 + np.exp(strength[b] - strength[a]))
    winner = np.where(rng.random(rows) < 0.2, 2, np.where(won, 0, 1))
    return Votes(
        tuple("abcde"),
        a.astype(np.int32),
        b.astype(np.int32),
        winner.astype(np.int8),
        weight=rng.exponential(size=rows) if weighted else None,
        voter=rng.integers(0, voters, rows).astype(np.int32) if voters else None,
    )


def everyone(pairs: Pairs) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(pairs.size, bool)


def margins(bounds: tuple[Floats, Floats]) -> Floats:
    return (bounds[1] - bounds[0]) / 2


def log_likelihood(x: Floats, votes: Votes, ties: str) -> Floats:
    """Of every vote on its own."""
    tie = float(x[MODELS]) if len(x) > MODELS else 0.0
    terms = TIES[ties].terms(x[votes.a] - x[votes.b], tie)
    return terms.log[np.minimum(votes.winner, 2), np.arange(len(votes))]


def numerical_scores(x: Floats, votes: Votes, ties: str) -> Floats:
    steps = np.eye(len(x)) * 1e-5
    up = [log_likelihood(x + step, votes, ties) for step in steps]
    down = [log_likelihood(x - step, votes, ties) for step in steps]
    weight = np.ones(len(votes)) if votes.weight is None else votes.weight
    return weight[:, None] * (np.array(up) - np.array(down)).T / 2e-5


def by_brute_force(votes: Votes, fitted: Fit) -> Floats:
    """H^-1 B H^-1 with every derivative taken numerically, one vote at a time."""
    x = fitted.strengths if fitted.ties == "half" else np.append(fitted.strengths, fitted.tie)
    scores = numerical_scores(x, votes, fitted.ties)
    if votes.voter is not None:
        voters = np.unique(votes.voter)
        scores = np.array([scores[votes.voter == v].sum(axis=0) for v in voters])
        scores *= np.sqrt(len(voters) / (len(voters) - 1))

    def total(y: Floats) -> Floats:
        summed: Floats = numerical_scores(y, votes, fitted.ties).sum(axis=0)
        return summed

    bend = -np.array([total(x + step) - total(x - step) for step in np.eye(len(x)) * 1e-4]) / 2e-4
    inverse = np.linalg.pinv(bend, rcond=1e-6)
    covariance = inverse @ scores.T @ scores @ inverse
    return Z * np.sqrt(np.diag(covariance)[:MODELS])


@pytest.mark.parametrize("ties", TIES)
def test_the_sandwich_is_the_one_computed_by_brute_force(ties: str) -> None:
    votes = draw(400, seed=1, weighted=True)
    pairs = Pairs.of(count(votes))
    fitted = fit(pairs, ties)
    assert fitted.ties == ties
    ours = margins(sandwich(pairs, fitted, everyone(pairs)))
    assert ours == pytest.approx(by_brute_force(votes, fitted), rel=1e-3)


@pytest.mark.parametrize("ties", TIES)
def test_errors_by_voter_are_those_computed_by_brute_force(ties: str) -> None:
    votes = draw(400, seed=2, voters=20, weighted=True)
    pairs = Pairs.of(count(votes))
    fitted = fit(pairs, ties)
    ours = margins(sandwich(pairs, fitted, everyone(pairs), votes))
    assert ours == pytest.approx(by_brute_force(votes, fitted), rel=1e-3)


def test_a_voter_for_every_vote_gives_the_plain_sandwich() -> None:
    votes = draw(1000, seed=3)
    alone = Votes(
        votes.names, votes.a, votes.b, votes.winner, voter=np.arange(1000, dtype=np.int32)
    )
    pairs = Pairs.of(count(votes))
    fitted = fit(pairs)
    plain = margins(sandwich(pairs, fitted, everyone(pairs)))
    by_voter = margins(sandwich(pairs, fitted, everyone(pairs), alone))
    assert by_voter == pytest.approx(plain * np.sqrt(1000 / 999), rel=1e-9)


def test_a_voter_who_repeats_every_vote_widens_the_interval_by_root_two() -> None:
    once = draw(1000, seed=4)
    columns = [np.tile(column, 2) for column in (once.a, once.b, once.winner)]
    twice = Votes(once.names, *columns, voter=np.tile(np.arange(1000, dtype=np.int32), 2))
    pairs = Pairs.of(count(twice))
    fitted = fit(pairs)
    plain = margins(sandwich(pairs, fitted, everyone(pairs)))
    by_voter = margins(sandwich(pairs, fitted, everyone(pairs), twice))
    assert by_voter == pytest.approx(plain * np.sqrt(2 * 1000 / 999), rel=1e-9)


def test_95_of_100_intervals_hold_the_truth() -> None:
    """Without ties the votes follow the model; 300 boards of 5 give a rate within 0.02."""
    truth = np.arange(MODELS) / 2 - 1
    held = []
    for seed in range(300):
        votes = draw(800, seed=seed)
        pairs = Pairs.of(count(votes.only(votes.winner < 2)))
        lower, upper = sandwich(pairs, fit(pairs), everyone(pairs))
        held.append((lower < truth) & (truth < upper))
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_the_bootstrap_agrees_with_the_sandwich_on_many_votes() -> None:
    pairs = Pairs.of(count(draw(5000, seed=5)))
    fitted = fit(pairs)
    plain = margins(sandwich(pairs, fitted, everyone(pairs)))
    rng = np.random.default_rng(0)
    resampled = margins(bootstrap(pairs, fitted, everyone(pairs), 400, rng))
    assert resampled == pytest.approx(plain, rel=0.15)


def test_the_bootstrap_survives_resamples_that_fall_apart() -> None:
    votes = Votes.from_strings(
        ["x", "x", "y", "z"], ["y", "y", "x", "x"], ["model_a", "model_b", "tie", "tie"]
    )
    pairs = Pairs.of(count(votes))
    lower, upper = bootstrap(pairs, fit(pairs), everyone(pairs), 50, np.random.default_rng(0))
    assert np.isfinite([lower, upper]).all()


def test_two_ties_do_not_pass_for_certainty() -> None:
    rows = [("x", "y", "model_a")] * 60 + [("x", "y", "model_b")] * 60 + [("z", "x", "tie")] * 2
    votes = Votes.from_strings(*zip(*rows, strict=True))
    pairs = Pairs.of(count(votes))
    z = margins(sandwich(pairs, fit(pairs), everyone(pairs)))[2]
    by_the_model = Z * np.sqrt(1 / (2 * 0.25)) * 2 / 3  # two votes at even odds; 2/3 by centring
    assert by_the_model < z < 1.05 * by_the_model


def test_centring_takes_the_listed_models_of_each_group() -> None:
    strengths = np.array([1.0, 3.0, 10.0, 20.0])
    group, listed = np.array([0, 0, 1, 1]), np.array([True, True, True, False])
    assert centre(strengths, group, listed).tolist() == [-1.0, 1.0, 0.0, 10.0]


def test_intervals_about_the_listed_mean_have_the_variance_of_that_contrast() -> None:
    pairs = Pairs.of(count(draw(1000, seed=6)))
    fitted = fit(pairs)
    listed = np.array([True, True, False, False, False])
    ours = margins(sandwich(pairs, fitted, listed))
    # Of two listed models, each is half their difference away from the mean: equal margins.
    assert ours[0] == pytest.approx(ours[1], rel=1e-9)
