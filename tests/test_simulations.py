"""The simulations behind docs/ranking.md: run small, and their measures checked by hand."""

import numpy as np
import pytest

from benchmarks import coverage, sampling
from benchmarks.coverage import Counted, simulate
from benchmarks.coverage_worlds import WORLDS, World, pseudo_true, spoken
from benchmarks.sampling import Run, curve
from benchmarks.worlds import half_ties, modelled_ties, outcomes, strengths
from ranking.leaderboard import Leaderboard, Rating


def a_board(*rows: tuple[str, float | None, float | None, int]) -> Leaderboard:
    """Models by name with their bounds and votes; all rated 1000."""
    rated = (Rating(n, 1000.0, low, up, 1, 1, 1, votes, 0, 0, 0) for n, low, up, votes in rows)
    return Leaderboard("made up", 0, tuple(rated))


def test_every_simulation_runs_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage.main(["--quick"]) == 0
    assert sampling.main(["--quick"]) == 0
    said = capsys.readouterr().out
    assert "| balanced | 300 |" in said and "informative" in said


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    world = World("balanced", "", models=20, votes=100, boards=0)
    whole, _ = simulate(world, 400)
    assert 93.5 <= 100 * sum(whole.held) / sum(whole.cases) <= 97


def test_intervals_for_independent_votes_are_too_narrow_where_voters_have_tastes() -> None:
    some = {"models": 8, "votes": 600, "boards": 0, "kind": "voters"}
    by_voter, by_vote = (
        simulate(World("", "", cluster=cluster, **some), 150)[0] for cluster in (True, False)
    )
    covered = [sum(c.held) / sum(c.cases) for c in (by_voter, by_vote)]
    assert covered[0] > 0.9 > covered[1]


def test_coverage_is_counted_about_the_mean_of_the_listed() -> None:
    counted = Counted()
    board = a_board(("a", 989.0, 1001.0, 50), ("b", 900.0, 980.0, 10), ("c", None, 1020.0, 7))
    counted.add(board, {"a": 5.0, "b": 4.0, "c": 9.0, "absent": 1e6})
    assert (counted.cases, counted.held) == ([1, 1, 0], [0, 1, 0])
    assert (counted.one_sided, counted.one_sided_held, counted.width) == (1, 1, [40.0, 6.0, 0.0])


def test_models_without_an_interval_are_not_counted() -> None:
    counted = Counted()
    counted.add(a_board(("a", None, None, 4)), {"a": 0.0})
    assert counted.models == 1 and sum(counted.cases) + counted.one_sided == 0


def test_the_worlds_say_what_their_models_say() -> None:
    d = np.linspace(-3, 3, 7)
    for said in (half_ties(0.3), modelled_ties("davidson", 0.0), modelled_ties("rao-kupper", 0.5)):
        assert said(d).sum(axis=0) == pytest.approx(np.ones(7)) and (said(d) >= 0).all()
    win, _, tie = half_ties(0.3)(d)
    assert win + tie / 2 == pytest.approx(1 / (1 + np.exp(-d))) and tie[3] == pytest.approx(0.3)


def test_outcomes_are_drawn_by_their_chances() -> None:
    chance = np.array([[0.5], [0.2], [0.3]])
    drawn = outcomes(np.array([100_000]), chance, np.random.default_rng(1))
    assert drawn.sum() == 100_000 and drawn / 1e5 == pytest.approx(chance, abs=0.01)
    d = np.full(50_000, 0.8)
    codes = np.zeros(50_000, np.int64), np.ones(50_000, np.int64)
    votes = spoken(WORLDS[0], *codes, d, np.random.default_rng(2))
    shares = np.bincount(votes.winner, minlength=3)[:3] / 50_000
    assert shares == pytest.approx(half_ties(0.3)(d[:1])[:, 0], abs=0.01)


def test_tastes_of_voters_draw_the_pseudo_true_strengths_together() -> None:
    world = World("", "", models=6, votes=0, boards=0)
    strength = strengths(6, 1.0, np.random.default_rng(3))
    found = pseudo_true(world, strength, np.full(15, 1 / 15))
    assert np.corrcoef(found, strength)[0, 1] > 0.999
    assert 0.8 < np.ptp(found) / np.ptp(strength) < 0.95


def test_more_votes_narrow_the_intervals_by_their_root() -> None:
    widths = curve(sampling.World(8, 1.0, 4_000), "uniform", (0.25, 1.0), 2)
    assert widths[0] / widths[1] == pytest.approx([2.0, 2.0], rel=0.1)


def test_a_run_counts_every_battle_with_the_chance_it_was_drawn_with() -> None:
    run = Run(sampling.World(5, 1.0, 0), "informative", np.random.default_rng(4))
    run.vote(650)
    assert run.tally.count.sum() == 650
    assert run.tally.weight.sum() == pytest.approx(650 * 10, rel=0.25)
