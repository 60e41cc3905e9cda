"""Groups that never met, and models that only won or only lost."""

import pytest

from ranking import Cells
from ranking.graph import Structure, structure, ties_are_bounded
from ranking.pairs import Pairs


def met(*wins: str, ties: str = "") -> Pairs:
    """Each of `wins` is two letters, winner first; `ties` lists pairs of letters."""
    tied = ties.split()
    rows = [*wins, *tied]
    said = ["model_a"] * len(wins) + ["tie"] * len(tied)
    cells = Cells.from_columns([r[0] for r in rows], [r[1] for r in rows], said, [1] * len(rows))
    return Pairs.of(cells)


def shape(*wins: str, ties: str = "") -> Structure:
    return structure(met(*wins, ties=ties))


def test_a_circle_of_wins_is_whole() -> None:
    found = shape("AB", "BC", "CA")
    assert found.whole
    assert found.group.tolist() == [0, 0, 0]
    assert not found.no_top.any()


def test_a_tie_binds_both_ways() -> None:
    assert shape(ties="AB BC").whole


def test_models_that_never_met_are_groups_apart() -> None:
    assert shape(ties="AB CD").group.tolist() == [0, 0, 1, 1]


def test_a_model_that_only_won_has_no_top() -> None:
    found = shape("AB", ties="BC")
    assert found.core.tolist() == [False, True, True]
    assert found.no_top.tolist() == [True, False, False]
    assert not found.no_bottom.any()


def test_a_model_that_only_lost_has_no_bottom() -> None:
    found = shape("BA", ties="BC")
    assert found.no_bottom.tolist() == [True, False, False]
    assert not found.no_top.any()


def test_a_model_below_a_newcomer_that_met_only_it_is_still_unbounded() -> None:
    found = shape("AB", "BC", ties="CD")
    assert found.no_top.tolist() == [True, True, False, False]


def test_two_models_one_winner_have_no_core_and_open_ends_outwards() -> None:
    found = shape("AB")
    assert not found.core.any()
    assert (found.no_top.tolist(), found.no_bottom.tolist()) == ([True, False], [False, True])


def test_the_middle_of_a_chain_without_a_core_is_unbounded_both_ways() -> None:
    found = shape("AB", "BC")
    assert (found.no_top[1], found.no_bottom[1]) == (True, True)


def test_a_model_that_beat_one_and_lost_to_another_outside_is_bounded_by_neither() -> None:
    found = shape("EA", ties="AB CD")
    assert found.group[4] == 0
    assert found.no_top[4]


@pytest.mark.parametrize("winner", ["A", "B"])
def test_equal_halves_have_no_core_whichever_won(winner: str) -> None:
    found = shape("AC" if winner == "A" else "CA", ties="AB CD")
    assert not found.core.any()


@pytest.mark.parametrize(
    ("wins", "ties", "bounded"),
    [
        (["AB", "BA"], "AB", True),
        (["AB", "BA"], "", False),
        ([], "AB", False),
        (["AB"], "AB", False),
        (["AB", "BC", "CA"], "AB", True),
        (["AB", "BC"], "CA", True),
        (["AB"], "BC CA", False),
        (["AB", "CD"], "BC DA", False),
        (["AB", "CB", "CD"], "BC DA AB", False),
        (["AB", "BC", "CD"], "DA", True),
    ],
)
def test_a_tie_parameter_needs_a_circle_with_more_wins_than_ties(
    wins: list[str], ties: str, bounded: bool
) -> None:
    assert ties_are_bounded(met(*wins, ties=ties)) is bounded
