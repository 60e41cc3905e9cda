"""A gateway and an echo server on a real port, as tests of several rooms want them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from serving.chat import Delta, End, Message, Params
from serving.dial import DialPolicy
from serving.echo import EchoServer, echo
from serving.gateway import Gateway, open_gateway
from serving.manner import Manner
from serving.patience import Patience
from serving.target import Quota, Route, Target

LOOPBACK = DialPolicy.of("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class Talk:
    """One echo server and a gateway that may dial it."""

    gateway: Gateway
    server: EchoServer

    def target(self, *names: str, concurrent: int | None = None) -> Target:
        """A model whose endpoints are these served names, drawn in any order."""
        routes = tuple(Route(self.server.url, name) for name in names or ("echo",))
        return Target(1, "the-model", routes, quota=Quota(concurrent=concurrent))

    async def ask(self, target: Target, prompt: str = "one two three") -> tuple[str, End]:
        """The whole text and the end; raises what the gateway raises."""
        return await ask(self.gateway, target, [Message("user", prompt)])


async def ask(
    gateway: Gateway, target: Target, said: Sequence[Message], params: Params | None = None
) -> tuple[str, End]:
    text, end = "", None
    async with aclosing(gateway.stream(target, said, params)) as stream:
        async for part in stream:
            assert end is None, "nothing comes after the end"
            if isinstance(part, Delta):
                assert part.text, "no delta is empty"
                text += part.text
            else:
                end = part
    assert end is not None, "a stream that raises nothing has an end"
    return text, end


@asynccontextmanager
async def talk(
    manners: dict[str, Manner] | None = None, patience: Patience | None = None
) -> AsyncIterator[Talk]:
    async with echo(manners) as server, open_gateway(LOOPBACK, patience) as gateway:
        yield Talk(gateway, server)
