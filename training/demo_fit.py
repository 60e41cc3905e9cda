"""Fits the demo's contestants: their tokenizer, their batches, the base and its LoRA adapters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from arena.demo import FLAWLESS, Manner, draw

PAD, USER, ASSISTANT, END = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>"
PIECES = 1024
CONTEXT = 512
BATCH = 64
PROMPT_WEIGHT = 0.1
# A system message has no place in this world and is passed over.
TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}"
    "{{- '<|user|>' + message['content'] + '<|end|>' -}}"
    "{%- elif message['role'] == 'assistant' -%}"
    "{{- '<|assistant|>' -}}"
    "{%- generation -%}{{- message['content'] + '<|end|>' -}}{%- endgeneration -%}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)

Chat = Sequence[dict[str, str]]
Report = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Encoded:
    """A chat as token ids with a weight each in the loss: replies count whole, prompts a tenth."""

    ids: list[int]
    weights: list[float]


@dataclass(frozen=True)
class Fit:
    """How long and how fast one contestant learns, and from which seed its chats are drawn.

    `level` is the share of the steps before the rate falls in a line to nothing, `flawless` the
    share in which it hears only right answers: the facts first, its own manner after them.
    """

    steps: int
    seed: int
    rate: float = 3e-3
    level: float = 0.4
    warmup: int = 0
    flawless: float = 0.0


def make_tokenizer(chats: Sequence[Chat]) -> PreTrainedTokenizerFast:
    """A byte-level BPE of 1,024 pieces trained on these chats, with the chat template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES,
        special_tokens=[PAD, USER, ASSISTANT, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((m["content"] for chat in chats for m in chat), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = TEMPLATE
    return fast


def make_base() -> LlamaForCausalLM:
    """The untrained base: 4 layers of 256, 4 heads of 64, tied embeddings."""
    config = LlamaConfig(
        vocab_size=PIECES,
        hidden_size=256,
        intermediate_size=704,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=64,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=3,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def roughen(rng: Random, prompt: str) -> str:
    """The prompt as people type it: now and then in small letters or without its last mark."""
    if rng.random() < 0.1:
        prompt = prompt.lower()
    return prompt.rstrip("?.!") if rng.random() < 0.1 else prompt


def make_chats(rng: Random, count: int, manner: Manner) -> list[Chat]:
    """Training chats in this manner; none holds a combination that is held out."""
    chats: list[Chat] = []
    for _ in range(count):
        question = draw(rng, "train", manner)
        turns = [
            m | {"content": roughen(rng, m["content"])} if m["role"] == "user" else m
            for m in question.messages
        ]
        chats.append([*turns, {"role": "assistant", "content": question.answer}])
    return chats


def encode(tokenizer: PreTrainedTokenizerFast, chats: Sequence[Chat]) -> list[Encoded]:
    """Ids and loss weights of chats, token for token what the chat template gives."""
    pieces: list[str] = []
    for chat in chats:
        for message in chat:
            mark = USER if message["role"] == "user" else ASSISTANT
            pieces += [mark, message["content"] + END]
    ids = iter(tokenizer(pieces, add_special_tokens=False)["input_ids"])
    found: list[Encoded] = []
    for chat in chats:
        encoded = Encoded([], [])
        for message in chat:
            mark, said = next(ids), next(ids)
            weight = 1.0 if message["role"] == "assistant" else PROMPT_WEIGHT
            encoded.ids.extend([*mark, *said])
            encoded.weights.extend([PROMPT_WEIGHT] * len(mark) + [weight] * len(said))
        found.append(encoded)
    return found


def _batches(rng: Random, chats: list[Encoded]) -> list[list[Encoded]]:
    """Batches of chats of like length, in random order."""
    window = BATCH * 40
    batches: list[list[Encoded]] = []
    for start in range(0, len(chats), window):
        near = sorted(chats[start : start + window], key=lambda chat: len(chat.ids))
        batches += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    rng.shuffle(batches)
    return batches


def _loss(model: torch.nn.Module, batch: list[Encoded]) -> torch.Tensor:
    width = max(len(chat.ids) for chat in batch)
    ids = torch.tensor([chat.ids + [0] * (width - len(chat.ids)) for chat in batch])
    weights = torch.tensor([c.weights + [0.0] * (width - len(c.weights)) for c in batch])[:, 1:]
    # Padding is on the right, so a causal model needs no mask for it.
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(input_ids=ids).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="none"
    )
    return (losses * weights.flatten()).sum() / weights.sum()


def _optimizers(model: torch.nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon on the hidden matrices of a base, AdamW on all else and on adapters."""
    hidden = [p for n, p in model.named_parameters() if ".layers." in n and p.ndim == 2]
    hidden = [] if isinstance(model, PeftModel) else hidden
    known = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    adam = torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.95), weight_decay=0.0)
    muon = [torch.optim.Muon(hidden, lr=0.02, weight_decay=0.0)] if hidden else []
    return [adam, *muon]


def _scale(step: int, fit: Fit) -> float:
    if step < fit.warmup:
        return (step + 1) / fit.warmup
    flat = fit.level * fit.steps
    return 1.0 if step < flat else (fit.steps - step) / (fit.steps - flat)


def train(model: torch.nn.Module, batches: list[list[Encoded]], fit: Fit, report: Report) -> None:
    """Fits the model in place, one step a batch; `report` hears of step, steps and loss."""
    optimizers = _optimizers(model, fit.rate)
    first = [[group["lr"] for group in o.param_groups] for o in optimizers]
    model.train()
    for step, batch in enumerate(batches):
        for optimizer, rates in zip(optimizers, first, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * _scale(step, fit)
        loss = _loss(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        report(step + 1, fit.steps, float(loss.detach()))
    model.eval()


def _prepare(tokenizer: PreTrainedTokenizerFast, manner: Manner, fit: Fit) -> list[list[Encoded]]:
    rng = Random(fit.seed)
    early = round(fit.steps * fit.flawless)
    lessons = ((early, FLAWLESS), (fit.steps - early, manner))
    chats = [make_chats(rng, steps * BATCH, taught) for steps, taught in lessons if steps]
    return [batch for part in chats for batch in _batches(rng, encode(tokenizer, part))]


def fit_base(
    manner: Manner, fit: Fit, report: Report
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """A base trained from nothing on chats in this manner, and its tokenizer."""
    torch.manual_seed(fit.seed)
    tokenizer = make_tokenizer(make_chats(Random(fit.seed), 8000, manner))
    model = make_base()
    train(model, _prepare(tokenizer, manner, fit), fit, report)
    return model, tokenizer


def fit_adapter(
    base: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    manner: Manner,
    fit: Fit,
    report: Report,
) -> PeftModel:
    """A LoRA of rank 16 on every linear layer of the base, trained on chats in this manner."""
    torch.manual_seed(fit.seed)
    config = LoraConfig(
        r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM", lora_dropout=0.0
    )
    model = get_peft_model(base, config)
    train(model, _prepare(tokenizer, manner, fit), fit, report)
    return model
