"""Intervals: against the formulas written out vote by vote, and against simulation."""

import numpy as np
import pytest

from ranking import Votes, count
from ranking.bradley_terry import Fit, fit
from ranking.covariance import effective_votes, errors
from ranking.intervals import Z, centre, sandwich
from ranking.pairs import Pairs
from ranking.ties import TIES
from ranking.voters import ALONE
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


def numerical_bend(x: Floats, votes: Votes, ties: str) -> Floats:
    """Minus the second derivatives of the log-likelihood."""

    def total(y: Floats) -> Floats:
        summed: Floats = numerical_scores(y, votes, ties).sum(axis=0)
        return summed

    return -np.array([total(x + step) - total(x - step) for step in np.eye(len(x)) * 1e-4]) / 2e-4


def by_brute_force(votes: Votes, fitted: Fit) -> Floats:
    """H^-1 B H^-1 with every derivative taken numerically, one vote at a time."""
    x = fitted.strengths if fitted.ties == "half" else np.append(fitted.strengths, fitted.tie)
    inverse = np.linalg.pinv(numerical_bend(x, votes, fitted.ties), rcond=1e-6)
    scores = numerical_scores(x, votes, fitted.ties)
    if votes.voter is not None:
        scores = without_own_pull(x, votes, fitted.ties, inverse)
    covariance = inverse @ scores.T @ scores @ inverse
    return Z * np.sqrt(np.diag(covariance)[:MODELS])


def without_own_pull(x: Floats, votes: Votes, ties: str, inverse: Floats) -> Floats:
    """Each voter's score as leaving the voter out would give it; all of them are heavy."""
    assert votes.voter is not None
    voters, scores = np.unique(votes.voter), []
    for voter in voters:
        own = votes.only(votes.voter == voter)
        left = np.eye(len(x)) - (1 - ALONE) * numerical_bend(x, own, ties) @ inverse
        scores.append(np.linalg.solve(left, numerical_scores(x, own, ties).sum(axis=0)))
    return np.array(scores) * np.sqrt(len(voters) / (len(voters) - 1))


@pytest.mark.parametrize("ties", TIES)
def test_the_sandwich_is_the_one_computed_by_brute_force(ties: str) -> None:
    votes = draw(800, seed=1, weighted=True)
    pairs = Pairs.of(count(votes))
    fitted = fit(pairs, ties)
    assert fitted.ties == ties
    ours = margins(sandwich(pairs, fitted, everyone(pairs)))
    assert ours == pytest.approx(by_brute_force(votes, fitted), rel=1e-3)


@pytest.mark.parametrize("ties", TIES)
def test_errors_by_voter_are_those_computed_by_brute_force(ties: str) -> None:
    votes = draw(800, seed=2, voters=20, weighted=True)
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


def test_one_voter_with_a_sixth_of_the_votes_is_not_taken_for_many() -> None:
    """Voters of own tastes: by vote about two in three are covered, by voter nearly all."""
    rng, truth, taste = np.random.default_rng(12), np.zeros(MODELS), 0.7
    held: list[list[bool]] = [[], []]
    for _ in range(150):
        voter = np.where(rng.random(2000) < 1 / 6, 0, rng.integers(1, 150, 2000))
        own = rng.normal(0, taste, (150, MODELS))
        a = rng.integers(0, MODELS, 2000)
        b = (a + rng.integers(1, MODELS, 2000)) % MODELS
        won = rng.random(2000) < 1 / (1 + np.exp(own[voter, b] - own[voter, a]))
        columns = [column.astype(np.int32) for column in (a, b, ~won)]
        votes = Votes(tuple("abcde"), *columns, voter=voter.astype(np.int32))
        pairs = Pairs.of(count(votes))
        for place, clustered in enumerate((None, votes)):
            lower, upper = sandwich(pairs, fit(pairs), everyone(pairs), clustered)
            held[place] += ((lower < truth) & (truth < upper)).tolist()
    by_vote, by_voter = map(np.mean, held)
    assert by_vote < 0.8
    assert by_voter > 0.91


def test_a_model_only_one_heavy_voter_knows_has_a_wide_interval_not_an_error() -> None:
    rows = [("x", "y", "tie", f"v{i % 50}") for i in range(400)]
    rows += [("x", "z", said, "sole") for said in ("model_a", "model_b") for _ in range(60)]
    votes = Votes.from_strings(
        *zip(*[row[:3] for row in rows], strict=True), voter=[r[3] for r in rows]
    )
    pairs = Pairs.of(count(votes))
    wide = margins(sandwich(pairs, fit(pairs), everyone(pairs), votes))
    assert np.isfinite(wide).all()
    assert wide[2] >= wide[1]


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


