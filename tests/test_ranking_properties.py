"""What must hold for any votes whatever, however small, lopsided or falling apart."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranking import Cells, Leaderboard, Rating, Votes, count, rate
from ranking.contrasts import contrast
from ranking.rating import Ties
from ranking.robustness import robustness

Row = tuple[str, str, str]
NAMES = "abcdef"
FLIP = {"model_a": "model_b", "model_b": "model_a", "tie": "tie", "both_bad": "both_bad"}

rows = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(list(FLIP))).filter(
        lambda row: row[0] != row[1]
    ),
    min_size=1,
    max_size=60,
)
ties = st.sampled_from(["half", "davidson", "rao-kupper"])
any_votes = settings(max_examples=60, deadline=None)


def board_of(
    some: list[Row], tie_model: Ties = "half", weight: list[float] | None = None
) -> Leaderboard:
    return rate(Votes.from_strings(*zip(*some, strict=True), weight=weight), ties=tie_model)


def close(x: float | None, y: float | None) -> bool:
    if x is None or y is None:
        return x is y
    return math.isclose(x, y, rel_tol=1e-7, abs_tol=2e-4)


def same(one: Leaderboard, other: Leaderboard) -> bool:
    names = {rating.model: rating for rating in other.models}
    return one.votes == other.votes and all(
        close(r.rating, names[r.model].rating)
        and close(r.lower, names[r.model].lower)
        and close(r.upper, names[r.model].upper)
        and (r.votes, r.wins, r.ties)
        == (names[r.model].votes, names[r.model].wins, names[r.model].ties)
        and (r.rank_lower, r.rank_upper) == (names[r.model].rank_lower, names[r.model].rank_upper)
        for r in one.models
    )


@any_votes
@given(rows, ties)
def test_a_board_is_well_formed(some: list[Row], tie_model: Ties) -> None:
    board = board_of(some, tie_model)
    json.loads(board.to_json())
    assert sorted(board.models, key=lambda r: -r.rating) == list(board.models)
    for rating in board.models:
        assert math.isfinite(rating.rating)
        assert rating.lower is None or rating.lower <= rating.rating
        assert rating.upper is None or rating.upper >= rating.rating
        assert 1 <= rating.rank_lower <= rating.rank <= rating.rank_upper <= len(board.models)
        assert rating.votes == rating.wins + rating.losses + rating.ties


@any_votes
@given(rows, ties)
def test_the_mean_is_1000_whatever_falls_apart(some: list[Row], tie_model: Ties) -> None:
    ratings = [rating.rating for rating in board_of(some, tie_model).models]
    assert np.mean(ratings) == pytest.approx(1000, abs=1e-5)


@any_votes
@given(rows, ties)
def test_which_side_a_model_stood_on_changes_nothing(some: list[Row], tie_model: Ties) -> None:
    swapped = [(b, a, FLIP[winner]) for a, b, winner in some]
    assert same(board_of(some, tie_model), board_of(swapped, tie_model))


@any_votes
@given(rows, ties)
def test_names_are_only_names(some: list[Row], tie_model: Ties) -> None:
    new = dict(zip(NAMES, reversed(NAMES), strict=True))
    renamed = board_of([(new[a], new[b], winner) for a, b, winner in some], tie_model)
    back = [Rating(new[r.model], *list(vars(r).values())[1:]) for r in renamed.models]
    assert same(board_of(some, tie_model), Leaderboard("", renamed.votes, tuple(back)))


@any_votes
@given(rows, ties, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    some: list[Row], tie_model: Ties, rng: object
) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert same(board_of(some, tie_model), board_of(shuffled, tie_model))


@any_votes
@given(rows, ties)
def test_turning_every_vote_around_turns_the_board_around(some: list[Row], tie_model: Ties) -> None:
    board = board_of(some, tie_model)
    turned = {r.model: r for r in board_of([(a, b, FLIP[w]) for a, b, w in some], tie_model).models}
    for rating in board.models:
        mirror = turned[rating.model]
        assert close(rating.rating, 2000 - mirror.rating)
        assert close(rating.lower, None if mirror.upper is None else 2000 - mirror.upper)
        assert (rating.wins, rating.losses) == (mirror.losses, mirror.wins)


@any_votes
@given(rows, ties, st.sampled_from([1e-6, 0.02, 3.0, 1e6]))
def test_the_unit_of_weight_changes_nothing(some: list[Row], tie_model: Ties, unit: float) -> None:
    weight = [1.0 + (place % 3) for place in range(len(some))]
    scaled = [unit * w for w in weight]
    assert same(board_of(some, tie_model, weight), board_of(some, tie_model, scaled))


@any_votes
@given(rows, ties, st.integers(1, 59))
def test_cells_may_come_in_pieces(some: list[Row], tie_model: Ties, cut: int) -> None:
    def cells(part: list[Row]) -> tuple[list[str], ...]:
        return tuple(map(list, zip(*part, strict=True))) if part else ([], [], [])

    pieces = [cells(some[:cut]), cells(some[cut:])]
    merged = [first + second for first, second in zip(*pieces, strict=True)]
    in_pieces = Cells.from_columns(*merged, np.ones(len(some)))
    assert same(rate(in_pieces, ties=tie_model), board_of(some, tie_model))
    assert same(rate(count(Votes.from_strings(*merged)), ties=tie_model), board_of(some, tie_model))


@any_votes
@given(rows)
def test_one_more_win_never_lowers_the_winner_against_the_loser(some: list[Row]) -> None:
    before = {r.model: r.rating for r in board_of(some).models}
    winner, loser = some[0][:2]
    after = {r.model: r.rating for r in board_of([*some, (winner, loser, "model_a")]).models}
    if len(set(before)) == 2:
        assert after[winner] - after[loser] >= before[winner] - before[loser] - 1e-5


@settings(max_examples=20, deadline=None)
@given(rows, st.integers(0, 5))
def test_the_bootstrap_ends_whatever_the_resamples(some: list[Row], seed: int) -> None:
    board = rate(Votes.from_strings(*zip(*some, strict=True)), bootstrap=8, seed=seed)
    json.loads(board.to_json())
    assert all(r.lower is None or r.upper is None or r.lower <= r.upper for r in board.models)


@any_votes
@given(rows, ties)
def test_every_vote_twice_moves_no_rating_of_a_model_that_won_and_lost(
    some: list[Row], tie_model: Ties
) -> None:
    once, twice = board_of(some, tie_model), board_of([*some, *some], tie_model)
    if any("imagined tie" in said for said in once.warnings):
        return  # two votes more against the imagined one do move those that only won
    again = {r.model: r for r in twice.models}
    assert all(close(r.rating, again[r.model].rating) for r in once.models)


@any_votes
@given(rows, ties)
def test_a_model_ranked_surely_above_another_is_rated_above_it(
    some: list[Row], tie_model: Ties
) -> None:
    models = board_of(some, tie_model).models
    for one in models:
        for other in models:
            if one.rank_upper < other.rank_lower:
                assert one.rating > other.rating


@any_votes
@given(rows)
def test_a_contrast_turned_around_says_the_same(some: list[Row]) -> None:
    votes = Votes.from_strings(*zip(*some, strict=True))
    first, second = votes.names[:2]
    if any("never met" in said for said in rate(votes).warnings):
        return
    one, other = contrast(votes, first, second), contrast(votes, second, first)
    assert close(one.difference, -other.difference)
    assert close(one.win_lower, 1 - other.win_upper)
    assert close(one.lower, None if other.upper is None else -other.upper)


@any_votes
@given(rows)
def test_the_votes_that_swap_neighbours_are_no_more_than_there_are(some: list[Row]) -> None:
    votes = Votes.from_strings(*zip(*some, strict=True))
    for swap in robustness(votes).pairs:
        assert swap.drop is None or 0 < swap.drop < len(votes)
        assert swap.flip is None or 0 < swap.flip <= len(votes)


@any_votes
@given(rows, st.randoms(use_true_random=False))
def test_robustness_does_not_depend_on_the_order_of_the_rows(some: list[Row], rng: object) -> None:
    shuffled = list(some)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (robustness(Votes.from_strings(*zip(*r, strict=True))) for r in (some, shuffled))
    assert one == other
