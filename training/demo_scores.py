"""How strong a demo contestant is: its answers to drawn questions, judged by the checker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from arena.demo import Question, Score, Split, draw, judge

MAX_TOKENS = 64


@dataclass(frozen=True)
class Tally:
    """Shares of the answers that were right, polite, in the asked form and length; mean words."""

    questions: int
    correct: float
    polite: float
    format: float
    length: float
    words: float


def load(
    base: Path, adapter: Path | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A contestant from its folder, with the base's tokenizer."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    if adapter:
        model = PeftModel.from_pretrained(model, adapter)
    return model.eval(), tokenizer


def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    chats: Sequence[Sequence[dict[str, str]]],
    temperature: float,
    seed: int = 0,
    batch: int = 128,
) -> list[str]:
    """One answer a chat, greedy at temperature 0; short chats are answered together."""
    torch.manual_seed(seed)
    order = sorted(range(len(chats)), key=lambda i: sum(len(m["content"]) for m in chats[i]))
    answers = [""] * len(chats)
    for start in range(0, len(order), batch):
        some = order[start : start + batch]
        said = _generate(model, tokenizer, [list(chats[i]) for i in some], temperature)
        for index, answer in zip(some, said, strict=True):
            answers[index] = answer
    return answers


def _generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    chats: list[list[dict[str, str]]],
    temperature: float,
) -> list[str]:
    tokenizer.padding_side = "left"
    inputs = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
    )
    # Greedy takes neither temperature nor top-k; sampling is from all pieces, as the engine does.
    knobs = {"temperature": temperature, "top_k": 0} if temperature else {}
    sampling = {"do_sample": bool(knobs), "temperature": None, "top_k": None} | knobs
    with torch.inference_mode():
        ids = model.generate(**inputs, max_new_tokens=MAX_TOKENS, **sampling)
    width = inputs["input_ids"].shape[1]
    return list(tokenizer.batch_decode(ids[:, width:], skip_special_tokens=True))


def questions(split: Split, count: int, seed: int) -> list[Question]:
    """The same questions for the same seed."""
    rng = Random(seed)
    return [draw(rng, split) for _ in range(count)]


def tally(scores: Sequence[Score]) -> Tally:
    """What share of the answers had what."""
    n = len(scores)
    return Tally(
        questions=n,
        correct=round(sum(s.correct for s in scores) / n, 4),
        polite=round(sum(s.polite for s in scores) / n, 4),
        format=round(sum(s.format for s in scores) / n, 4),
        length=round(sum(s.length for s in scores) / n, 4),
        words=round(sum(s.words for s in scores) / n, 2),
    )


def evaluate(
    base: Path,
    adapter: Path | None = None,
    *,
    split: Split = "held_out",
    n: int = 1000,
    temperature: float = 0.0,
    seed: int = 1,
) -> Tally:
    """The checker's tally of a shipped contestant on n fresh questions of a split."""
    model, tokenizer = load(base, adapter)
    asked = questions(split, n, seed)
    answers = generate(model, tokenizer, [q.messages for q in asked], temperature, seed)
    return tally([judge(q.asked, a) for q, a in zip(asked, answers, strict=True)])
