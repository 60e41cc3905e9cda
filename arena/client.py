"""A client of the arena's public API, for simulated visitors and scripts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

PATIENCE = aiohttp.ClientTimeout(total=None, connect=10, sock_read=120)


class Refused(Exception):
    """The arena said no; `status` is its HTTP status, the message its own words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{words} (HTTP {status})")
        self.status = status


@dataclass(slots=True)
class Heard:
    """A turn as it was read from its stream."""

    turn: int = 0
    state: str = ""
    text: dict[str, str] = field(default_factory=lambda: {"a": "", "b": ""})
    errors: list[str] = field(default_factory=list)


class ArenaClient:
    """One visitor: keeps the cookie, speaks the API's words. Use as an async context manager."""

    def __init__(self, url: str, operator_token: str = "") -> None:
        headers = {"Authorization": f"Bearer {operator_token}"} if operator_token else {}
        self._session = aiohttp.ClientSession(
            f"{url}/api/v1/",
            headers=headers,
            timeout=PATIENCE,
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def consent(self, publication: bool) -> None:
        """Accept the current terms, and publication too if asked to."""
        terms = await self.call("GET", "consent")
        accept = ["terms", "publication"] if publication else ["terms"]
        await self.call("POST", "consent", {"version": terms["version"], "accept": accept})

    async def open_battle(self, mode: str = "anonymous", models: Sequence[str] = ()) -> str:
        """A new battle's id."""
        body = {"mode": mode, "models": list(models)}
        return str((await self.call("POST", "battles", body))["battle_id"])

    async def ask(self, battle: str, prompt: str) -> Heard:
        """Send one prompt and read the turn to its end."""
        heard = Heard()
        async for name, data in self.stream(battle, prompt):
            if name == "delta":
                heard.text[data["side"]] += data["text"]
            elif name == "error":
                heard.errors.append(data["title"])
            elif name == "turn":
                heard.turn, heard.state = data["turn"], data["state"]
        return heard

    async def stream(self, battle: str, prompt: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """The events of a new turn as they come."""
        url, body = f"battles/{battle}/turns", {"prompt": prompt}
        async with self._session.post(url, json=body) as response:
            await _check(response)
            name = ""
            async for line in response.content:
                field_name, _, value = line.rstrip(b"\r\n").partition(b": ")
                if field_name == b"event":
                    name = value.decode()
                elif field_name == b"data":
                    yield name, orjson.loads(value)

    async def vote(self, battle: str, turn: int, winner: str, **more: Any) -> dict[str, Any]:
        """Cast a vote; `reveal=True` also tells the names."""
        body = {"turn": turn, "winner": winner, **more}
        return await self.call("POST", f"battles/{battle}/votes", body)

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One call under /api/v1; raises Refused with the arena's own words."""
        async with self._session.request(method, path, json=body) as response:
            await _check(response)
            found: dict[str, Any] = orjson.loads(await response.read() or b"{}")
            return found


async def _check(response: aiohttp.ClientResponse) -> None:
    if response.status < 400:
        return
    try:
        words = orjson.loads(await response.read())
        raise Refused(response.status, str(words.get("detail") or words.get("title")))
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise Refused(response.status, response.reason or "no reason given") from error
