"""This gateway in process: streams taken from `Gateway.stream`, as a battle takes them."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from time import perf_counter

from benchmarks.gateway.upstream import MARK, MODELS
from benchmarks.gateway.wire import Seen
from serving.chat import Delta, End, Message, Params, Usage
from serving.gateway import Gateway, open_gateway
from serving.target import Route, Target

PROMPT = "Tell me of the sea, of the ships on it and of those who never came back."


def target(model: str, upstream: int) -> Target:
    route = Route(f"http://127.0.0.1:{upstream}/v1", model, trusted=True)
    return Target(model_id=1 + MODELS.index(model), name=model, routes=(route,))


class Inside:
    """Asks as `wire.Caller` does, without a wire of our own."""

    def __init__(self, gateway: Gateway, upstream: int) -> None:
        self.chunks = 0
        self.gateway = gateway
        self.targets = {model: target(model, upstream) for model in MODELS}

    async def stream(self, model: str, seen: Seen) -> None:
        said = [Message("user", PROMPT)]
        answer = self.gateway.stream(self.targets[model], said, Params(max_tokens=seen.wanted))
        async with aclosing(answer) as parts:
            async for part in parts:
                if isinstance(part, Delta):
                    marks = part.text.count(MARK)
                    seen.take(marks, perf_counter())
                    self.chunks += marks
                elif isinstance(part, End):
                    seen.ended = part.usage == Usage(10, seen.wanted, "upstream")


@asynccontextmanager
async def open_inside(upstream: int) -> AsyncIterator[Inside]:
    async with open_gateway() as gateway:
        yield Inside(gateway, upstream)
