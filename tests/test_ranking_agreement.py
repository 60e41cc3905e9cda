"""Agreement of judges in both setups, held against counting by hand; intervals by question."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.agreement import Judgments, agreement, clustered
from ranking.errors import VotesError

Row = tuple[str, str, str, str, str, int]
rows = st.lists(
    st.tuples(
        st.sampled_from("qrs"),
        st.sampled_from(["ant", "bee"]),
        st.just("cat"),
        st.sampled_from(["model_a", "model_b", "tie", "both_bad"]),
        st.sampled_from(["ann", "bob", "eve"]),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=30,
)


def judged(table: list[Row]) -> Judgments:
    question, a, b, winner, judge, turn = zip(*table, strict=True)
    return Judgments.from_strings(question, a, b, winner, judge, turn)


def by_hand(table: list[Row], ties: bool) -> tuple[int, int]:
    """Agreeing and compared, over every two judgments of one pair of answers by two judges."""
    met = [
        (one[3].replace("both_bad", "tie"), other[3].replace("both_bad", "tie"))
        for place, one in enumerate(table)
        for other in table[:place]
        if (one[:3], one[5]) == (other[:3], other[5]) and one[4] != other[4]
    ]
    met = [said for said in met if ties or "tie" not in said]
    return sum(one == other for one, other in met), len(met)


@given(rows, st.booleans())
def test_every_two_judgments_of_a_pair_are_compared_once(table: list[Row], ties: bool) -> None:
    agreed, compared = by_hand(table, ties)
    if not compared:
        with pytest.raises(VotesError, match="no two judges"):
            agreement(judged(table), ties=ties)
        return
    found = agreement(judged(table), ties=ties).agreed
    assert found.cases == compared and found.share == pytest.approx(agreed / compared)
    assert 0 <= found.lower <= found.share <= found.upper <= 1


def test_the_seats_of_the_models_do_not_matter() -> None:
    table = [("q", "ant", "bee", "model_a", "ann", 1), ("q", "bee", "ant", "model_b", "bob", 1)]
    assert agreement(judged(table)).agreed.share == 1.0


def test_turns_and_questions_are_judged_apart() -> None:
    table = [("q", "ant", "bee", "model_a", "ann", 1), ("q", "ant", "bee", "model_a", "bob", 2)]
    with pytest.raises(VotesError, match="no two judges"):
        agreement(judged(table))


def test_a_judge_is_compared_with_people_and_not_with_itself() -> None:
    table = [
        ("q", "ant", "bee", "model_a", "gpt", 1),
        ("q", "ant", "bee", "model_a", "ann", 1),
        ("q", "ant", "bee", "tie", "bob", 1),
    ]
    everyone = judged(table)
    machine, people = everyone.by(["gpt"]), everyone.by(["ann", "bob"])
    assert agreement(machine, people).agreed.share == 0.5
    assert agreement(machine, people, ties=False).agreed.share == 1.0


def test_kappa_is_zero_for_judges_who_answer_blindly() -> None:
    rng = np.random.default_rng(1)
    table = [
        (str(n), "ant", "bee", str(rng.choice(["model_a", "model_b", "tie"])), judge, 1)
        for n in range(2_000)
        for judge in ("ann", "bob")
    ]
    found = agreement(judged(table))
    assert found.chance == pytest.approx(1 / 3, abs=0.01) and abs(found.kappa) < 0.05


def test_questions_answered_alike_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    hits = np.repeat(rng.random(50) < 0.7, 20).astype(float)
    apart = clustered(hits, np.ones(1_000), np.arange(1_000))
    together = clustered(hits, np.ones(1_000), np.repeat(np.arange(50), 20))
    wider = (together.upper - together.lower) / (apart.upper - apart.lower)
    assert wider == pytest.approx(20**0.5, rel=0.1)
    assert (together.questions, together.cases) == (50, 1_000)


def test_the_interval_covers_the_share_of_all_questions() -> None:
    rng, inside = np.random.default_rng(3), 0
    for _ in range(2_000):
        lean = rng.beta(7, 3, 40)
        cases = rng.integers(1, 30, 40)
        found = clustered(rng.binomial(cases, lean).astype(float), cases * 1.0, np.arange(40))
        inside += found.lower <= 0.7 <= found.upper
    assert 0.93 <= inside / 2_000 <= 0.97


@pytest.mark.parametrize(("share", "bound"), [(0.0, "upper"), (1.0, "lower")])
def test_a_share_of_none_or_all_is_not_certain(share: float, bound: str) -> None:
    found = clustered(np.full(30, share), np.ones(30), np.arange(30))
    assert abs(getattr(found, bound) - share) == pytest.approx(0.122, abs=0.01)


def test_one_question_bounds_nothing() -> None:
    found = clustered(np.ones(5), np.ones(5), np.zeros(5, np.int64))
    assert (found.lower, found.upper) == (0.0, 1.0)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(VotesError, match="differ in length"):
        Judgments.from_strings(["q"], ["a"], ["b"], ["tie"], ["ann", "bob"])