def test_two_ties_do_not_pass_for_certainty() -> None:
    rows = [("x", "y", "model_a")] * 60 + [("x", "y", "model_b")] * 60 + [("z", "x", "tie")] * 2
    votes = Votes.from_strings(*zip(*rows, strict=True))
    pairs = Pairs.of(count(votes))
    z = margins(sandwich(pairs, fit(pairs), everyone(pairs)))[2]
    by_the_model = Z * np.sqrt(1 / (2 * 0.25)) * 2 / 3  # two votes at even odds; 2/3 by centring
    assert 0.98 * by_the_model < z < 1.05 * by_the_model
    assert errors(pairs, fit(pairs), everyone(pairs)).apart[2, 0] > 0.98**2 / (2 * 0.25)


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


def test_a_difference_has_the_variance_that_brute_force_gives_it() -> None:
    """Of two models a third against both: var(d) = V_ii + V_jj - 2 V_ij, by listing just them."""
    pairs = Pairs.of(count(draw(1000, seed=7)))
    fitted = fit(pairs)
    apart = errors(pairs, fitted, everyone(pairs)).apart
    for i, j in ((0, 1), (2, 4)):
        alone = np.isin(np.arange(MODELS), [i, j])  # each is then half the difference off the mean
        half = errors(pairs, fitted, alone).single[i]
        assert [apart[i, j], apart[j, i]] == pytest.approx([4 * half] * 2, rel=1e-9)
    assert np.diag(apart) == pytest.approx(np.zeros(MODELS))


def test_the_error_of_the_mean_counts_every_listed_model_also_one_that_only_won() -> None:
    """var(s_i - mean) is the mean of the variances of s_i - s_j less half that of all of them."""
    rows = (
        [("x", "y", "model_a")] * 90 + [("x", "y", "model_b")] * 60 + [("hero", "x", "model_a")] * 9
    )
    pairs = Pairs.of(count(Votes.from_strings(*zip(*rows, strict=True))))
    known = errors(pairs, fit(pairs), everyone(pairs))
    by_differences = known.apart.mean(axis=1) - known.apart.mean() / 2
    assert known.single[1:] == pytest.approx(by_differences[1:])


def test_models_that_never_met_are_infinitely_far_from_comparable() -> None:
    rows = [("a", "b", "tie"), ("c", "d", "tie")]
    pairs = Pairs.of(count(Votes.from_strings(*zip(*rows, strict=True))))
    apart = errors(pairs, fit(pairs), everyone(pairs)).apart
    assert np.isinf(apart).tolist() == [[i // 2 != j // 2 for j in range(4)] for i in range(4)]


def test_votes_of_unequal_weight_are_fewer_than_they_look() -> None:
    weight = [1.0] * 10 + [1e-3] * 90
    votes = Votes.from_strings(["x"] * 100, ["y"] * 100, ["tie"] * 100, weight=weight)
    assert effective_votes(Pairs.of(count(votes))) == pytest.approx([10.18] * 2, abs=0.01)


@pytest.mark.parametrize("ties", [0.0, 0.6])
def test_a_model_with_ten_or_thirty_votes_is_covered_and_not_by_width_alone(ties: float) -> None:
    """Fifty newcomers of each kind among settled models; only those that won and lost count."""
    rng = np.random.default_rng(11)
    settled, new = 10, 50
    truth = rng.normal(0, 0.6, settled + 2 * new)
    fewest = np.repeat([10, 30], new)
    held: dict[int, list[bool]] = {10: [], 30: []}
    for _ in range(10):
        a = np.concatenate(
            [rng.integers(0, settled, 6000), np.repeat(settled + np.arange(2 * new), fewest)]
        )
        b = np.concatenate([rng.integers(0, settled, 6000), rng.integers(0, settled, fewest.sum())])
        a, b = a[a != b], b[a != b]
        win = 1 / (1 + np.exp(truth[b] - truth[a]))
        tie = ties * 2 * np.minimum(win, 1 - win)
        drawn = rng.random(len(a))
        won = np.where(drawn < win - tie / 2, 0, np.where(drawn < win + tie / 2, 2, 1))
        votes = Votes(
            tuple(map(str, truth)), *(c.astype(np.int32) for c in (a, b)), won.astype(np.int8)
        )
        pairs = Pairs.of(count(votes))
        fitted = fit(pairs)
        listed = np.arange(len(truth)) < settled
        lower, upper = sandwich(pairs, fitted, listed)
        target = truth - truth[listed].mean()
        inside = (lower < target) & (target < upper)
        for few in held:
            held[few] += inside[settled:][
                (fewest == few) & fitted.structure.core[settled:]
            ].tolist()
    assert np.mean(held[10]) > 0.93
    assert 0.93 < np.mean(held[30]) < 0.975
