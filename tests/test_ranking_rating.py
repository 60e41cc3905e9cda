"""`rate`: from votes or counts to a board, with every option and every warning."""

import json
import math
from typing import Any

import numpy as np
import pytest

from ranking import Cells, OptionError, Rating, Votes, VotesError, count, rate

A, B, T = "model_a", "model_b", "tie"
SCALE = 400 / math.log(10)


def votes_of(*rows: tuple[str, str, str, int], **columns: Any) -> Votes:
    spread = [row[:3] for row in rows for _ in range(row[3])]
    return Votes.from_strings(*zip(*spread, strict=True), **columns)


def by_name(board_models: tuple[Rating, ...]) -> dict[str, Rating]:
    return {rating.model: rating for rating in board_models}


CROWD = votes_of(
    ("x", "y", A, 60), ("x", "y", B, 30), ("y", "z", A, 50), ("z", "y", A, 20), ("x", "z", T, 40)
)


def test_three_to_one_is_190_848_points() -> None:
    board = rate(votes_of(("x", "y", A, 3), ("x", "y", B, 1)))
    best, worst = board.models
    assert (best.model, worst.model) == ("x", "y")
    assert best.rating - worst.rating == pytest.approx(400 * math.log10(3), abs=1e-5)
    assert best.rating + worst.rating == pytest.approx(2000, abs=1e-5)


def test_the_interval_of_two_models_is_the_one_worked_by_hand() -> None:
    """At p = 3/4 over n = 400 votes, d has variance 1 / (n p q) and each model half of d."""
    best, _ = rate(votes_of(("x", "y", A, 300), ("x", "y", B, 100))).models
    margin = 1.959964 * SCALE / 2 / math.sqrt(400 * 0.75 * 0.25)
    assert best.upper is not None
    assert best.lower is not None
    assert best.upper - best.rating == pytest.approx(margin, abs=1e-3)
    assert best.rating - best.lower == pytest.approx(margin, abs=1e-3)


def test_wins_losses_and_ties_are_counted_for_each_side() -> None:
    board = rate(
        votes_of(("x", "y", A, 2), ("y", "x", A, 3), ("x", "y", T, 1), ("y", "x", "both_bad", 4))
    )
    x = by_name(board.models)["x"]
    assert (x.votes, x.wins, x.losses, x.ties) == (10, 2, 3, 5)
    assert board.votes == 10


def test_cells_and_votes_give_the_same_board() -> None:
    assert rate(count(CROWD)) == rate(CROWD)


def test_the_mean_is_1000() -> None:
    assert np.mean([rating.rating for rating in rate(CROWD).models]) == pytest.approx(
        1000, abs=1e-5
    )


def test_an_anchor_moves_everything_by_the_same_and_widens_nothing() -> None:
    free, held = rate(CROWD), rate(CROWD, anchor=("z", 1114.0))
    assert by_name(held.models)["z"].rating == 1114.0
    shift = 1114 - by_name(free.models)["z"].rating
    for before, after in zip(free.models, held.models, strict=True):
        moved = [
            after.rating - before.rating,
            after.lower - before.lower,
            after.upper - before.upper,
        ]  # type: ignore[operator]
        assert moved == pytest.approx([shift] * 3, abs=2e-6)


def test_an_anchor_that_is_absent_is_refused() -> None:
    with pytest.raises(OptionError, match="the anchor 'w' is not among the 3 models rated"):
        rate(CROWD, anchor=("w", 1000.0))


def test_an_anchor_that_min_votes_hides_is_refused() -> None:
    with pytest.raises(OptionError, match="'new' is not among"):
        rate(votes_of(("x", "y", T, 9), ("x", "new", T, 1)), anchor=("new", 1.0), min_votes=5)


def test_under_five_votes_there_is_no_interval_and_a_warning() -> None:
    board = rate(votes_of(("x", "y", T, 20), ("x", "new", T, 4)))
    new = by_name(board.models)["new"]
    assert (new.lower, new.upper) == (None, None)
    assert (new.rank_lower, new.rank_upper) == (1, 3)
    assert "no interval below 5 votes: new" in board.warnings


def test_a_model_with_under_100_votes_is_provisional() -> None:
    found = by_name(rate(votes_of(("x", "y", T, 99), ("x", "z", T, 1), ("z", "x", A, 4))).models)
    assert [found[name].provisional for name in "xyz"] == [False, True, True]


