"""Does a running engine still live? It answers, and tokens come out of it."""

from dataclasses import dataclass

import aiohttp

COUNTERS = ("vllm:generation_tokens_total", "vllm:prompt_tokens_total")
HEALTH_S = 5.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """An engine is looked at `every` so many seconds; it is hung after `misses` looks in a row.

    A look is missed where /health does not answer, or where no token has come out since the look
    before and one that is asked for does not come within `patience` seconds.
    """

    every: float = 15.0
    patience: float = 30.0
    misses: int = 3


@dataclass(slots=True)
class Signs:
    """The signs of life of one engine; `served_name` is a model it answers to."""

    http: aiohttp.ClientSession
    root: str
    api_key: str
    served_name: str
    tokens: float | None = None

    async def seen(self, pulse: Pulse) -> bool:
        """One look. Traffic is a sign by itself: only a silent engine is asked for a token."""
        if not await self.healthy(pulse.patience):
            return False
        return await self._moved() or await self._speaks(pulse.patience) or await self._moved()

    async def healthy(self, patience: float = HEALTH_S) -> bool:
        return (await self._ask("GET", "/health", patience))[0] == 200

    async def _moved(self) -> bool:
        """Have tokens come out since this was asked last?"""
        before, self.tokens = self.tokens, count((await self._ask("GET", "/metrics", HEALTH_S))[1])
        return None not in (before, self.tokens) and before != self.tokens

    async def _speaks(self, patience: float) -> bool:
        """Any answer but a fault of the engine's own: a refusal tells nothing against its life."""
        body = {"model": self.served_name, "prompt": "a", "max_tokens": 1}
        return (await self._ask("POST", "/v1/completions", patience, body))[0] in range(200, 500)

    async def _ask(
        self, method: str, path: str, seconds: float, body: dict[str, object] | None = None
    ) -> tuple[int, str]:
        """Status and text of the answer; 0 and nothing where none comes in time."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        bound = aiohttp.ClientTimeout(total=seconds)
        url = f"{self.root}{path}"
        try:
            async with self.http.request(
                method, url, json=body, headers=headers, timeout=bound
            ) as answer:
                return answer.status, await answer.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, ""


def count(metrics: str) -> float | None:
    """The sum of the token counters in Prometheus text; None where there are none."""
    lines = [line for line in metrics.splitlines() if line.startswith(COUNTERS)]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines) if lines else None
