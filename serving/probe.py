"""A newcomer is verified: it is at the address, it knows the name, and it streams as it should."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import aiohttp
import orjson
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.chat import End, Message, Params
from serving.errors import AddressRefused, GatewayError, SealBroken, TimedOut, UpstreamRefused
from serving.gateway import Gateway
from serving.registry import set_state, target_of
from serving.request import address, authorised
from serving.sealing import Sealer
from serving.tables import Model, State
from serving.target import Quota, Route, Target

log = logging.getLogger(__name__)

LISTING_BYTES = 4 * 1024 * 1024
LISTING_S = 15.0
PROMPT = "What is the capital of France? Answer in a whole sentence."


@dataclass(frozen=True, slots=True)
class Finding:
    """What the probe saw, in words that may be told to the one who entered the model."""

    passed: bool
    words: str


async def probe(gateway: Gateway, target: Target, prompt: str = PROMPT) -> Finding:
    """Try every endpoint of the model; the first that fails decides."""
    findings = [await probe_route(gateway, target, route, prompt) for route in target.routes]
    failed = [finding for finding in findings if not finding.passed]
    return (failed or findings or [Finding(False, "the model has no endpoint")])[0]


async def probe_route(gateway: Gateway, target: Target, route: Route, prompt: str) -> Finding:
    try:
        unlisted = await not_listed(gateway.session_for(route), route)
        if unlisted:
            return Finding(False, unlisted)
        alone = replace(target, routes=(route,), quota=Quota())
        return judged(await answer(gateway, alone, prompt))
    except AddressRefused as error:
        return Finding(False, str(error))
    except GatewayError as error:
        return Finding(False, in_words(error))


async def not_listed(session: aiohttp.ClientSession, route: Route) -> str | None:
    """Why `/models` does not show the upstream's name, or None if it does."""
    try:
        async with asyncio.timeout(LISTING_S):
            names = await listing(session, route)
    except TimeoutError:
        return f"/models did not answer within {LISTING_S:.0f} s"
    except AddressRefused as error:
        return str(error)
    except (aiohttp.ClientError, OSError) as error:
        log.info("listing at %s: %r", route.base_url, error)
        return "/models cannot be reached at the base URL"
    except (ValueError, KeyError, TypeError):
        return "/models does not answer with a list of models"
    if route.upstream_model not in names:
        return f"/models does not list {route.upstream_model!r}"
    return None


async def listing(session: aiohttp.ClientSession, route: Route) -> list[str]:
    """The ids of `/models`; raises ValueError, KeyError or TypeError for another shape."""
    url = address(route.base_url, "models")
    async with session.get(url, headers=authorised(route), allow_redirects=False) as response:
        if response.status != 200:
            raise ValueError(f"HTTP {response.status}")
        read = bytearray()
        async for piece in response.content.iter_any():
            read += piece
            if len(read) > LISTING_BYTES:
                raise ValueError("too long")
    return [str(model["id"]) for model in orjson.loads(read)["data"]]


async def answer(gateway: Gateway, target: Target, prompt: str) -> End:
    said, params = [Message("user", prompt)], Params(temperature=0.0, max_tokens=64)
    async with aclosing(gateway.stream(target, said, params)) as stream:
        async for part in stream:
            if isinstance(part, End):
                return part
    raise AssertionError("a stream gives an end or raises")


def judged(end: End) -> Finding:
    """One chunk is enough only for an answer of a token or two."""
    if not end.chunks:
        return Finding(False, "the answer to the test prompt was empty")
    if end.usage.source != "upstream":
        return Finding(False, "the stream reports no usage (stream_options.include_usage)")
    if end.chunks == 1 and end.usage.completion > 2:
        return Finding(False, "the answer came in one piece: it is not streamed")
    seen = f"{end.chunks} chunks, the first after {end.first_token_s:.2f} s, {end.usage.completion}"
    return Finding(True, f"{seen} tokens, finish_reason {end.finish_reason}")


def in_words(error: GatewayError) -> str:
    if isinstance(error, UpstreamRefused):
        return f"/chat/completions answered HTTP {error.status}"
    if isinstance(error, TimedOut):
        return f"/chat/completions timed out ({error.phase})"
    return error.title


class Prober:
    """Verifies models in the background, each once at a time; close it to stop."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway
    ) -> None:
        self.sessions = sessions
        self.sealer = sealer
        self.gateway = gateway
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def soon(self, model_id: int) -> None:
        """Begin now, wait for nothing; a verification under way is left to end."""
        if model_id not in self._tasks:
            task = asyncio.create_task(self._verify(model_id), name=f"probe of model {model_id}")
            self._tasks[model_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(model_id, None))

    async def resume(self) -> None:
        """Begin again what a stopped process left at `verifying`."""
        async with self.sessions() as session:
            query = select(Model.id).where(col(Model.state) == State.VERIFYING)
            left: Sequence[int | None] = (await session.execute(query)).scalars().all()
        for model_id in left:
            if model_id is not None:
                self.soon(model_id)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _verify(self, model_id: int) -> None:
        try:
            await verify(self.sessions, self.sealer, self.gateway, model_id)
        except Exception:  # a background task has no caller: what it throws must reach the log
            log.exception("the verification of model %d broke off", model_id)


async def verify(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway, model_id: int
) -> Finding:
    """Probe one model and set its state; no session is held while the network is waited for."""
    finding = await examine(sessions, sealer, gateway, model_id)
    async with sessions() as session:
        model = await session.get_one(Model, model_id)
        if model.state == State.VERIFYING:
            state = State.LIVE if finding.passed else State.FAILED
            await set_state(session, model, state, finding.words)
            await session.commit()
    return finding


async def examine(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway, model_id: int
) -> Finding:
    try:
        async with sessions() as session:
            target = await target_of(session, sealer, await session.get_one(Model, model_id))
    except SealBroken as error:
        return Finding(False, str(error))
    return await probe(gateway, target)
