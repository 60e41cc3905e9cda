"""Parent and child of a run on the same fresh prompts, judged by the demo's checker, paired."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from arena.demo import Question, Score, judge
from export.public_ids import same_prompt
from training.errors import BadData
from training.fresh import fresh_questions
from training.pairs import first_prompts
from training.run import Run, whole_run, write_json
from training.winrate import Estimate, clustered

TRAITS = ("correct", "polite", "format", "length", "words")
TEMPERATURE = 0.8
Say = Callable[[str], None]


@dataclass(frozen=True)
class Trait:
    """One thing the checker sees: parent's and child's mean, and their paired difference."""

    name: str
    parent: float
    child: float
    difference: Estimate


@dataclass(frozen=True)
class Evaluation:
    """A run judged by the checker and on held-out pairs; `fresh`: no prompt was trained on."""

    run: str
    prompts: int
    seed: int
    temperature: float
    fresh: bool
    held_out: dict[str, Any]
    traits: tuple[Trait, ...]

    def text(self) -> str:
        """For a person."""
        lines = [f"{'':10}{'parent':>9}{'child':>9}   child - parent, 95 %"]
        for one in self.traits:
            gap = one.difference
            lines.append(
                f"{one.name:10}{one.parent:9.3f}{one.child:9.3f}   "
                f"{gap.mean:+.3f} [{gap.lower:+.3f}, {gap.upper:+.3f}]"
            )
        return "\n".join([*lines, self.caution()])

    def caution(self) -> str:
        """What the figures do not say."""
        seen = "none of them trained on" if self.fresh else "some perhaps trained on: data is gone"
        return (
            f"{self.prompts} prompts of the demo's world ({seen}), answers sampled at temperature "
            f"{self.temperature:g}. The checker knows this world only."
        )


def evaluate_run(folder: Path, prompts: int, seed: int, say: Say) -> Evaluation:
    """Judge a whole run and write evaluation.json and evaluation.html into its folder.

    Raises:
        BadRun: the run is not whole. BadRecipe, BadAdapter: its base or parent cannot be loaded.
    """
    run = whole_run(folder)
    used = _trained_on(run)
    questions = fresh_questions(seed, prompts, used or ())
    parent = Path(run.origin.parent) if run.origin.parent else None
    scores = {}
    for side, adapter in (("parent", parent), ("child", run.adapter)):
        say(f"{side}: {prompts} answers")
        scores[side] = _judged(run.origin.base, adapter, questions, seed)
    found = Evaluation(
        run=folder.name,
        prompts=prompts,
        seed=seed,
        temperature=TEMPERATURE,
        fresh=used is not None,
        held_out=dict((run.result or {})["held_out"]),
        traits=compare(questions, scores["parent"], scores["child"]),
    )
    write_json(folder / "evaluation.json", asdict(found))
    (folder / "evaluation.html").write_text(html(found), encoding="utf-8")
    return found


def compare(
    questions: Sequence[Question], parent: Sequence[Score], child: Sequence[Score]
) -> tuple[Trait, ...]:
    """Every trait of both sides, and the difference on each prompt, clustered by prompt."""
    prompts = [same_prompt(" | ".join(question.prompts)) for question in questions]
    found = []
    for name in TRAITS:
        before = [float(getattr(score, name)) for score in parent]
        after = [float(getattr(score, name)) for score in child]
        gaps = [b - a for a, b in zip(before, after, strict=True)]
        means = (sum(before) / len(before), sum(after) / len(after))
        found.append(Trait(name, *means, clustered(gaps, prompts)))
    return tuple(found)


def html(found: Evaluation) -> str:
    """The evaluation as one page that needs nothing else."""
    rows = "".join(
        f"<tr><th>{one.name}</th><td>{one.parent:.3f}</td><td>{one.child:.3f}</td>"
        f"<td>{one.difference.mean:+.3f}</td>"
        f"<td>{one.difference.lower:+.3f} to {one.difference.upper:+.3f}</td></tr>"
        for one in found.traits
    )
    held = found.held_out
    learnt = "".join(
        f"<tr><th>{name}</th><td>{held['before'][name]:.4f}</td><td>{held['after'][name]:.4f}</td></tr>"
        for name in held["after"]
    )
    return PAGE.format(
        name=escape(found.run),
        rows=rows,
        learnt=learnt,
        pairs=held["pairs"],
        caution=escape(found.caution()),
    )


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<title>Evaluation of {name}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
th, td {{ padding: .3rem 1rem .3rem 0; text-align: right; border-bottom: 1px solid #ccc }}
th:first-child {{ text-align: left }}
</style></head><body>
<h1>Evaluation of {name}</h1>
<h2>The checker's scores</h2>
<table><tr><th></th><th>parent</th><th>child</th><th>difference</th><th>95 %</th></tr>{rows}</table>
<p>{caution}</p>
<h2>The votes held out</h2>
<table><tr><th></th><th>before</th><th>after</th></tr>{learnt}</table>
<p>{pairs} pairs that were not trained on. Accuracy is the share whose chosen answer gained more
likelihood against the parent than the rejected one.</p>
</body></html>
"""


def _trained_on(run: Run) -> set[str] | None:
    """First prompts of the run's dataset; None where it is gone or no longer the same."""
    try:
        prompts, manifest = first_prompts(Path(run.origin.data))
    except BadData:
        return None
    return prompts if manifest == run.origin.manifest else None


def _judged(
    base: str, adapter: Path | None, questions: Sequence[Question], seed: int
) -> list[Score]:
    from training.demo_scores import generate
    from training.dpo import load_adapter, load_base, quiet

    with quiet():
        model, tokenizer = load_base(base)
        if adapter:
            model = load_adapter(model, adapter, trainable=False)
    chats = [question.messages for question in questions]
    answers = generate(model.eval(), tokenizer, chats, TEMPERATURE, seed)
    return [judge(q.asked, a) for q, a in zip(questions, answers, strict=True)]
