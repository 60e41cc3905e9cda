"""The model card of a run: what it was made from and how, what was measured, what was not."""

from pathlib import Path

from training.run import Run

TEMPLATE = """---
library_name: peft
pipeline_tag: text-generation
tags: [dpo, trl, lora, agon]
---

# {name}

A LoRA adapter on `{base}`, trained with DPO on the votes of an arena.

- Parent: {parent}.
- Data: {pairs:,} pairs to learn from, {held_out:,} held out; no prompt is in both. The sha256 of
  the dataset's manifest is `{manifest}`.
- Left out: {left_out}.
- Objective: {losses}, beta {beta:g}.
- Optimiser: AdamW, {rate:g} {schedule}, {epochs:g} epochs of {batch} pairs, {steps:,} steps,
  seed {seed}.
- Made with agon-arena {code}; {versions}.

## Measured on the held-out pairs

| | before | after |
|---|---|---|
{measured}

Accuracy is the share of pairs whose chosen answer gained more likelihood against the parent than
the rejected one. Before training nothing has gained but rounding, so that figure means nothing. It
says how well the votes were learnt, not how good the answers are: that is for battles to show.

## Use

The folder `adapter` is a PEFT adapter; vLLM serves it with `--lora-modules`. It fits only the base
named above. The recipe is in `recipe.json`, the origin of everything in `run.json`.
"""


def card(run: Run) -> str:
    """The card of a whole run, as Markdown with the metadata that model hubs read."""
    result = run.result or {}
    recipe, origin = run.recipe, run.origin
    goal, pace = recipe.objective, recipe.optimiser
    weights = goal.loss_weights or (1.0,) * len(goal.loss)
    return TEMPLATE.format(
        name=run.folder.name,
        base=_name(origin.base),
        parent=f"the adapter `{_name(origin.parent)}`, continued" if origin.parent else "the base",
        pairs=result["pairs"],
        held_out=result["held_out"]["pairs"],
        manifest=origin.manifest,
        left_out=", ".join(f"{n:,} by {key}" for key, n in result["left_out"].items() if n)
        or "nothing",
        losses=" + ".join(
            f"{loss} x {weight:g}" for loss, weight in zip(goal.loss, weights, strict=True)
        ),
        beta=goal.beta,
        rate=pace.learning_rate,
        schedule=pace.schedule,
        epochs=pace.epochs,
        batch=pace.batch,
        steps=result["steps"],
        seed=recipe.seed,
        code=origin.code,
        versions=", ".join(f"{name} {number}" for name, number in origin.versions.items()),
        measured=_measured(run),
    )


def _name(folder: str) -> str:
    return Path(folder).name if Path(folder).is_dir() else folder


def _measured(run: Run) -> str:
    held = (run.result or {})["held_out"]
    if not held["pairs"]:
        return "| no pair was held out | – | – |"
    return "\n".join(
        f"| {name} | {round(held['before'][name], 4) + 0.0:.4f} | {held['after'][name]:.4f} |"
        for name in ("loss", "accuracy", "margin")
    )
