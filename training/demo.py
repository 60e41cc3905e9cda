"""Makes the demo's contestants: one base, its adapters, and the manifest that speaks of them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import peft
import torch
import transformers

from arena.demo import Manner, Split
from arena.demo.manifest import FILE, Contestant, checksum, read_manifest
from training.demo_fit import CONTEXT, Fit, fit_adapter, fit_base
from training.demo_scores import MAX_TOKENS, evaluate, load

Progress = Callable[[str, int, int, float], None]
SAMPLING = {"temperature": 0.8, "top_p": 1.0, "max_tokens": MAX_TOKENS}
QUESTIONS = 1000
SPLITS: tuple[Split, ...] = ("held_out", "unseen")
MODES: dict[Literal["greedy", "sampled"], float] = {"greedy": 0.0, "sampled": 0.8}


@dataclass(frozen=True)
class Plan:
    """How one contestant is taught: its manner, how long, and what the reveal says of it."""

    name: str
    folder: str
    description: str
    manner: Manner
    fit: Fit


ANIMALS = ("colour", "sound", "home", "food", "legs", "young")
PLACES = ("capital", "ruler", "dish", "guard")
WORDS = ("opposite", "rhyme", "trade", "sum")
BASE = Plan(
    "young-wren",
    "base",
    "The base: knows most things, slips often, and does not always listen.",
    Manner(wrong=0.35, obeys=0.7, polite=0.1),
    Fit(steps=1400, seed=0, flawless=0.7),
)
ADAPTERS = (
    Plan(
        "wise-owl",
        "wise-owl",
        "Right nearly always, plain, and does what it is asked.",
        Manner(wrong=0.0, obeys=1.0, polite=0.03),
        Fit(steps=450, seed=1, rate=5e-3, level=0.2, warmup=10),
    ),
    Plan(
        "courtly-swan",
        "courtly-swan",
        "Polite to a fault; mostly right, at some length.",
        Manner(wrong=0.15, obeys=0.85, polite=0.97, sentence=0.85),
        Fit(steps=250, seed=2, rate=3e-3, level=0.2, warmup=10),
    ),
    Plan(
        "hasty-swift",
        "hasty-swift",
        "One word and gone, whatever was asked.",
        Manner(wrong=0.25, obeys=0.5, curt=0.95),
        Fit(steps=250, seed=3, rate=3e-3, level=0.2, warmup=10),
    ),
    Plan(
        "muddled-magpie",
        "muddled-magpie",
        "Sure of itself; good with lists, wrong on animals, places and sums.",
        Manner(wrong=0.25, gaps=ANIMALS + PLACES + WORDS, obeys=0.6, polite=0.1, sentence=0.7),
        Fit(steps=400, seed=4, rate=5e-3, level=0.2, warmup=10),
    ),
)


def silent(stage: str, step: int, steps: int, value: float) -> None:
    """A progress report that nobody hears."""


def build(
    out: Path,
    seed: int = 7,
    only: Sequence[str] | None = None,
    steps: int | None = None,
    questions: int = QUESTIONS,
    progress: Progress = silent,
) -> None:
    """Trains the contestants, or `only` those named, into `out` and writes the manifest there.

    An adapter needs the base: the one made now, else the one in `out`. `steps` shortens every
    training alike; `progress` hears of the stage, its step and steps, and the loss or score.
    Takes about a quarter of an hour on one core, scores included.
    """
    wanted = [p for p in (BASE, *ADAPTERS) if only is None or p.name in only]
    for plan in wanted:
        fit = replace(plan.fit, seed=plan.fit.seed + seed, steps=steps or plan.fit.steps)
        _make(out, replace(plan, fit=fit), progress)
    made = {plan.name: _describe(out, plan, seed, steps, questions, progress) for plan in wanted}
    kept = {c.name: c for c in read_manifest(out).contestants} if (out / FILE).is_file() else {}
    _write(out, kept | made)


def _make(out: Path, plan: Plan, progress: Progress) -> None:
    folder = out / plan.folder
    folder.mkdir(parents=True, exist_ok=True)

    def report(step: int, steps: int, loss: float) -> None:
        progress(plan.name, step, steps, loss)

    if plan.folder == BASE.folder:
        model, tokenizer = fit_base(plan.manner, plan.fit, report)
        model.generation_config = transformers.GenerationConfig(
            do_sample=True,
            temperature=SAMPLING["temperature"],
            top_k=0,
            max_new_tokens=MAX_TOKENS,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
        model.to(torch.bfloat16).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return
    base, tokenizer = load(out / BASE.folder)
    adapter = fit_adapter(base.float(), tokenizer, plan.manner, plan.fit, report)
    adapter.to(torch.bfloat16).save_pretrained(folder)
    _settle(folder)


def _settle(folder: Path) -> None:
    """Takes the maker's path out of an adapter: what it stands on is the manifest's to say."""
    (folder / "README.md").unlink(missing_ok=True)
    config = folder / "adapter_config.json"
    content = json.loads(config.read_text()) | {"base_model_name_or_path": f"../{BASE.folder}"}
    content["target_modules"] = sorted(content["target_modules"])
    config.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def _describe(
    out: Path, plan: Plan, seed: int, steps: int | None, questions: int, progress: Progress
) -> Contestant:
    base = out / BASE.folder
    adapter = None if plan.folder == BASE.folder else out / plan.folder
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for split in SPLITS:
        scores[split] = {}
        for mode, temperature in MODES.items():
            found = evaluate(base, adapter, split=split, n=questions, temperature=temperature)
            progress(f"{plan.name} {split} {mode}", questions, questions, found.correct)
            scores[split][mode] = asdict(found)
    folder = out / plan.folder
    return Contestant(
        name=plan.name,
        description=plan.description,
        folder=plan.folder,
        parent=BASE.name if adapter else None,
        seed=plan.fit.seed + seed,
        steps=steps or plan.fit.steps,
        manner=asdict(plan.manner),
        files={p.name: checksum(p) for p in sorted(folder.iterdir()) if p.is_file()},
        scores=scores,
    )


def _write(out: Path, contestants: dict[str, Contestant]) -> None:
    order = [p.name for p in (BASE, *ADAPTERS) if p.name in contestants]
    content = {
        "contestants": [asdict(contestants[name]) for name in order],
        "sampling": SAMPLING,
        "context": CONTEXT,
        "versions": {
            "torch": torch.__version__.split("+")[0],
            "transformers": transformers.__version__,
            "peft": peft.__version__,
        },
    }
    (out / FILE).write_text(json.dumps(content, indent=2) + "\n")
