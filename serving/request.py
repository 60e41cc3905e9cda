"""The request as it goes out, and the first look at the response: address, body, refusals."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from serving.chat import Message, Params
from serving.errors import (
    AddressRefused,
    GatewayError,
    Malformed,
    TimedOut,
    Unreachable,
    UpstreamRefused,
)
from serving.protocols import protocol_of
from serving.target import Route

HEADERS = {
    "Accept": "text/event-stream",
    "Accept-Encoding": "identity",
    "Content-Type": "application/json",
    "User-Agent": "agon-arena",
}
REFUSAL_BYTES = 2000
RETRY_AFTER_LIMIT = 3600.0
TOLD_CHARS = 500


def address(base_url: str, path: str) -> str:
    """A base URL is what clients call so, with its `/v1`, which a bare host is given."""
    base = base_url.rstrip("/")
    bare = base.count("/") == 2
    return f"{base}/v1/{path}" if bare else f"{base}/{path}"


def authorised(route: Route) -> dict[str, str]:
    return HEADERS | protocol_of(route).key(route.api_key)


def listing_url(route: Route) -> str:
    """Where the served names stand: {"data": [{"id"}]} in every protocol of the table."""
    return address(route.base_url, protocol_of(route).models)


def request_body(route: Route, messages: tuple[Message, ...], params: Params) -> bytes:
    return protocol_of(route).body(route, messages, params)


async def post(
    session: aiohttp.ClientSession,
    route: Route,
    body: bytes,
    connect: float,
    due: float,
    where: str,
) -> aiohttp.ClientResponse:
    """Send it and take the headers before `due`; whatever is not an event stream is an error.

    `connect` is in seconds, from now.
    """
    url = address(route.base_url, protocol_of(route).path)
    try:
        async with asyncio.timeout_at(due):
            response = await session.post(
                url,
                data=body,
                headers=authorised(route),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=connect),
            )
    except aiohttp.ConnectionTimeoutError as error:
        raise TimedOut("connect", where) from error
    except TimeoutError as error:
        raise TimedOut("first-token", where) from error
    except (aiohttp.ClientError, OSError, ValueError, AddressRefused) as error:
        raise Unreachable(f"{where}: {in_short(error)}") from error
    try:
        await check_head(response, due, where)
    except GatewayError:
        response.close()
        raise
    return response


def in_short(error: BaseException) -> str:
    """For the log: some of aiohttp's errors repeat, in full, our headers with the key in them."""
    return f"{type(error).__name__}: {str(error)[:TOLD_CHARS]!r}"


async def check_head(response: aiohttp.ClientResponse, due: float, where: str) -> None:
    if response.status != 200:
        told = await opening(response, due)
        wait = retry_after(response.headers.get("Retry-After"))
        raise UpstreamRefused(response.status, f"{where}: {told!r}", wait)
    if response.content_type != "text/event-stream":
        raise Malformed(f"{where}: content type {response.content_type!r}, not an event stream")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Malformed(f"{where}: an encoding that was not asked for")


async def opening(response: aiohttp.ClientResponse, due: float) -> bytes:
    """The first bytes of a refusal, for the log; a refusal without any is one still."""
    try:
        async with asyncio.timeout_at(min(due, asyncio.get_running_loop().time() + 1)):
            return await response.content.read(REFUSAL_BYTES)
    except (TimeoutError, aiohttp.ClientError, OSError):
        return b""


def retry_after(value: str | None) -> float | None:
    """Seconds to wait, from either form of the header; nonsense is no answer."""
    if value is None:
        return None
    try:
        return bounded(float(value))
    except ValueError:
        pass
    try:
        return bounded((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def bounded(seconds: float) -> float | None:
    return None if seconds != seconds else min(max(seconds, 0.0), RETRY_AFTER_LIMIT)
