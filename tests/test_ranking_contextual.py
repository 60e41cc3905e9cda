"""Style control: coefficients that are right, ratings without them, and refusals."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from ranking import Cells, FitError, Leaderboard, OptionError, Votes, count, rate
from ranking.design import CHUNK
from ranking.votes import Floats

SCALE = 400 / math.log(10)
FLIP = np.array([1, 0, 2, 3])


def world(
    votes: int = 4000, models: int = 6, beta: tuple[float, ...] = (0.5, -0.2), seed: int = 1
) -> Votes:
    """Votes whose mean score is logistic in the strengths and the covariates; a tie is a coin."""
    rng = np.random.default_rng(seed)
    strength = np.linspace(1, -1, models)
    a = rng.integers(0, models, votes)
    b = (a + rng.integers(1, models, votes)) % models
    lean = rng.normal(0, 0.5, (models, len(beta)))
    x = lean[a] - lean[b] + rng.normal(0, 1, (votes, len(beta)))
    chance = 1 / (1 + np.exp(-(strength[a] - strength[b] + x @ np.array(beta))))
    tied = rng.random(votes) < 0.6 * np.minimum(chance, 1 - chance)
    won = rng.random(votes) < (chance - 0.5 * 0.6 * np.minimum(chance, 1 - chance)) / (
        1 - 0.6 * np.minimum(chance, 1 - chance)
    )
    winner = np.where(tied, 2, np.where(won, 0, 1)).astype(np.int8)
    return Votes(
        tuple(f"m{model}" for model in range(models)),
        a.astype(np.int32),
        b.astype(np.int32),
        winner,
        features=tuple(f"f{place}" for place in range(len(beta))),
        covariates=x,
    )


def unit(votes: Votes) -> Floats:
    assert votes.covariates is not None
    return np.sqrt(np.mean(np.square(votes.covariates, dtype=np.float64), axis=0))


def dense(votes: Votes, weight: Floats | float = 1.0) -> tuple[Floats, Floats]:
    """Strengths (mean 0) and coefficients, with their covariance, from the design written out."""
    assert votes.covariates is not None
    size, rows = len(votes.names), np.arange(len(votes))
    design = np.zeros((len(votes), size))
    design[rows, votes.a] = 1
    design[rows, votes.b] = -1
    design = np.hstack([design, votes.covariates / unit(votes)])
    y = np.array([1.0, 0.0, 0.5, 0.5])[votes.winner]
    w = np.broadcast_to(weight, len(votes))

    def loss(x: Floats) -> tuple[float, Floats]:
        d = design @ x
        return float((w * (np.logaddexp(0, d) - y * d)).sum()), design.T @ (
            w / (1 + np.exp(-d)) - w * y
        )

    def curve(x: Floats) -> Floats:
        p = 1 / (1 + np.exp(-design @ x))
        return (design.T * (w * p * (1 - p))) @ design

    options = {"gtol": 1e-11}
    x = minimize(
        loss, np.zeros(design.shape[1]), jac=True, hess=curve, method="trust-exact", options=options
    ).x
    x = x - np.linalg.pinv(curve(x)) @ loss(x)[1]
    p = 1 / (1 + np.exp(-design @ x))
    inverse = np.linalg.pinv(curve(x))
    covariance = inverse @ (design.T * (w * (y - p)) ** 2) @ design @ inverse
    x[:size] -= x[:size].mean()
    return x, covariance


def strengths(board: Leaderboard) -> Floats:
    rating = {model.model: model.rating for model in board.models}
    return np.array([(rating[name] - 1000) / SCALE for name in sorted(rating)])


def coefficients(board: Leaderboard) -> Floats:
    return np.array([worth.coefficient for worth in board.coefficients])


def widths(board: Leaderboard) -> Floats:
    """Upper bounds less ratings and coefficients, on the logit scale, models by name."""
    models = sorted(board.models, key=lambda model: model.model)
    for worth in board.coefficients:
        middle = ((worth.lower or math.nan) + (worth.upper or math.nan)) / 2
        assert worth.coefficient == pytest.approx(middle, abs=1e-8)
    margins = [(model.upper or math.nan) - model.rating for model in models]
    worth = [(worth.upper or math.nan) - worth.coefficient for worth in board.coefficients]
    return np.array([margin / SCALE for margin in margins] + worth)


@pytest.mark.parametrize("weights", ["none", "pair"])
def test_it_equals_a_dense_logistic_regression(weights: Any) -> None:
    votes = world()
    pair = np.minimum(votes.a, votes.b) * 100 + np.maximum(votes.a, votes.b)
    crowd = np.bincount(pair)[pair]
    exact, covariance = dense(votes, 1.0 if weights == "none" else 1 / np.maximum(crowd, 50))
    board = rate(votes, style=True, weights=weights)
    assert np.abs(strengths(board) - exact[:6]).max() < 1e-8
    assert np.abs(coefficients(board) - exact[6:]).max() < 1e-8
    contrast = np.eye(8)
    contrast[:6, :6] -= 1 / 6
    error = np.sqrt(np.diag(contrast @ covariance @ contrast.T))
    assert widths(board) == pytest.approx(1.959964 * error, rel=1e-5)


def test_known_coefficients_lie_in_their_intervals() -> None:
    votes = world(60_000, models=20, beta=(0.5, -0.2, 0.0))
    for worth, true in zip(
        rate(votes, style=True).coefficients, (0.5, -0.2, 0.0) * unit(votes), strict=True
    ):
        assert worth.lower is not None
        assert worth.upper is not None
        assert worth.lower < true < worth.upper
        assert worth.upper - worth.lower < 0.06


def test_many_chunks_add_up_to_one_answer() -> None:
    """More votes than a chunk holds, and a first guess from a part: the exact answer again."""
    votes = world(CHUNK * 3 + 77)
    exact, _ = dense(votes)
    board = rate(votes, style=True)
    assert np.abs(strengths(board) - exact[:6]).max() < 1e-8
    assert np.abs(coefficients(board) - exact[6:]).max() < 1e-8


def test_single_precision_covariates_give_the_same_to_a_thousandth_of_a_point() -> None:
    votes = world(50_000)
    assert votes.covariates is not None
    single = replace(votes, covariates=votes.covariates.astype(np.float32))
    one, other = rate(single, style=True), rate(votes, style=True)
    assert np.abs(strengths(one) - strengths(other)).max() * SCALE < 1e-3


def test_the_side_a_model_stood_on_changes_nothing() -> None:
    votes = world()
    assert votes.covariates is not None
    turned = np.random.default_rng(5).random(len(votes)) < 0.3
    swapped = replace(
        votes,
        a=np.where(turned, votes.b, votes.a),
        b=np.where(turned, votes.a, votes.b),
        winner=np.where(turned, FLIP[votes.winner], votes.winner).astype(np.int8),
        covariates=np.where(turned[:, None], -votes.covariates, votes.covariates),
    )
    one, other = rate(votes, style=True), rate(swapped, style=True)
    assert np.abs(strengths(one) - strengths(other)).max() < 1e-8
    assert np.abs(coefficients(one) - coefficients(other)).max() < 1e-8


def test_a_vote_of_weight_two_is_two_votes() -> None:
    votes = world(500)
    twice = votes.only(np.arange(500) < 200)
    assert twice.covariates is not None and votes.covariates is not None
    both = replace(
        votes,
        a=np.append(votes.a, twice.a),
        b=np.append(votes.b, twice.b),
        winner=np.append(votes.winner, twice.winner),
        covariates=np.vstack([votes.covariates, twice.covariates]),
    )
    weighed = replace(votes, weight=np.where(np.arange(500) < 200, 2.0, 1.0))
    one, other = rate(both, style=True), rate(weighed, style=True)
    assert np.abs(strengths(one) - strengths(other)).max() < 1e-8
    assert coefficients(one) / unit(both) == pytest.approx(coefficients(other) / unit(votes))


def test_a_covariate_that_moved_nobody_leaves_the_plain_ratings() -> None:
    votes = world(beta=(0.0,))
    noise = np.tile([[1.0], [-1.0]], (len(votes), 1))
    both = replace(
        votes,
        a=np.repeat(votes.a, 2),
        b=np.repeat(votes.b, 2),
        winner=np.repeat(votes.winner, 2),
        covariates=noise,
    )
    board = rate(both, style=True)
    assert np.abs(strengths(board) - strengths(rate(both))).max() < 1e-8
    assert np.abs(coefficients(board)).max() < 1e-8


def test_a_verbose_model_that_is_no_better_loses_its_lead() -> None:
    rng = np.random.default_rng(3)
    n = 30_000
    a = rng.integers(0, 4, n)
    b = (a + rng.integers(1, 4, n)) % 4
    long = np.array([0.4, 0.0, 0.0, 0.0])
    length = np.tanh(long[a] - long[b] + rng.normal(0, 0.4, n))
    lost = (rng.random(n) > 1 / (1 + np.exp(-1.5 * length))).astype(np.int8)
    names = ("wordy", "x", "y", "z")
    votes = Votes(
        names,
        *(a.astype(np.int32), b.astype(np.int32)),
        lost,
        features=("tokens",),
        covariates=length[:, None],
    )
    plain, held = (rate(votes, style=style) for style in (False, True))
    assert plain.models[0].model == "wordy"
    assert plain.models[0].rating > 1040
    assert {m.model: abs(m.rating - 1000) < 10 for m in held.models} == dict.fromkeys(names, True)


def test_a_covariate_of_ones_is_the_worth_of_the_first_seat() -> None:
    rng = np.random.default_rng(4)
    a = rng.integers(0, 3, 20_000).astype(np.int32)
    b = ((a + rng.integers(1, 3, 20_000)) % 3).astype(np.int32)
    lost = (rng.random(20_000) > 1 / (1 + math.exp(-0.3))).astype(np.int8)
    seat = Votes(("x", "y", "z"), a, b, lost, features=("seat",), covariates=np.ones((20_000, 1)))
    worth = rate(seat, style=True).coefficients[0]
    assert worth.lower is not None and worth.upper is not None
    assert worth.lower < 0.3 < worth.upper


def test_votes_of_one_voter_widen_the_coefficient() -> None:
    votes = world(400)
    assert votes.covariates is not None
    again = {
        name: np.repeat(getattr(votes, name), 5, axis=0)
        for name in ("a", "b", "winner", "covariates")
    }
    copied = replace(votes, voter=np.repeat(np.arange(400, dtype=np.int32), 5), **again)
    single = rate(replace(votes, voter=np.arange(400, dtype=np.int32)), style=True, cluster="voter")
    assert widths(rate(copied, style=True, cluster="voter")) == pytest.approx(
        widths(single), rel=1e-6
    )
    assert widths(rate(copied, style=True))[-1] < 0.5 * widths(single)[-1]


def test_with_a_voter_for_each_vote_only_the_factor_of_few_voters_widens() -> None:
    votes = world(400)
    own = replace(votes, voter=np.arange(400, dtype=np.int32))
    by_voter = widths(rate(own, style=True, cluster="voter"))
    assert by_voter == pytest.approx(widths(rate(own, style=True)) * math.sqrt(400 / 399))


def test_intervals_by_voter_need_two_voters() -> None:
    votes = replace(world(400), voter=np.zeros(400, dtype=np.int32))
    with pytest.raises(OptionError, match="at least two voters"):
        rate(votes, style=True, cluster="voter")


def test_few_ties_do_not_pass_for_certainty() -> None:
    """All squared scores are 0; what the model predicts, less for no ties seen, is the floor."""
    votes = world(60, models=3)
    weight = np.random.default_rng(2).uniform(0.5, 2, 60)
    tied = replace(votes, winner=np.full(60, 2, np.int8), weight=weight)
    assert votes.covariates is not None
    design = np.zeros((60, 5))
    design[np.arange(60), votes.a] = 1
    design[np.arange(60), votes.b] = -1
    design[:, 3:] = votes.covariates / unit(votes)
    w = weight / weight.mean()
    inverse = np.linalg.pinv((design.T * w / 4) @ design)
    model = inverse @ ((design.T * w**2 / 4) @ design) @ inverse
    floor = np.sqrt(np.diag(model) * 100 / 160)
    assert widths(rate(tied, style=True)) == pytest.approx(1.959964 * floor, rel=1e-5)


def test_coverage_of_coefficients_and_ratings_is_about_95_in_100() -> None:
    held = []
    for seed in range(200):
        votes = world(1500, models=5, beta=(0.4,), seed=seed)
        board = rate(votes, style=True)
        worth, true = board.coefficients[0], np.linspace(1, -1, 5)
        held.append((worth.lower or 9) < 0.4 * unit(votes)[0] < (worth.upper or -9))
        off = np.abs(strengths(board) - true)
        held.extend(off < widths(board)[:5])
    assert 0.93 < np.mean(held) < 0.97


def test_a_model_that_only_won_is_placed_by_one_imagined_tie_and_has_no_upper_bound() -> None:
    votes = world(2000, models=4)
    assert votes.covariates is not None
    more = replace(
        votes,
        names=(*votes.names, "hero"),
        a=np.append(votes.a, [4] * 9).astype(np.int32),
        b=np.append(votes.b, [0, 1, 2] * 3).astype(np.int32),
        winner=np.append(votes.winner, [0] * 9).astype(np.int8),
        covariates=np.vstack([votes.covariates, np.zeros((9, 2))]),
    )
    board = rate(more, style=True)
    hero = board.models[0]
    assert (hero.model, hero.upper, hero.provisional) == ("hero", None, True)
    assert hero.lower is not None
    assert "no upper bound (never lost to the rest): hero" in board.warnings[0]
    plain = next(model for model in rate(more).models if model.model == "hero")
    assert plain.lower is not None
    assert hero.rating == pytest.approx(plain.rating, abs=30)
    assert hero.rating - hero.lower == pytest.approx(plain.rating - plain.lower, rel=0.02)
    rest = {
        w.name: w.coefficient * unit(votes)[i] / unit(more)[i]
        for i, w in enumerate(board.coefficients)
    }
    assert list(rest.values()) == pytest.approx(coefficients(rate(votes, style=True)), rel=0.01)


def test_a_winner_whose_style_explains_its_wins_is_placed_without_a_leap() -> None:
    """Its likelihood is all but flat where the fit without style has put it."""
    votes = world(2000, models=4)
    assert votes.covariates is not None
    more = replace(
        votes,
        names=(*votes.names, "hero"),
        a=np.append(votes.a, [4] * 30).astype(np.int32),
        b=np.append(votes.b, [0, 1, 2] * 10).astype(np.int32),
        winner=np.append(votes.winner, [0] * 30).astype(np.int8),
        covariates=np.vstack([votes.covariates, np.tile([40.0, 0.0], (30, 1))]),
    )
    plain, styled = (
        {model.model: model.rating for model in rate(more, style=style).models}
        for style in (False, True)
    )
    assert plain["hero"] > 1500
    assert abs(styled["hero"] - 1000) < 200


def test_groups_that_never_met_share_the_coefficients() -> None:
    one, other = world(3000, seed=1), world(3000, seed=2)
    assert one.covariates is not None and other.covariates is not None
    both = replace(
        one,
        names=(*one.names, *(f"n{name}" for name in other.names)),
        a=np.append(one.a, other.a + 6),
        b=np.append(one.b, other.b + 6),
        winner=np.append(one.winner, other.winner),
        covariates=np.vstack([one.covariates, other.covariates]),
    )
    board = rate(both, style=True)
    assert board.warnings[0].startswith("2 groups of models never met")
    for letter in "mn":
        ratings = [model.rating for model in board.models if model.model.startswith(letter)]
        assert np.mean(ratings) == pytest.approx(1000, abs=1e-5)
    assert [worth.name for worth in board.coefficients] == ["f0", "f1"]


def test_a_covariate_in_which_no_two_sides_differ_is_left_out_and_said() -> None:
    votes = world()
    assert votes.covariates is not None
    board = rate(replace(votes, covariates=votes.covariates * [0, 1]), style=True)
    idle = {"name": "f0", "coefficient": 0.0, "lower": None, "upper": None}
    assert board.to_dict()["style"][0] == idle
    assert "no two sides differ in f0" in board.warnings
    alone = replace(votes, features=("f1",), covariates=votes.covariates[:, 1:])
    assert board.coefficients[1:] == rate(alone, style=True).coefficients
    with pytest.raises(OptionError, match="no two sides differ in f0, f1"):
        rate(replace(votes, covariates=votes.covariates * 0), style=True)


def covered(column: str) -> Votes:
    """Votes with a second covariate that cannot have a coefficient of its own."""
    votes = world(300)
    assert votes.covariates is not None
    second = {
        "twice the first": 2 * votes.covariates[:, 0],
        "nearly the first": votes.covariates[:, 0] + 1e-3 * np.sin(np.arange(300)),
        "told by the models": (votes.a - votes.b).astype(float),
        "the winner": np.array([1.0, -1.0, 0.0, 0.0])[votes.winner],
    }[column]
    return replace(votes, covariates=np.column_stack([votes.covariates[:, 0], second]))


@pytest.mark.parametrize(
    "column", ["twice the first", "nearly the first", "told by the models", "the winner"]
)
@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_a_covariate_without_a_coefficient_of_its_own_is_refused(column: str, real: Any) -> None:
    votes = covered(column)
    assert votes.covariates is not None
    with pytest.raises(FitError, match="f1 has no coefficient of its own"):
        rate(replace(votes, covariates=votes.covariates.astype(real)), style=True)


def test_without_a_core_there_is_nothing_to_fit() -> None:
    votes = Votes.from_strings(
        ["x"] * 9, ["y"] * 9, ["model_a"] * 9, features=("f",), covariates=np.arange(9.0)[:, None]
    )
    with pytest.raises(FitError, match="models only won or only lost"):
        rate(votes, style=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ties": "davidson"}, "style control counts ties as half"),
        ({"bootstrap": 10}, "leave the bootstrap out"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        rate(world(100), style=True, **options)


def test_counts_and_votes_without_covariates_cannot_be_controlled() -> None:
    votes = world(100)
    counted: Cells = count(votes)
    with pytest.raises(OptionError, match="votes one by one"):
        rate(counted, style=True)
    with pytest.raises(OptionError, match="votes that carry covariates"):
        rate(replace(votes, features=(), covariates=None), style=True)


def test_the_board_says_what_it_is_controlled_for() -> None:
    board = rate(world(), style=True)
    assert board.method.startswith("Bradley-Terry, controlled for f0, f1; ties: half")
    assert [worth["name"] for worth in board.to_dict()["style"]] == ["f0", "f1"]
    assert "style" not in rate(world()).to_dict()
