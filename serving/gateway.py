"""The one streaming door to every contestant: Gateway.stream gives deltas, then the end.

A stream is retried only before its first sign of life, and only on another endpoint of the same
model. Closing the iterator, or cancelling the task that reads it, cuts the upstream at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from random import Random

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from serving import context
from serving.accounting import Account, Books
from serving.chat import Delta, End, Message, Params
from serving.context import Lengths
from serving.dial import DialPolicy
from serving.endpoints import Endpoints
from serving.errors import AddressRefused, Busy, GatewayError, NoRoute, Unreachable
from serving.exchange import Exchange
from serving.journal import Journal
from serving.ledger import Ledger
from serving.metrics import Meters, Moment
from serving.patience import Patience
from serving.protocols import protocol_of
from serving.quota import IN_MEMORY, Quotas
from serving.request import post, request_body
from serving.session import open_session
from serving.target import Route, Target

log = logging.getLogger(__name__)


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
        endpoints: Endpoints,
        books: Books,
    ) -> None:
        self._sessions = {False: guarded, True: unguarded}
        self.policy = policy
        self.patience = patience
        self._endpoints = endpoints
        self._books = books
        self._open_streams: Counter[int] = Counter()
        self.metrics = books.meters
        self.metrics.registry.register(Moment(lambda: self._open_streams, endpoints.standings))

    async def stream(
        self, target: Target, messages: Sequence[Message], params: Params | None = None
    ) -> AsyncGenerator[Delta | End, None]:
        """Deltas and, last, one End; raises a GatewayError where the answer failed.

        `params` are laid over the target's own. Use `contextlib.aclosing` around the iterator, so
        that leaving it early closes the upstream at once.
        """
        clock = asyncio.get_running_loop().time
        lengths = self._books.lengths
        with self._books.account(target, tuple(messages), clock) as account, ExitStack() as held:
            settings = (params or Params()).over(target.params)
            account.said, settings, oldest = context.fitted(target, messages, settings, lengths)
            if oldest:
                log.info("%s: the oldest %d turns do not fit and stay out", target.name, oldest)
            held.enter_context(self._counted(target))
            if not target.trial:
                await self._books.quotas.admit(target)
            exchange, text = await self._begin(account, settings, held)
            while True:
                if text:
                    account.first = account.first or clock()
                    yield Delta(text)
                if exchange.finish:
                    break
                text = await exchange.next()
            await exchange.read_tail()
            end = account.end(exchange.finish, clock())
        yield end

    def excess(
        self, target: Target, messages: Sequence[Message], params: Params | None = None
    ) -> int:
        """How many of the oldest turns do not fit the model; `stream` would leave them out.

        Raises TooLong where the last prompt alone does not fit.
        """
        settings = (params or Params()).over(target.params)
        return context.excess(target, messages, settings, self._books.lengths)

    def spent(self, target: Target) -> bool:
        """Has the model answered as many tokens today as it may?"""
        return self._books.ledger.exhausted(target)

    def reachable(self, target: Target) -> bool:
        """Is one of its endpoints neither out of order nor asking to be left alone?"""
        return self._endpoints.any_ready(target)

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
        self, account: Account, settings: Params, held: ExitStack
    ) -> tuple[Exchange, str]:
        """The first endpoint that shows a sign of life, and its first text.

        What is to be closed with the stream goes into `held`: the watch over the endpoint, so that
        it hears how the stream ends, and the exchange.
        """
        target, clock = account.target, asyncio.get_running_loop().time
        patience = target.patience or self.patience
        ends_at = clock() + patience.total
        failed: GatewayError | None = None
        for route in target.routes if target.trial else self._endpoints.order(target.routes):
            account.route, account.attempts = route, account.attempts + 1
            try:
                with ExitStack() as attempt:
                    alive = attempt.enter_context(self._watched(target, route))
                    begun = await self._try(account, route, settings, ends_at, attempt)
                    alive()
                    held.push(attempt.pop_all())
                account.exchange = begun[0]
                return begun
            except GatewayError as error:
                failed = error
                log.warning("attempt %d failed: %s", account.attempts, error)
                if error.fault == "caller" or clock() >= ends_at:
                    break
        raise failed or self._nowhere(target)

    def _watched(self, target: Target, route: Route) -> AbstractContextManager[Callable[[], None]]:
        """Gives what to call at the first sign of life; of a trial no breaker hears."""
        return nullcontext(lambda: None) if target.trial else self._endpoints.watched(route)

    def _nowhere(self, target: Target) -> GatewayError:
        if not target.routes:
            return NoRoute(f"{target.name} has no endpoint")
        wait = self._endpoints.wait_s(target.routes)
        return Busy(f"{target.name}: every endpoint is to be left alone", wait)

    async def _try(
        self,
        account: Account,
        route: Route,
        settings: Params,
        ends_at: float,
        attempt: ExitStack,
    ) -> tuple[Exchange, str]:
        patience = account.target.patience or self.patience
        where = f"{account.target.name} at {route.base_url}"
        try:
            session = self.session_for(route)
        except AddressRefused as error:
            raise Unreachable(f"{where}: {error}") from error
        due = min(asyncio.get_running_loop().time() + patience.first_token, ends_at)
        body = request_body(route, account.said, settings)
        response = await post(session, route, body, patience.connect, due, where)
        read = protocol_of(route).reader(settings)
        exchange = Exchange(response, patience, where, due, ends_at, read)
        attempt.callback(exchange.close)
        return exchange, await exchange.next()


@asynccontextmanager
async def open_gateway(
    policy: DialPolicy | None = None,
    patience: Patience | None = None,
    rng: Random | None = None,
    sessions: async_sessionmaker[AsyncSession] | None = None,
    limits: str = IN_MEMORY,
) -> AsyncIterator[Gateway]:
    """A gateway with its session; without a policy only public https addresses are dialled.

    With `sessions` that write it keeps its sums in the store and shares its breakers with the other
    processes there. `limits` is where minutes are counted (serving/quota.py).
    """
    policy, patience = policy or DialPolicy(), patience or Patience()
    ledger = Ledger()
    journal = Journal(ledger, sessions) if sessions else None
    quotas = Quotas(ledger, limits)
    endpoints = Endpoints(rng or Random(), journal.tell if journal else None)
    books = Books(ledger, quotas, Meters(), Lengths())
    async with open_session(patience, policy) as guarded, open_session(patience) as unguarded:
        if journal:
            await journal.start()
        try:
            yield Gateway(guarded, unguarded, policy, patience, endpoints, books)
        finally:
            await quotas.close()
            if journal:
                await journal.close()