def test_a_model_that_only_won_is_provisional_whatever_its_votes() -> None:
    found = by_name(rate(votes_of(("x", "y", T, 200), ("hero", "x", A, 150))).models)
    assert (found["x"].provisional, found["hero"].provisional) == (False, True)


def test_min_votes_hides_and_says_so_but_keeps_the_votes_in_the_fit() -> None:
    some = votes_of(("x", "y", T, 20), ("x", "new", A, 3), ("x", "new", B, 1), ("y", "new", B, 4))
    board = rate(some, min_votes=10)
    assert {rating.model for rating in board.models} == {"x", "y"}
    assert board.votes == 28
    assert board.models[0].rating != 1000.0
    assert "left out, with under 10 votes: new" in board.warnings


def test_min_votes_above_all_leaves_an_empty_board() -> None:
    assert rate(CROWD, min_votes=1000).models == ()


def test_a_model_that_only_won_has_a_rating_and_no_upper_bound() -> None:
    board = rate(votes_of(("x", "y", T, 20), ("hero", "x", A, 9)))
    hero = by_name(board.models)["hero"]
    assert hero.rank == 1
    assert hero.upper is None
    assert hero.lower is not None
    assert hero.lower < hero.rating
    assert any("no upper bound" in said and "hero" in said for said in board.warnings)
    json.loads(board.to_json())


def test_a_model_that_only_lost_has_no_lower_bound() -> None:
    board = rate(votes_of(("x", "y", T, 20), ("x", "zero", A, 9)))
    zero = by_name(board.models)["zero"]
    assert (zero.rank, zero.lower) == (3, None)
    assert zero.upper is not None


def test_groups_that_never_met_are_told_and_rated_around_their_own_means() -> None:
    board = rate(votes_of(("a", "b", A, 9), ("a", "b", B, 3), ("c", "d", A, 8), ("c", "d", B, 8)))
    found = by_name(board.models)
    assert found["a"].rating + found["b"].rating == pytest.approx(2000, abs=1e-5)
    assert found["c"].rating == pytest.approx(1000, abs=1e-5)
    assert any(said.startswith("2 groups of models never met") for said in board.warnings)


def test_a_model_against_itself_is_left_out_and_named() -> None:
    board = rate(votes_of(("x", "y", T, 8), ("x", "x", A, 2)))
    assert board.votes == 8
    assert "votes left out because a model met itself: 2 (x)" in board.warnings


def test_no_votes_are_an_empty_board_with_a_warning() -> None:
    board = rate(Votes.from_strings([], [], []))
    assert (board.votes, board.models) == (0, ())
    assert board.warnings == ("there are no votes",)


def test_contestants_without_a_vote_are_not_on_the_board() -> None:
    codes = np.array([1], dtype=np.int32)
    cells = Cells(("idle", "x", "y"), codes, codes + 1, *(np.array([n]) for n in (2, 6, 6.0, 6.0)))  # type: ignore[arg-type]
    assert [rating.model for rating in rate(cells).models] == ["x", "y"]


def test_pair_weights_even_out_a_busy_pair() -> None:
    """300 votes of one pair weigh six, of another with 50, one each 1/50: exact odds by pair."""
    rows = [("x", "y", A, 200), ("x", "y", B, 100), ("x", "z", A, 30), ("x", "z", B, 20)]
    rows += [("y", "z", A, 5), ("y", "z", B, 5)]
    weight = np.repeat([1 / 300, 1 / 300, 1 / 50, 1 / 50, 1 / 50, 1 / 50], [r[3] for r in rows])
    by_hand = rate(votes_of(*rows, weight=weight))
    assert rate(votes_of(*rows), weights="pair").models == by_hand.models


def test_inverse_propensity_weighs_by_one_over_the_chance() -> None:
    rows = [
        ("x", "y", A, 8),
        ("x", "y", B, 4),
        ("y", "z", A, 9),
        ("y", "z", B, 7),
        ("x", "z", T, 5),
    ]
    chance = np.repeat([0.5, 0.5, 0.25, 0.25, 0.1], [row[3] for row in rows])
    weighed = rate(votes_of(*rows, probability=chance), weights="inverse-propensity")
    assert weighed.models == rate(votes_of(*rows, weight=1 / chance)).models


