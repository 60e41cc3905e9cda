"""Tokens a second of a real vLLM through the gateway over direct, at 1, 4 and 16 streams.

    python -m benchmarks.bench_engine

The demo's contestants answer in a few words, which would measure requests instead of tokens; so the
base is served without its end mark, and every answer is as long as it may be. Both sides send the
same requests to the same engine from one process, in turn, and read every answer to its end; the
direct side reads bytes and looks at nothing but the last usage.
"""

import asyncio
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median

import aiohttp
import uvloop

from arena.demo import EXAMPLES
from serving.chat import End, Message, Params
from serving.gateway import Gateway, open_gateway
from serving.request import HEADERS, request_body
from serving.target import Route, Target
from serving.vllm import VLLM
from tests.vllm_fixture import PYTHON, demo_engine

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks/engine.md"
REQUESTS = {1: 16, 4: 40, 16: 160}  # streams at once: answers in all, five seconds or so
ROUNDS = 5
LEAST_RATIO = 0.95
PARAMS = Params(max_tokens=128, temperature=0.0)
UNUSED = "<|pad|>", 0  # never written by the model: as its end mark it makes answers full length

Ask = Callable[[str], Awaitable[int]]
Rates = dict[int, dict[str, list[float]]]


def main() -> int:
    """Measure, print, write the page; 1 where the gateway is too far behind."""
    if not PYTHON.exists():
        print("bench_engine: SKIPPED, there is no .venv-vllm: run `make up` first", file=sys.stderr)
        return 0
    rates = uvloop.run(measure())  # as the site does
    page = report(rates)
    print(page)
    PAGE.write_text(page)
    behind = [streams for streams in rates if ratio(rates[streams]) < LEAST_RATIO]
    for streams in behind:
        print(f"bench_engine: OFF: under {LEAST_RATIO} at {streams} streams", file=sys.stderr)
    return 1 if behind else 0


async def measure() -> Rates:
    """Five rounds for every number of streams; the side that goes first changes each time."""
    rates: Rates = {streams: {"direct": [], "gateway": []} for streams in REQUESTS}
    with tempfile.TemporaryDirectory() as folder:
        model = talkative(Path(demo_engine(Path()).model), Path(folder) / "model")
        engine = replace(demo_engine(Path(folder) / "engine.log"), model=str(model), adapters={})
        running = await VLLM.start(engine, print)
        try:
            async with open_gateway() as gateway, aiohttp.ClientSession() as http:
                sides = both_sides(running, gateway, http)
                for side in sides.values():
                    await tokens_a_second(side, 16)
                for streams in REQUESTS:
                    for number in range(ROUNDS):
                        for name in sorted(sides, reverse=bool(number % 2)):
                            rates[streams][name].append(await tokens_a_second(sides[name], streams))
        finally:
            await running.stop()
    return rates


def talkative(base: Path, folder: Path) -> Path:
    """The same model without an end: every answer has `max_tokens` tokens."""
    shutil.copytree(base, folder)
    word, number = UNUSED
    for name, end in (
        ("config", number),
        ("generation_config", number),
        ("tokenizer_config", word),
    ):
        path = folder / f"{name}.json"
        said = json.loads(path.read_text())
        said["eos_token" if end == word else "eos_token_id"] = end
        path.write_text(json.dumps(said))
    return folder


def both_sides(running: VLLM, gateway: Gateway, http: aiohttp.ClientSession) -> dict[str, Ask]:
    """One question asked on either way; each gives the number of tokens of the answer."""
    place = running.route(running.engine.served_name or running.engine.name)
    route = Route(place.base_url, place.upstream_model, place.api_key, trusted=True)
    target = Target(1, "base", (route,))
    headers = HEADERS | {"Authorization": f"Bearer {route.api_key}"}

    async def through(prompt: str) -> int:
        async with aclosing(gateway.stream(target, [Message("user", prompt)], PARAMS)) as stream:
            async for part in stream:
                if isinstance(part, End):
                    assert part.usage.source == "upstream"
                    return part.usage.completion
        raise AssertionError("a stream ends with its end")

    async def direct(prompt: str) -> int:
        body = request_body(route, (Message("user", prompt),), PARAMS)
        url = f"{route.base_url}/chat/completions"
        async with http.post(url, data=body, headers=headers) as answer:
            answer.raise_for_status()
            read = b""
            async for data in answer.content.iter_any():
                read += data
        return completion_tokens(read)

    return {"direct": direct, "gateway": through}


def completion_tokens(read: bytes) -> int:
    """From the last event that bears usage."""
    with_usage = [line for line in read.splitlines() if b'"completion_tokens"' in line][-1]
    return int(json.loads(with_usage.removeprefix(b"data: "))["usage"]["completion_tokens"])


async def tokens_a_second(ask: Ask, streams: int) -> float:
    """So many askers take the same questions one after another until all are answered."""
    prompts = [prompt for prompt, _ in zip(cycle(EXAMPLES), range(REQUESTS[streams]), strict=False)]
    waiting: Iterator[str] = iter(prompts)

    async def asker() -> int:
        return sum([await ask(prompt) for prompt in waiting])

    began = time.monotonic()
    tokens = sum(await asyncio.gather(*(asker() for _ in range(streams))))
    assert tokens == len(prompts) * PARAMS.max_tokens, "every answer is as long as it may be"
    return tokens / (time.monotonic() - began)


def ratio(sides: dict[str, list[float]]) -> float:
    """The median of the rounds' own: what slows one round down slows both of its sides."""
    return median(by_round(sides))


def by_round(sides: dict[str, list[float]]) -> list[float]:
    return [one / other for one, other in zip(sides["gateway"], sides["direct"], strict=True)]


def report(rates: Rates) -> str:
    rows = []
    for streams, sides in rates.items():
        direct, through = (f"{median(sides[name]):.0f}" for name in ("direct", "gateway"))
        spread = by_round(sides)
        rows.append(
            f"| {streams} | {REQUESTS[streams]} | {direct} | {through} | {ratio(sides):.3f} "
            f"| {min(spread):.3f} to {max(spread):.3f} |"
        )
    return f"""# A real vLLM through the gateway, measured

`python -m benchmarks.bench_engine`: the demo's base on vLLM for the processor, the same questions
at temperature 0 on both ways from one process on uvloop, {PARAMS.max_tokens} tokens an answer,
{ROUNDS} rounds in which the two take turns; rates are medians, the ratio is the median of the
rounds' own. The direct side reads bytes with aiohttp and looks at the last usage only; the gateway
parses every event, keeps its deadlines and counts. To reach: {LEAST_RATIO} or better.
Python {platform.python_version()}, {cores()} cores, one of them the engine's.

| streams | answers a round | direct, tokens/s | gateway, tokens/s | ratio | round by round |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def cores() -> int:
    from serving.engine import cores_of_this_process

    return len(cores_of_this_process())


if __name__ == "__main__":
    sys.exit(main())
