"""The conversation as it fits a model: the newest turns whole, the oldest left out, room to answer.

There is no tokenizer here. The count is an estimate that is meant to be too high: eight tokens a
message for the template, one for every byte that is not an ASCII letter or a space (no byte-level
tokenizer makes more), and for letters and spaces a rate that is learned from what upstreams count.
"""

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from serving.chat import Message, Params
from serving.errors import TooLong
from serving.target import Target

LETTERS = (string.ascii_letters + " ").encode()
MESSAGE_TOKENS = 8
# Tokens a letter before anything is learned; about twice what usual tokenizers make of prose.
PRIOR = 0.5
SLACK = 1.25
# A short prompt is mostly template, and one of few letters says little of them.
TELLING_BYTES = 64
TELLING_SHARE = 0.8
FORGET = 0.1
# What no tokenizer in use does better: bytes a token.
DENSEST = 8
USUAL_ANSWER = 256
SHORTEST_ANSWER = 16


@dataclass(slots=True)
class Lengths:
    """Tokens a letter of each model, learned: up at once, down slowly."""

    rates: dict[int, float] = field(default_factory=dict)

    def most(self, model_id: int, messages: Sequence[Message]) -> int:
        """Hardly ever fewer than these messages come to."""
        letters, others = measured(messages)
        rate = min(1.0, self.rates.get(model_id, PRIOR / SLACK) * SLACK)
        return MESSAGE_TOKENS * len(messages) + others + round(letters * rate)

    def learn(self, model_id: int, messages: Sequence[Message], prompt_tokens: int) -> None:
        """Take the upstream's count of a prompt that is long enough, and mostly letters."""
        letters, others = measured(messages)
        if letters < TELLING_BYTES or letters < TELLING_SHARE * (letters + others):
            return
        seen = min(1.0, prompt_tokens / letters)
        known = self.rates.get(model_id, seen)
        self.rates[model_id] = max(seen, known + FORGET * (seen - known))


def measured(messages: Sequence[Message]) -> tuple[int, int]:
    """Bytes that are letters or spaces, and the others, in UTF-8."""
    said = b"".join(message.content.encode("utf-8", "replace") for message in messages)
    others = len(said.translate(None, LETTERS))
    return len(said) - others, others


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
    if sum(measured(kept)) / DENSEST > target.context_length - SHORTEST_ANSWER:
        raise TooLong(f"{target.name}: {sum(measured(kept))} bytes for {target.context_length}")
    return max(len(groups) - 1, 0)


def fitted(
    target: Target, messages: Sequence[Message], params: Params, lengths: Lengths
) -> tuple[tuple[Message, ...], Params, int]:
    """What to send, how, and how many turns were left out; `params` are the whole of them."""
    oldest = excess(target, messages, params, lengths)
    said = tuple(without(opened(target, messages), oldest)) if oldest else opened(target, messages)
    if target.context_length is None or target.trial or params.max_tokens is None:
        return said, params, oldest
    room = max(SHORTEST_ANSWER, target.context_length - lengths.most(target.model_id, said))
    return said, replace(params, max_tokens=min(params.max_tokens, room)), oldest