def test_inverse_propensity_multiplies_weights_that_are_there() -> None:
    rows = [("x", "y", A, 8), ("x", "y", B, 4), ("y", "z", T, 9)]
    chance, weight = np.linspace(0.1, 1, 21), np.linspace(1, 2, 21)
    weighed = rate(votes_of(*rows, weight=weight, probability=chance), weights="inverse-propensity")
    assert weighed.models == rate(votes_of(*rows, weight=weight / chance)).models


def test_the_bootstrap_is_repeatable_by_its_seed() -> None:
    first, again, other = (rate(CROWD, bootstrap=20, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.models != other.models
    assert [m.rating for m in first.models] == [m.rating for m in rate(CROWD).models]


def test_the_bootstrap_says_when_it_levels_weights() -> None:
    rows = [("x", "y", A, 8), ("x", "y", B, 4)]
    board = rate(votes_of(*rows, weight=np.linspace(1, 2, 12)), bootstrap=5)
    assert any("the bootstrap gives each the mean weight" in said for said in board.warnings)


def test_few_voters_are_warned_about() -> None:
    rows = [("x", "y", A, 8), ("x", "y", B, 4)]
    board = rate(votes_of(*rows, voter=["u", "v", "w"] * 4), cluster="voter")
    assert "as if only 3 voters: intervals by voter are too narrow" in board.warnings


def test_one_voter_among_many_who_casts_most_votes_is_warned_about() -> None:
    rows = [("x", "y", A, 100), ("x", "y", B, 100)]
    board = rate(
        votes_of(*rows, voter=["u"] * 100 + [f"v{i}" for i in range(100)]), cluster="voter"
    )
    assert "as if only 4 voters: intervals by voter are too narrow" in board.warnings


def test_a_tie_model_that_cannot_be_fitted_is_replaced_and_told() -> None:
    board = rate(votes_of(("x", "y", A, 8), ("x", "y", B, 4)), ties="davidson")
    assert "ties: half" in board.method
    assert any("davidson ties cannot be fitted" in said for said in board.warnings)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ties": "quarter"}, "use one of half, davidson, rao-kupper"),
        ({"weights": "heavy"}, "use one of none, pair"),
        ({"cluster": "model"}, "use one of none, voter"),
        ({"bootstrap": -1}, "0 or more"),
        ({"anchor": ("x", math.inf)}, "a finite rating"),
        ({"cluster": "voter"}, "need votes that name their voter"),
        ({"weights": "inverse-propensity"}, "need a pair_probability"),
    ],
)
def test_an_option_that_cannot_be_honoured_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        rate(CROWD, **options)


def test_counts_cannot_be_weighed_by_propensity() -> None:
    with pytest.raises(OptionError, match="one by one"):
        rate(count(CROWD), weights="inverse-propensity")


def test_intervals_by_voter_and_by_bootstrap_exclude_each_other() -> None:
    some = votes_of(("x", "y", T, 2), voter=["u", "v"])
    with pytest.raises(OptionError, match="not both"):
        rate(some, cluster="voter", bootstrap=5)


def test_one_voter_alone_has_no_interval_by_voter() -> None:
    with pytest.raises(OptionError, match="at least two voters"):
        rate(votes_of(("x", "y", T, 2), voter=["u", "u"]), cluster="voter")


def test_votes_that_all_weigh_nothing_are_refused() -> None:
    with pytest.raises(VotesError, match="every vote weighs 0"):
        rate(votes_of(("x", "y", T, 2), weight=[0, 0]))


def test_a_model_whose_votes_weigh_nothing_is_still_on_the_board() -> None:
    board = rate(votes_of(("x", "y", T, 2), ("z", "x", A, 1), weight=[1, 1, 0]))
    assert by_name(board.models)["z"].rating == 1000.0
    json.loads(board.to_json())


def test_too_many_models_are_refused_before_memory_is() -> None:
    names = [f"m{i}" for i in range(3002)]
    with pytest.raises(OptionError, match="3002 models: more than 3000"):
        rate(Votes.from_strings(names[::2], names[1::2], ["tie"] * 1501))


def test_the_method_names_every_choice() -> None:
    board = rate(CROWD, ties="rao-kupper", weights="pair", bootstrap=3, anchor=("x", 1100), seed=7)
    assert board.method == (
        "Bradley-Terry; ties: rao-kupper; weights: pair; intervals: bootstrap 3, seed 7; "
        "ranks: simultaneous 95%; anchor: x = 1100"
    )
    assert (board.tolerance, board.iterations > 0) == (1e-9, True)
