"""The one streaming door to every contestant: Gateway.stream gives deltas, then the end.

A stream is retried only before its first sign of life, and only on another endpoint of the same
model. Closing the iterator, or cancelling the task that reads it, cuts the upstream at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from random import Random

import aiohttp

from serving.chat import Delta, End, Message, Params
from serving.dial import DialPolicy
from serving.errors import AddressRefused, Busy, GatewayError, NoRoute, Unreachable
from serving.exchange import Exchange
from serving.patience import Patience
from serving.protocols import protocol_of
from serving.reading import estimate
from serving.request import post, request_body
from serving.session import open_session
from serving.target import Route, Target

log = logging.getLogger(__name__)

COOLING_S = 15.0


class Gateway:
    """Streams answers over aiohttp; open one a process with `open_gateway`.

    Two sessions share the work: the guarded one dials what the policy allows, the other what the
    operator entered.
    """

    def __init__(
        self,
        guarded: aiohttp.ClientSession,
        unguarded: aiohttp.ClientSession,
        policy: DialPolicy,
        patience: Patience,
        rng: Random,
    ) -> None:
        self._sessions = {False: guarded, True: unguarded}
        self.policy = policy
        self.patience = patience
        self._rng = rng
        self._open_streams: Counter[int] = Counter()
        self._cooling: dict[Route, float] = {}

    async def stream(
        self, target: Target, messages: Sequence[Message], params: Params | None = None
    ) -> AsyncGenerator[Delta | End, None]:
        """Deltas and, last, one End; raises a GatewayError where the answer failed.

        `params` are laid over the target's own. Use `contextlib.aclosing` around the iterator, so
        that leaving it early closes the upstream at once.
        """
        clock = asyncio.get_running_loop().time
        asked, said, first = clock(), tuple(messages), None
        settings = (params or Params()).over(target.params)
        with self._counted(target):
            exchange, text, attempts = await self._begin(target, said, settings)
            try:
                while True:
                    if text:
                        first = first or clock()
                        yield Delta(text)
                    if exchange.finish:
                        break
                    text = await exchange.next()
                await exchange.read_tail()
            finally:
                exchange.close()
        usage = exchange.usage or estimate(said, exchange.characters)
        ended = clock()
        first_s, total_s = (first or ended) - asked, ended - asked
        yield End(exchange.finish, usage, first_s, total_s, exchange.chunks, attempts)

    def session_for(self, route: Route) -> aiohttp.ClientSession:
        """The session that may dial this route; raises AddressRefused where none may."""
        if not route.trusted:
            self.policy.check_url(route.base_url)
        return self._sessions[route.trusted]

    def open_streams(self, model_id: int) -> int:
        """How many answers of this model are under way in this process."""
        return self._open_streams[model_id]

    @contextmanager
    def _counted(self, target: Target) -> Iterator[None]:
        limit = target.quota.concurrent
        if limit is not None and self._open_streams[target.model_id] >= limit:
            raise Busy(f"{target.name}: {limit} streams are open")
        self._open_streams[target.model_id] += 1
        try:
            yield
        finally:
            self._open_streams[target.model_id] -= 1

    async def _begin(
        self, target: Target, said: tuple[Message, ...], params: Params
    ) -> tuple[Exchange, str, int]:
        """The first endpoint that shows a sign of life, its first text, and how many were tried."""
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self.patience.total
        failed: GatewayError = NoRoute(f"{target.name} has no endpoint")
        for attempt, route in enumerate(self._order(target.routes), 1):
            try:
                exchange, text = await self._try(target, route, said, params, ends_at)
            except GatewayError as error:
                failed = error
                log.warning("attempt %d failed: %s", attempt, error)
                if error.fault == "caller" or clock() >= ends_at:
                    break
                self._cooling[route] = clock() + COOLING_S
            else:
                self._cooling.pop(route, None)
                return exchange, text, attempt
        raise failed

    async def _try(
        self,
        target: Target,
        route: Route,
        said: tuple[Message, ...],
        params: Params,
        ends_at: float,
    ) -> tuple[Exchange, str]:
        where = f"{target.name} at {route.base_url}"
        try:
            session = self.session_for(route)
        except AddressRefused as error:
            raise Unreachable(f"{where}: {error}") from error
        due = min(asyncio.get_running_loop().time() + self.patience.first_token, ends_at)
        response = await post(session, route, request_body(route, said, params), due, where)
        read = protocol_of(route).reader(params)
        exchange = Exchange(response, self.patience, where, due, ends_at, read)
        try:
            return exchange, await exchange.next()
        except BaseException:  # a cancelled task, too, must leave no connection open
            exchange.close()
            raise

    def _order(self, routes: tuple[Route, ...]) -> list[Route]:
        """Drawn by weight; those that failed a moment ago come last."""
        clock = asyncio.get_running_loop().time()
        draws = {route: self._rng.random() ** (1 / max(route.weight, 1)) for route in routes}
        return sorted(
            draws, key=lambda route: (self._cooling.get(route, 0.0) > clock, -draws[route])
        )


@asynccontextmanager
async def open_gateway(
    policy: DialPolicy | None = None,
    patience: Patience | None = None,
    rng: Random | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway with its session; without a policy only public https addresses are dialled."""
    policy, patience = policy or DialPolicy(), patience or Patience()
    async with open_session(patience, policy) as guarded, open_session(patience) as unguarded:
        yield Gateway(guarded, unguarded, policy, patience, rng or Random())
