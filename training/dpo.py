"""DPO with TRL: a LoRA adapter on the base, or one that continues its parent's adapter."""

import json
import math
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    TrainerCallback,
    set_seed,
)
from trl import DPOConfig, DPOTrainer

from training.errors import BadAdapter, BadData, BadRecipe
from training.pairs import COLUMNS, Pairs
from training.recipe import Recipe

Progress = Callable[[int, int, dict[str, float]], None]
Metrics = list[dict[str, float]]


@dataclass(frozen=True)
class Trained:
    """What a run came to: metrics a log step, and the held-out ones before and after."""

    metrics: Metrics
    before: dict[str, float]
    after: dict[str, float]
    pairs: int
    held_out: int
    too_long: int
    steps: int


class _Log(TrainerCallback):  # type: ignore[misc]  # the library has no types
    """Keeps every line the trainer logs, and passes it on."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path, self.progress = path, progress

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
        self.path.write_text(json.dumps(state.log_history, indent=1) + "\n")
        if logs and "loss" in logs:
            self.progress(state.global_step, state.max_steps, logs)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' own progress bars out of ours."""
    before = os.environ.get("TQDM_DISABLE")
    os.environ["TQDM_DISABLE"] = "1"
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    try:
        yield
    finally:
        datasets.enable_progress_bars()
        transformers.utils.logging.enable_progress_bar()
        os.environ.pop("TQDM_DISABLE")
        if before is not None:
            os.environ["TQDM_DISABLE"] = before


@quiet()
def train(
    recipe: Recipe,
    pairs: Pairs,
    base: str,
    parent: Path | None,
    out: Path,
    resume: bool,
    progress: Progress,
) -> Trained:
    """Trains an adapter into `out`/adapter; checkpoints lie in `out`/checkpoints until it is whole.

    Raises:
        BadRecipe: the base cannot be loaded, or the loss is no number any more.
        BadAdapter: the parent is no adapter of this base.
        BadData: every pair is longer than the recipe allows.
    """
    set_seed(recipe.seed)
    policy, tokenizer = load_policy(recipe, base, parent)
    train_set, dropped = _dataset(pairs.train, tokenizer, recipe.data.max_length)
    test_set, dropped_test = _dataset(pairs.test, tokenizer, recipe.data.max_length)
    if not len(train_set):
        raise BadData("every pair is longer than data.max_length")
    trainer = DPOTrainer(
        model=policy,
        args=_arguments(recipe, out / "checkpoints", len(test_set)),
        train_dataset=train_set,
        eval_dataset=test_set if len(test_set) else None,
        processing_class=tokenizer,
        callbacks=[_Log(out / "metrics.json", progress)],
    )
    trainer.remove_callback(PrinterCallback)
    before = _held_out(trainer) if len(test_set) else {}
    last = last_checkpoint(out / "checkpoints") if resume else None
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    metrics = [line for line in trainer.state.log_history if "loss" in line]
    check_losses(metrics)
    after = _held_out(trainer) if len(test_set) else {}
    save_adapter(trainer.model, out / "adapter")
    shutil.rmtree(out / "checkpoints", ignore_errors=True)
    return Trained(
        metrics=metrics,
        before=before,
        after=after,
        pairs=len(train_set),
        held_out=len(test_set),
        too_long=dropped + dropped_test,
        steps=trainer.state.global_step,
    )


def check_losses(metrics: Metrics) -> None:
    """A run whose loss became infinite or no number at all has made no challenger."""
    if not all(math.isfinite(line["loss"]) for line in metrics):
        raise BadRecipe("the loss is no number any more; try a lower optimiser.learning_rate")


def even_batch(rows: int, most: int) -> int:
    """The batch size of at most so many with which the last batch is as full as can be.

    TRL's held-out figures are means over batches, whatever number of pairs is in each.
    """
    return math.ceil(rows / math.ceil(rows / most)) if rows else most


def load_policy(
    recipe: Recipe, base: str, parent: Path | None
) -> tuple[PeftModel, PreTrainedTokenizerBase]:
    """The model to be trained: a fresh adapter on the base, or the parent's, open to change.

    TRL takes its frozen reference from it: the base without the fresh adapter (which starts as
    nought), or a copy of the parent's adapter under the name "ref".
    """
    model, tokenizer = load_base(base)
    if parent is not None:
        return load_adapter(model, parent, trainable=True), tokenizer
    shape = recipe.lora
    config = LoraConfig(
        r=shape.rank,
        lora_alpha=shape.alpha,
        lora_dropout=shape.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config), tokenizer


