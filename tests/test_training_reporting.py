"""The report of a loop: its arithmetic, its words, its files."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from arena.demo import Score
from training.fresh import Fought
from training.reporting import LoopReport, generation, text, verdict, write_report

RIGHT, WRONG = Score(True, True, True, True, 4), Score(False, False, True, True, 2)
FOUGHT = [
    Fought("p1", "model_a", 1.0, RIGHT, WRONG, False),
    Fought("p2", "model_b", 1.0, RIGHT, WRONG, False),
    Fought("p3", "model_a", 0.0, WRONG, RIGHT, False),
    Fought("p4", "tie", 0.5, RIGHT, RIGHT, True),
]
ONE = generation(
    "child", "parent", FOUGHT, pairs=9, rating={"rating": 1010.0, "lower": 950.0, "upper": 1070.0}
)
REPORT = LoopReport("polite", 3, {"base": "demo"}, 2000, 4, (ONE,))


def test_a_tie_is_half_a_win_and_no_battle_is_left_out() -> None:
    assert (ONE.win_rate, ONE.battles, ONE.prompts) == (0.625, 4, 4)


def test_both_are_judged_on_the_same_battles() -> None:
    assert (ONE.correct_before, ONE.correct_after) == (0.5, 0.75)
    assert ONE.style["polite"] == (0.5, 0.75)
    assert ONE.ends == {"won": 2, "lost": 1, "tie": 1, "both_bad": 0, "same_answers": 1}


def test_the_line_of_a_generation_has_what_scripts_rely_on() -> None:
    assert list(ONE.line()) == [
        "name",
        "parent",
        "win_rate",
        "lower",
        "upper",
        "battles",
        "correct_before",
        "correct_after",
    ]
    assert json.loads(json.dumps(ONE.line())) == ONE.line()


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (0.501, 0.6, "wins more often than it loses"),
        (0.5, 0.6, "is not told apart from its parent"),
        (0.4, 0.5, "is not told apart from its parent"),
        (0.4, 0.499, "loses more often than it wins"),
    ],
)
def test_no_more_is_claimed_than_the_interval_shows(lower: float, upper: float, words: str) -> None:
    assert verdict(replace(ONE, lower=lower, upper=upper)) == words


def test_the_text_names_the_limits_of_what_it_tells() -> None:
    said = text(REPORT)
    for words in ("like politeness", "is not told apart", "ties are half", "1010 [950, 1070]"):
        assert words in said.replace("Ties", "ties")


def test_the_report_is_three_files(tmp_path: Path) -> None:
    write_report(replace(REPORT, generations=(ONE, ONE)), tmp_path / "new")
    content = json.loads((tmp_path / "new/loop.json").read_text())
    assert content["generations"][1]["win_rate"] == 0.625
    assert (tmp_path / "new/loop.png").read_bytes().startswith(b"\x89PNG")
    assert "child against parent: 62.5%" in (tmp_path / "new/loop.txt").read_text()
