"""What a newcomer must do before anyone sees it: one small function for each thing.

A check takes the trial of one endpoint and gives whether it passed (None: recorded, not judged) and
what was seen, in words that tell the provider what to mend. What the network throws is left to the
caller, `serving/probe.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from serving.chat import Message
from serving.errors import AddressRefused, GatewayError, TimedOut, UpstreamRefused
from serving.seen import (
    at_once,
    in_its_own_name,
    most_at_once,
    only_thought,
    stop_word,
    too_many,
    wrongly_decoded,
)
from serving.trial import Answer, Trial, busy, in_words, not_listed

Seen = tuple[bool | None, str]

QUESTION = Message("user", "What is the capital of France? Tell me three things about it.")
FURTHER = Message("user", "And what is the capital of Italy?")
COUNT = Message("user", "Count upwards from 1, one number after another, and do not stop.")
WHO = Message("user", "Who are you? Which model are you?")
LETTERS = "Grüße, Привет, 你好, مرحبا, 🙂👋🏽"
LETTERS_ASKED = Message("user", f"Say this line again, exactly as it is: {LETTERS}")

# Where an answer's beginning tells enough, the stream is closed after so many characters.
ENOUGH = 300
# A stream is held back if it seems so every time.
TRIES = 3
# Of the first answer so many characters are history, so that small contexts hold it.
REMEMBERED = 200
LONG_TOKENS = 1000
LONG_UNDECLARED = 256
LONG_S = 30.0
LONG_AT_LEAST_S = 3.0
STREAMS_AT_MOST = 16
STREAM_TOKENS = 48
JUDGED_FROM_S = 2.0
FREED_WITHIN_S = 3.0
ASK_AGAIN_S = 0.5


async def address(trial: Trial) -> Seen:
    """May it be dialled, and does the name lead where it may? Asks `/models`, for `listed`."""
    try:
        session = trial.gateway.session_for(trial.route)
        trial.unlisted = await not_listed(session, trial.route)
    except AddressRefused as error:
        return False, str(error)
    return True, "The address may be dialled."


async def listed(trial: Trial) -> Seen:
    if trial.unlisted:
        return False, trial.unlisted
    return True, f"/models lists {trial.route.upstream_model!r}."


async def streams(trial: Trial) -> Seen:
    """Several pieces, as they are made.

    What seems held back is asked again, as we may have slept; so is what only thought, with more
    room, and what said nothing, as no two answers are the same.
    """
    for _ in range(TRIES):
        trial.first = await trial.hear(QUESTION)
        if only_thought(trial.first):
            trial.let_think()
        elif trial.first.error or (trial.first.text.strip() and not at_once(trial.first)):
            break
    answer = the_first(trial)
    if answer.end is None and not answer.pieces:
        answer.ended()
    if at_once(answer):
        return False, (
            f"The whole answer came at once, {answer.first - answer.asked:.1f} s after the request:"
            " something holds the stream back. Turn off buffering in the proxy before the server"
            " (for nginx: proxy_buffering off)."
        )
    if answer.end is None:
        return True, f"{answer.pieces} pieces came."
    return streamed(answer)


def streamed(answer: Answer) -> Seen:
    """One chunk is enough only for an answer of a token or two."""
    end = answer.ended()
    if not answer.text.strip():
        tokens = end.usage.completion
        why = f": all {tokens} tokens went into reasoning" if only_thought(answer) else ""
        return False, f"The answer to the test prompt was empty{why}."
    if end.chunks == 1 and end.usage.completion > 2:
        return False, (
            "The answer came in one piece: it is not streamed. Turn streaming on, or turn off"
            " buffering in the proxy before the server (for nginx: proxy_buffering off)."
        )
    spread = answer.last - answer.first
    seen = (
        f"{end.chunks} chunks, the first after {end.first_token_s:.2f} s, the last {spread:.2f} s"
    )
    return True, f"{seen} later; {end.usage.completion} tokens, finish_reason {end.finish_reason}."


async def finish(trial: Trial) -> Seen:
    answer = the_first(trial)
    if answer.end is None:
        why = in_words(answer.error) if answer.error else "it broke off"
        return False, f"After {answer.pieces} pieces, before a finish_reason came: {why}."
    return True, f"finish_reason {answer.end.finish_reason!r} came."


async def usage(trial: Trial) -> Seen:
    end = the_first(trial).ended()
    if end.usage.source != "upstream":
        return False, (
            "The stream reports no usage: where `stream_options` has `include_usage`, send a last"
            " chunk with `usage` (prompt_tokens, completion_tokens) before [DONE]."
        )
    if end.chunks > 2 and not end.usage.completion:
        return False, "`usage` counts no completion_tokens for an answer that had some."
    return True, f"{end.usage.prompt} tokens in, {end.usage.completion} out."


async def stop(trial: Trial) -> Seen:
    """A stream closed early frees its place, and the answer ends before a `stop` sequence."""
    await trial.cut(COUNT)
    word = stop_word(the_first(trial).text)
    answer = await soon_free(trial, word)
    if isinstance(answer.error, UpstreamRefused):
        if busy(answer.error):
            return False, (
                f"A stream that was closed early still counts {FREED_WITHIN_S:.0f} s later: a new"
                " request is answered HTTP 429. End generation when the connection is closed."
            )
        if answer.error.status in (400, 422):
            return None, f"A request with `stop` is refused (HTTP {answer.error.status})."
    answer.ended()
    if answer.text.partition(word)[2].strip():
        return False, (
            f"The answer went on after the stop sequence {word!r}: obey the parameter `stop`,"
            " which is a list of strings."
        )
    return True, f"Closing a stream makes room for the next; the answer ended before {word!r}."


async def soon_free(trial: Trial, word: str) -> Answer:
    """The question again, with a stop; what is busy is asked again for a while."""
    clock = asyncio.get_running_loop().time
    until = clock() + FREED_WITHIN_S
    while True:
        answer = await trial.hear_once(QUESTION, stop=(word,))
        if not busy(answer.error) or clock() > until:
            return answer
        await asyncio.sleep(ASK_AGAIN_S)


async def turns(trial: Trial) -> Seen:
    said = Message("assistant", the_first(trial).text[:REMEMBERED])
    for _ in range(TRIES):
        answer = await trial.ask(QUESTION, said, FURTHER, enough=ENOUGH)
        if answer.text:
            return True, "A second turn, with the first as history, was answered."
    return False, "The answer to a second turn, with the first as history, was empty."


async def utf8(trial: Trial) -> Seen:
    answer = await trial.ask(LETTERS_ASKED, enough=ENOUGH)
    fault = wrongly_decoded(answer.text, LETTERS)
    if fault:
        return False, (
            f"Characters of several bytes arrive broken ({fault}): hold back a character until all"
            " its bytes are there, and send UTF-8."
        )
    whole = LETTERS in answer.text
    return True, "Characters of several bytes arrive whole." if whole else "None arrived broken."


async def names_itself(trial: Trial) -> Seen:
    try:
        answer = await trial.ask(WHO, enough=ENOUGH)
    except GatewayError as error:
        return None, f"Asked who it is, it did not answer: {in_words(error)}."
    name = in_its_own_name(answer.text, trial.names)
    if name:
        return None, f"Asked who it is, it says {name!r}: visitors may know it by that."
    return None, "Asked who it is, it does not name itself."


async def concurrent(trial: Trial) -> Seen:
    """The claimed number of streams at once, of which at most so many are tried."""
    if trial.concurrent is None:
        return None, "No number of concurrent streams is declared (`limits.concurrent`)."
    number = min(max(1, trial.concurrent), STREAMS_AT_MOST)
    asked = (trial.hear_once(COUNT, tokens=STREAM_TOKENS) for _ in range(number))
    answers = await asyncio.gather(*asked)
    errors = [answer.error for answer in answers if answer.error]
    if errors:
        return False, (
            f"{len(errors)} of {number} streams at once failed: {in_words(errors[0])}. Serve as"
            " many as you declare, or declare fewer (`limits.concurrent`)."
        )
    return together(answers)


def together(answers: list[Answer]) -> Seen:
    """Whether they ran side by side; answers that were over in a moment cannot tell."""
    number, most = len(answers), most_at_once(answers)
    took = max(answer.last - answer.asked for answer in answers)
    spoke = sum(answer.last - answer.first for answer in answers)
    if took > JUDGED_FROM_S and spoke > took / 2 and most <= number // 4:
        return False, (
            f"Of {number} streams at once only {most} ran at a time, the others waited, up to"
            f" {took:.1f} s in all: serve them side by side, or declare fewer"
            " (`limits.concurrent`)."
        )
    return True, f"{number} streams at once were answered, all within {took:.1f} s."


async def long(trial: Trial) -> Seen:
    """The longest answer the declared context allows ends by itself or at `max_tokens`."""
    declared = trial.target.context_length is not None
    limit = trial.room(LONG_TOKENS if declared else LONG_UNDECLARED)
    left = trial.ends_at - asyncio.get_running_loop().time() - 1.0
    if left < LONG_AT_LEAST_S:
        return None, "Not tried: the other checks took all the time."
    answer = await trial.hear(COUNT, tokens=limit, total=min(LONG_S, left))
    if too_many(answer, limit):
        return False, f"It went on after `max_tokens` ({limit}): obey that parameter."
    if answer.end is None:
        return cut_short(answer, limit, declared)
    if answer.end.finish_reason == "content_filter":
        return False, "Asked to count, it ended with finish_reason 'content_filter'."
    seen = f"{answer.end.usage.completion} tokens, ended with {answer.end.finish_reason!r}"
    return True, f"Asked for {limit} tokens at most: {seen}."


def cut_short(answer: Answer, limit: int, declared: bool) -> Seen:
    """A slow answer that still runs is no fault; one that breaks off or is refused is."""
    error = answer.error
    if isinstance(error, TimedOut) and error.phase == "total" and answer.pieces:
        return None, f"{len(answer.text)} characters came, and more were under way when we left."
    if isinstance(error, UpstreamRefused) and error.status in (400, 413, 422):
        what = "declare a shorter `context_length`" if declared else "declare a `context_length`"
        return False, f"An answer of {limit} tokens is refused (HTTP {error.status}): {what}."
    why = in_words(error) if error else "it broke off"
    return False, f"A long answer ({limit} tokens) failed after {answer.pieces} pieces: {why}."


def the_first(trial: Trial) -> Answer:
    """The answer `streams` had; the checks after it are not tried without one."""
    assert trial.first is not None
    return trial.first


Checking = Callable[[Trial], Awaitable[Seen]]

# In this order. Where one of the GATES fails, what comes after it is not tried.
CHECKS: dict[str, Checking] = {
    "address": address,
    "listed": listed,
    "streams": streams,
    "finish": finish,
    "usage": usage,
    "stop": stop,
    "turns": turns,
    "utf8": utf8,
    "names_itself": names_itself,
    "concurrent": concurrent,
    "long": long,
}
GATES = frozenset({"address", "streams", "finish"})
# Never a fault, even where time runs out.
RECORDED = frozenset({"names_itself"})
