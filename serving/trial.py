"""One endpoint on trial: asked as visitors ask it, alone, with a patience of its own."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import aiohttp
import orjson

from serving.chat import Delta, End, Message, Params
from serving.errors import GatewayError, TimedOut, UpstreamRefused
from serving.gateway import Gateway
from serving.patience import Patience
from serving.request import authorised, listing_url
from serving.target import Quota, Route, Target

log = logging.getLogger(__name__)

LISTING_BYTES = 4 * 1024 * 1024
LISTING_S = 15.0
PATIENCE = Patience(connect=5.0, first_token=25.0, idle=15.0, total=40.0)
LONGEST_WAIT_S = 15.0
# A question with its history takes fewer tokens; what is left of the context is for the answer.
ROOM_FOR_A_QUESTION = 160
ANSWER_TOKENS = 256
# A model that reasons first is given so many, and so many more seconds for all its checks.
THINKING_TOKENS = 2048
THINKING_S = 60.0
# How many requests the other checks make.
OTHER_REQUESTS = 10

HINTS = {
    400: ": it does not take a plain request; look at its log, and at `params`",
    401: ": is `api_key` the key of the model's server?",
    403: ": is `api_key` the key of the model's server?",
    404: ": is the base URL right, with its /v1, and `upstream_model`?",
    413: ": it does not take a plain request; look at its log",
    422: ": it does not take a plain request; look at its log, and at `params`",
    429: " and again after the time it asked us to wait: raise its limits or declare lower ones",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request; `error` where it broke off. Times are of the loop's clock.

    There is neither an `end` nor an error where the stream was closed as enough had come.
    """

    text: str
    pieces: int
    asked: float
    first: float
    last: float
    end: End | None = None
    error: GatewayError | None = None

    def ended(self) -> End:
        """How it ended; raises the GatewayError that broke it off."""
        if self.end is None:
            raise self.error or AssertionError("a stream gives an end or raises")
        return self.end


class Bounds(TypedDict, total=False):
    """What an answer may be: so many `tokens`, up to a `stop`, within `total` seconds.

    It is closed once there are `enough` characters.
    """

    tokens: int
    stop: tuple[str, ...]
    total: float
    enough: int


@dataclass(slots=True)
class Trial:
    """The endpoint, what it claims, and what the first checks saw, which later ones build on.

    `target` has this one route and no quota, and is counted nowhere. It is asked with the sampling
    parameters its provider declared, as in a battle: an API may refuse any others. `concurrent` is
    how many streams are claimed; `names` are what the model may call itself; `ends_at` is a time of
    the loop's clock; `tokens` is how long an answer may be.
    """

    gateway: Gateway
    target: Target
    concurrent: int | None = None
    names: tuple[str, ...] = ()
    ends_at: float = float("inf")
    tokens: int = ANSWER_TOKENS
    unlisted: str | None = None
    first: Answer | None = None

    @classmethod
    def of(
        cls, gateway: Gateway, target: Target, route: Route, names: Sequence[str] = ()
    ) -> "Trial":
        alone = replace(
            target,
            routes=(route,),
            quota=Quota(),
            patience=tighter(target.patience or gateway.patience, PATIENCE),
            trial=True,
        )
        said = (target.name, route.upstream_model, *names)
        return cls(gateway, alone, claimed(target.quota, route), said)

    def let_think(self) -> None:
        """It reasons before it speaks: from now on there is room and time for that."""
        if self.tokens < THINKING_TOKENS:
            self.tokens = THINKING_TOKENS
            self.ends_at += THINKING_S

    @property
    def route(self) -> Route:
        return self.target.routes[0]

    def room(self, wanted: int) -> int:
        """So many tokens for an answer, or fewer where the declared context is small."""
        if self.target.context_length is None:
            return wanted
        system = len(self.target.system_prompt or "") // 2
        return max(1, min(wanted, self.target.context_length - ROOM_FOR_A_QUESTION - system))

    async def ask(self, *said: Message, **bounds: Unpack[Bounds]) -> Answer:
        """The whole answer, within its bounds; raises a GatewayError. Waits for a 429, once."""
        answer = await self.hear(*said, **bounds)
        if answer.error:
            raise answer.error
        return answer

    async def hear(self, *said: Message, **bounds: Unpack[Bounds]) -> Answer:
        """What comes, whole or broken off. A 429 is waited for, once."""
        answer = await self.hear_once(*said, **bounds)
        if busy(answer.error):
            await asyncio.sleep(wait_of(answer.error))
            answer = await self.hear_once(*said, **bounds)
        return answer

    async def hear_once(self, *said: Message, **bounds: Unpack[Bounds]) -> Answer:
        target = within(self.target, bounds.get("total"))
        params = self.params(bounds.get("tokens", self.tokens), bounds.get("stop", ()))
        return await heard(self.gateway, target, said, params, bounds.get("enough"))

    async def cut(self, *said: Message) -> None:
        """Begin an answer and close the stream at its first piece; raises a GatewayError."""
        stream = self.gateway.stream(self.target, said, self.params(self.tokens))
        async with aclosing(stream):
            await anext(stream)

    def params(self, tokens: int, stop: tuple[str, ...] = ()) -> Params:
        return Params(max_tokens=self.room(tokens), stop=stop)