def load_base(base: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The base model and its tokenizer, from a folder or the hub's cache."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(base)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadRecipe(f"base {base} cannot be loaded: {reason}") from error
    if tokenizer.chat_template is None:
        raise BadRecipe(f"base {base} has no chat template, so nobody can ask it anything")
    return model, tokenizer


def load_adapter(model: PreTrainedModel, folder: Path, trainable: bool) -> PeftModel:
    """The base with this adapter on it; BadAdapter where it is not one of this base."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*missing adapter keys.*")
            return PeftModel.from_pretrained(model, str(folder), is_trainable=trainable)
    except (RuntimeError, ValueError, KeyError, OSError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise BadAdapter(f"{folder} is no adapter of this base: {reason}") from error


def save_adapter(model: PeftModel, folder: Path) -> None:
    """The trained adapter alone: neither TRL's reference copy nor the library's model card."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    model.save_pretrained(str(fresh), selected_adapters=["default"])
    (fresh / "README.md").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def _arguments(recipe: Recipe, checkpoints: Path, held_out: int) -> DPOConfig:
    goal, pace, machine = recipe.objective, recipe.optimiser, recipe.machine
    on_cpu = machine.device == "cpu" or not torch.cuda.is_available()
    return DPOConfig(
        output_dir=str(checkpoints),
        seed=recipe.seed,
        beta=goal.beta,
        loss_type=list(goal.loss),
        loss_weights=list(goal.loss_weights) or None,
        label_smoothing=goal.label_smoothing,
        max_length=recipe.data.max_length,
        learning_rate=pace.learning_rate,
        lr_scheduler_type=pace.schedule,
        warmup_steps=pace.warmup,
        num_train_epochs=pace.epochs,
        per_device_train_batch_size=pace.batch,
        per_device_eval_batch_size=even_batch(held_out, 4 * pace.batch),
        weight_decay=pace.weight_decay,
        max_grad_norm=pace.clip,
        precompute_ref_log_probs=True,
        precompute_ref_batch_size=4 * pace.batch,
        gradient_checkpointing=False,
        bf16=machine.bf16,
        use_cpu=on_cpu,
        train_sampling_strategy="group_by_length" if machine.by_length else "random",
        remove_unused_columns=False,
        dataloader_pin_memory=not on_cpu,
        logging_first_step=True,
        logging_steps=machine.log_steps,
        save_steps=machine.save_steps,
        save_total_limit=1,
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


def _dataset(
    table: pa.Table, tokenizer: PreTrainedTokenizerBase, most: int
) -> tuple[datasets.Dataset, int]:
    """The pairs as TRL reads them with their length in tokens, and how many are too long."""
    rows = datasets.Dataset(table.select(list(COLUMNS)))

    def measure(row: dict[str, Any]) -> dict[str, int]:
        sides = [tokenizer.apply_chat_template(row["prompt"] + row[s]) for s in COLUMNS[1:]]
        return {"length": max(len(side["input_ids"]) for side in sides)}

    if not len(rows):
        return rows, 0
    rows = rows.map(measure)
    kept = rows.filter(lambda row: row["length"] <= most)
    return kept, len(rows) - len(kept)


def _held_out(trainer: DPOTrainer) -> dict[str, float]:
    """Loss, accuracy and margin on the pairs that are not trained on."""
    found = trainer.evaluate()
    return {
        "loss": found["eval_loss"],
        "accuracy": found["eval_rewards/accuracies"],
        "margin": found["eval_rewards/margins"],
    }


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that can be resumed from, without TRL's copy of the reference.

    transformers restores only the adapters in sub-folders where there is one, so with the copy
    beside it the trained adapter would silently start anew. The reference is made from the parent
    again in any case.
    """
    found = [one for one in folder.glob("checkpoint-*") if (one / "trainer_state.json").is_file()]
    newest = max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    if newest is not None:
        shutil.rmtree(newest / "ref", ignore_errors=True)
    return newest
