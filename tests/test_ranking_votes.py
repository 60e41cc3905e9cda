"""Votes: factorised once, checked once, never guessed."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ranking import WINNERS, Votes, VotesError, Winner
from ranking.votes import PIECE, factorise


def test_names_are_sorted_and_codes_point_at_them() -> None:
    votes = Votes.from_strings(["zeta", "alpha"], ["alpha", "mid"], ["model_a", "tie"])
    assert votes.names == ("alpha", "mid", "zeta")
    assert votes.a.tolist() == [2, 0]
    assert votes.b.tolist() == [0, 1]


def test_the_four_winners_are_coded_in_their_order() -> None:
    votes = Votes.from_strings(["x"] * 4, ["y"] * 4, list(WINNERS))
    assert votes.winner.tolist() == [0, 1, 2, 3]
    assert [WINNERS[code] for code in votes.winner] == list(Winner)


def test_tie_bothbad_is_read_as_both_bad() -> None:
    votes = Votes.from_strings(["x"], ["y"], ["tie (bothbad)"])
    assert WINNERS[votes.winner[0]] is Winner.both_bad


@pytest.mark.parametrize("value", ["Model_A", "bothbad", "0.5", "model_a ", "nan"])
def test_an_unknown_winner_is_refused_with_its_row_and_value(value: str) -> None:
    with pytest.raises(VotesError, match=f"row 2: unknown winner '{value}'") as caught:
        Votes.from_strings(["x", "x"], ["y", "y"], ["tie", value])
    assert caught.value.row == 2


@pytest.mark.parametrize("absent", [None, ""])
def test_an_absent_name_is_refused_with_its_row(absent: str | None) -> None:
    with pytest.raises(VotesError, match="row 3: model_b is missing"):
        Votes.from_strings(["x"] * 3, ["y", "y", absent], ["tie"] * 3)


def test_an_absent_winner_is_refused_with_its_row() -> None:
    with pytest.raises(VotesError, match="row 1: winner is missing"):
        Votes.from_strings(["x"], ["y"], [None])


def test_names_that_are_numbers_are_refused() -> None:
    with pytest.raises(VotesError, match="model_a holds int64, not text"):
        Votes.from_strings(pa.array([1]), ["y"], ["tie"])


def test_names_of_mixed_kinds_are_refused() -> None:
    with pytest.raises(VotesError, match="model_a does not hold text"):
        Votes.from_strings(["x", 3], ["y", "y"], ["tie", "tie"])  # type: ignore[list-item]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_weighs_nothing_sensible_is_refused(weight: float) -> None:
    with pytest.raises(VotesError, match="row 2: weight is"):
        Votes.from_strings(["x"] * 2, ["y"] * 2, ["tie"] * 2, weight=[1.0, weight])


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, float("nan")])
def test_a_probability_outside_0_to_1_is_refused(probability: float) -> None:
    with pytest.raises(VotesError, match="row 1: pair_probability is"):
        Votes.from_strings(["x"], ["y"], ["tie"], probability=[probability])


def test_weights_that_are_words_are_refused() -> None:
    with pytest.raises(VotesError, match="weight does not hold numbers"):
        Votes.from_strings(["x"], ["y"], ["tie"], weight=["heavy"])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(VotesError, match="differ in length"):
        Votes.from_strings(["x", "x"], ["y"], ["tie"])


def test_codes_outside_the_names_are_refused() -> None:
    codes = np.array([0], dtype=np.int32)
    with pytest.raises(VotesError, match="model_b code 5 is outside the 2 known"):
        Votes(("x", "y"), codes, codes + 5, np.array([0], dtype=np.int8))


@pytest.mark.parametrize(
    "column",
    [
        np.array(["x", "z"]),
        pd.Series(["x", "z"]),
        pa.array(["x", "z"], pa.large_string()),
        pa.chunked_array([["x"], ["z"]]),
        pa.chunked_array(
            [pa.array(["x"]).dictionary_encode(), pa.array(["z"]).dictionary_encode()]
        ),
    ],
    ids=["numpy", "pandas", "arrow", "chunked", "dictionary"],
)
def test_every_kind_of_text_column_is_read_alike(column: pa.Array) -> None:
    votes = Votes.from_strings(column, ["y", "y"], ["tie", "tie"])
    assert votes.names == ("x", "y", "z")
    assert votes.a.tolist() == [0, 2]


def test_no_votes_at_all_are_votes() -> None:
    votes = Votes.from_strings([], [], [])
    assert len(votes) == 0
    assert votes.names == ()


def test_a_model_against_itself_is_marked() -> None:
    votes = Votes.from_strings(["x", "x"], ["x", "y"], ["tie", "tie"])
    assert votes.mirrored.tolist() == [True, False]


def test_chosen_rows_keep_all_their_columns() -> None:
    votes = Votes.from_strings(
        ["x", "x"], ["y", "y"], ["tie", "model_a"], weight=[1, 2], voter=["u", "v"]
    )
    chosen = votes.only(np.array([False, True]))
    assert (len(chosen), chosen.winner.tolist()) == (1, [0])
    assert chosen.weight is not None
    assert chosen.weight.tolist() == [2.0]
    assert chosen.voter is not None
    assert chosen.voter.tolist() == [1]
    assert chosen.probability is None


def test_text_in_parts_gives_the_same_codes_as_text_in_one() -> None:
    words = [f"m{place % 7}" for place in range(PIECE + 5)]
    whole, names = factorise("model_a", words)
    halves = pa.chunked_array([words[:9], words[9:]])
    parted, again = factorise("model_a", halves)
    assert [names[code] for code in whole[:9].tolist()] == words[:9]
    assert names == again and np.array_equal(whole, parted)


@pytest.mark.parametrize("absent", [None, ""])
def test_an_absent_name_in_a_later_part_is_refused_with_its_row(absent: str | None) -> None:
    column = pa.chunked_array([["x", "y"], ["x", absent]], pa.string())
    with pytest.raises(VotesError, match="model_a is missing") as caught:
        factorise("model_a", column)
    assert caught.value.row == 4


def test_a_column_of_nothing_is_refused_with_its_first_row() -> None:
    with pytest.raises(VotesError, match="model_a is missing"):
        factorise("model_a", pa.chunked_array([pa.nulls(2)]))
