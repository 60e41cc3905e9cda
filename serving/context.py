"""The conversation as it fits a model: the newest turns whole, the oldest left out, room to answer.

There is no tokenizer here. The count is an estimate that is meant to be too high: eight tokens a
message for the template, one for every digit and mark of ASCII (no byte-level tokenizer makes
more), and for ASCII letters and spaces, and for the bytes of other scripts, a rate each that is
learned from what upstreams count. docs/serving.md says how far off it is.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from serving.chat import Message, Params
from serving.errors import TooLong
from serving.target import Target

LETTERS = (string.ascii_letters + " ").encode()
ASCII = bytes(range(128))
MESSAGE_TOKENS = 8


class Kind(NamedTuple):
    """Bytes that a tokenizer treats alike: tokens each before anything is learned, and after.

    `slack` is what the learned rate is taken times; scripts differ more than languages of one do.
    """

    prior: float
    slack: float


# Half a token a letter is about twice what usual tokenizers make of prose.
KINDS = {"letters": Kind(0.5, 1.25), "scripts": Kind(1.0, 2.0)}
# A short prompt is mostly template, and one of little of a kind says little of it.
TELLING_BYTES = 64
TELLING_SHARE = 0.8
FORGET = 0.1
# What no tokenizer in use does better: bytes a token.
DENSEST = 8
# A sixteenth of the context is no room for `max_tokens`: templates hold more than is counted.
SPARE = 16
USUAL_ANSWER = 256
SHORTEST_ANSWER = 16


@dataclass(slots=True)
class Lengths:
    """Tokens a byte of each model and kind, learned: up at once, down slowly."""

    rates: dict[tuple[int, str], float] = field(default_factory=dict)

    def most(self, model_id: int, messages: Sequence[Message]) -> int:
        """Hardly ever fewer than these messages come to."""
        sizes = measured(messages)
        tokens = MESSAGE_TOKENS * len(messages) + sizes["marks"]
        return tokens + sum(round(sizes[kind] * self.rate(model_id, kind)) for kind in KINDS)

    def rate(self, model_id: int, kind: str) -> float:
        known = self.rates.get((model_id, kind))
        return KINDS[kind].prior if known is None else min(1.0, known * KINDS[kind].slack)

    def learn(self, model_id: int, messages: Sequence[Message], prompt_tokens: int) -> None:
        """Take the upstream's count of a prompt that is long enough, and mostly of one kind."""
        sizes = measured(messages)
        telling = max(TELLING_BYTES, TELLING_SHARE * sum(sizes.values()))
        for kind in KINDS:
            if sizes[kind] >= telling:
                seen = min(1.0, prompt_tokens / sizes[kind])
                known = self.rates.get((model_id, kind), seen)
                self.rates[model_id, kind] = max(seen, known + FORGET * (seen - known))


def measured(messages: Sequence[Message]) -> dict[str, int]:
    """Bytes in UTF-8: ASCII letters and spaces, what else is ASCII, and those of other scripts."""
    said = b"".join(message.content.encode("utf-8", "replace") for message in messages)
    scripts, others = len(said.translate(None, ASCII)), len(said.translate(None, LETTERS))
    return {"letters": len(said) - others, "marks": others - scripts, "scripts": scripts}


def opened(target: Target, messages: Sequence[Message]) -> tuple[Message, ...]:
    """With the target's system prompt first; one that is there already follows it."""
    if not target.system_prompt:
        return tuple(messages)
    if messages and messages[0].role == "system":
        both = f"{target.system_prompt}\n\n{messages[0].content}"
        return Message("system", both), *messages[1:]
    return Message("system", target.system_prompt), *messages


def turns(messages: Sequence[Message]) -> tuple[list[Message], list[list[Message]]]:
    """What opens the conversation, and its turns, each from one prompt up to the next."""
    opening: list[Message] = []
    groups: list[list[Message]] = []
    for message in messages:
        if not groups and message.role == "system":
            opening.append(message)
        elif message.role == "user" or not groups:
            groups.append([message])
        else:
            groups[-1].append(message)
    return opening, groups


def without(messages: Sequence[Message], oldest: int) -> list[Message]:
    """The messages less so many of the oldest turns; the last one always stays."""
    opening, groups = turns(messages)
    kept = groups[min(oldest, max(len(groups) - 1, 0)) :]
    return opening + [message for group in kept for message in group]


def reserved(context_length: int, params: Params) -> int:
    """Tokens kept free for the answer: what was asked for, and never more than half of all."""
    wanted = params.max_tokens or min(USUAL_ANSWER, context_length // 4)
    return min(wanted, context_length // 2)


def excess(target: Target, messages: Sequence[Message], params: Params, lengths: Lengths) -> int:
    """How many of the oldest turns must be left out; `messages` are as the caller has them.

    Raises TooLong where the last prompt cannot fit by itself, however kindly it is counted.
    """
    if target.context_length is None or target.trial:
        return 0
    said = opened(target, messages)
    groups = turns(said)[1]
    room = target.context_length - reserved(target.context_length, params)
    for oldest in range(max(len(groups), 1)):
        kept = without(said, oldest)
        if lengths.most(target.model_id, kept) <= room:
            return oldest
    size = sum(measured(kept).values())
    if size / DENSEST > target.context_length - SHORTEST_ANSWER:
        raise TooLong(f"{target.name}: {size} bytes for {target.context_length}")
    return max(len(groups) - 1, 0)


def fitted(
    target: Target, messages: Sequence[Message], params: Params, lengths: Lengths
) -> tuple[tuple[Message, ...], Params, int]:
    """What to send, how, and how many turns were left out; `params` are the whole of them.

    Many servers refuse a `max_tokens` that does not fit beside the prompt.
    """
    oldest = excess(target, messages, params, lengths)
    said = tuple(without(opened(target, messages), oldest)) if oldest else opened(target, messages)
    if target.context_length is None or target.trial or params.max_tokens is None:
        return said, params, oldest
    spare = target.context_length // SPARE
    room = target.context_length - lengths.most(target.model_id, said) - spare
    most = min(params.max_tokens, max(SHORTEST_ANSWER, room))
    return said, replace(params, max_tokens=most), oldest