def within(target: Target, total: float | None) -> Target:
    """The target, whose answers take no longer than so many seconds."""
    if total is None or target.patience is None:
        return target
    patience = replace(target.patience, total=min(total, target.patience.total))
    return replace(target, patience=patience)


def claimed(quota: Quota, route: Route) -> int | None:
    """How many streams at once are declared, and may be tried within the requests of a minute."""
    claims = [n for n in (quota.concurrent, route.capacity) if n is not None]
    if claims and quota.requests_per_minute is not None:
        claims.append(max(1, quota.requests_per_minute - OTHER_REQUESTS))
    return min(claims, default=None)


def tighter(one: Patience, other: Patience) -> Patience:
    """The shorter of each time; how much is taken is the first one's."""
    return replace(
        one,
        connect=min(one.connect, other.connect),
        first_token=min(one.first_token, other.first_token),
        idle=min(one.idle, other.idle),
        total=min(one.total, other.total),
        tail=min(one.tail, other.tail),
    )


async def heard(
    gateway: Gateway,
    target: Target,
    said: Sequence[Message],
    params: Params,
    enough: int | None = None,
) -> Answer:
    """What comes until the end, or until there are `enough` characters."""
    clock = asyncio.get_running_loop().time
    texts: list[str] = []
    asked = first = last = clock()
    end, error = None, None
    try:
        async with aclosing(gateway.stream(target, said, params)) as stream:
            async for part in stream:
                if isinstance(part, Delta):
                    last = clock()
                    first = last if not texts else first
                    texts.append(part.text)
                    if enough is not None and sum(map(len, texts)) >= enough:
                        break
                else:
                    end = part
    except GatewayError as broken:
        error = broken
    return Answer("".join(texts), len(texts), asked, first, last, end, error)


def busy(error: GatewayError | None) -> bool:
    return isinstance(error, UpstreamRefused) and error.status == 429


def wait_of(error: GatewayError | None) -> float:
    """As long as Retry-After says, within reason."""
    told = error.retry_after if isinstance(error, UpstreamRefused) else None
    return min(1.0 if told is None else told, LONGEST_WAIT_S)


async def not_listed(session: aiohttp.ClientSession, route: Route) -> str | None:
    """Why `/models` does not show the upstream's name, or None; raises AddressRefused."""
    try:
        async with asyncio.timeout(LISTING_S):
            names = await listing(session, route)
    except TimeoutError:
        return f"/models did not answer within {LISTING_S:.0f} s"
    except aiohttp.ClientResponseError as error:
        return f"/models answered HTTP {error.status}{HINTS.get(error.status, '')}"
    except (aiohttp.ClientError, OSError) as error:
        log.info("listing at %s: %r", route.base_url, error)
        return "/models cannot be reached at the base URL"
    except (ValueError, KeyError, TypeError):
        return "/models does not answer with a list of models"
    if route.upstream_model not in names:
        return f"/models does not list {route.upstream_model!r}"
    return None


async def listing(session: aiohttp.ClientSession, route: Route) -> list[str]:
    """The ids of `/models`.

    Raises:
        aiohttp.ClientError: no answer, or a refusal. ValueError, KeyError, TypeError: no such list.
    """
    url = listing_url(route)
    async with session.get(url, headers=authorised(route), allow_redirects=False) as response:
        if response.status != 200:
            raise aiohttp.ClientResponseError(response.request_info, (), status=response.status)
        read = bytearray()
        async for piece in response.content.iter_any():
            read += piece
            if len(read) > LISTING_BYTES:
                raise ValueError("too long")
    return [str(model["id"]) for model in orjson.loads(read)["data"]]


def in_words(error: GatewayError) -> str:
    """What to tell the provider; the exception's own message is for our log."""
    if isinstance(error, UpstreamRefused):
        return f"/chat/completions answered HTTP {error.status}{HINTS.get(error.status, '')}"
    if isinstance(error, TimedOut):
        return f"/chat/completions timed out ({error.phase})"
    return error.title
