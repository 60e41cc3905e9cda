"""Parent and child judged on the same prompts: the pairing, the page, the real thing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from arena.demo import Score
from tests.test_training_run import ORIGIN, RECIPE, RESULT
from tests.training_fixture import dataset, pairs, shipped, shipped_base
from training.evaluation import Evaluation, compare, evaluate_run, html
from training.fresh import fresh_questions
from training.pairs import first_prompts
from training.run import finish, start

RIGHT, WRONG = Score(True, False, True, True, 4), Score(False, False, True, True, 2)


def test_the_difference_is_taken_prompt_by_prompt() -> None:
    questions = fresh_questions(1, 40, ())
    parent = [RIGHT, WRONG] * 20
    correct = compare(questions, parent, parent)[0]
    assert (correct.parent, correct.difference.mean) == (0.5, 0.0)
    assert correct.difference.lower == correct.difference.upper == 0.0
    better = compare(questions, [WRONG] * 40, [RIGHT] * 20 + [WRONG] * 20)[0]
    assert better.difference.mean == 0.5
    assert better.difference.lower > 0.3


def test_the_page_shows_the_figures_and_nothing_as_markup() -> None:
    traits = compare(fresh_questions(1, 4, ()), [WRONG] * 4, [RIGHT] * 4)
    found = Evaluation("<b>run</b>", 4, 1, 0.8, False, RESULT["held_out"], traits)
    page = html(found)
    assert "&lt;b&gt;run" in page and "<b>run" not in page
    assert "+1.000" in page and "some perhaps trained on" in page


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_better_adapter_is_seen_to_be_better(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    data = dataset(tmp_path / "d", pairs(20))
    origin = replace(
        ORIGIN, base=str(shipped_base()), data=str(data), manifest=first_prompts(data)[1]
    )
    run = start(tmp_path / "run", RECIPE, origin, False)
    shutil.copytree(shipped("wise-owl"), run.adapter)
    finish(run, RESULT)
    said: list[str] = []
    found = evaluate_run(run.folder, 120, 1, said.append)
    assert said == ["parent: 120 answers", "child: 120 answers"]
    assert found.fresh and found.traits[0].difference.lower > 0
    written = json.loads((run.folder / "evaluation.json").read_text())
    assert written["traits"][0]["child"] == found.traits[0].child
    assert "correct" in (run.folder / "evaluation.html").read_text()
    shutil.rmtree(data)
    assert not evaluate_run(run.folder, 8, 1, said.append).fresh
