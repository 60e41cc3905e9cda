"""The engines of this arena: started from the configuration, with the contestants they serve."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from arena.house import House
from arena.settings import Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Engines:
    """What is running: the contestants it serves and the addresses they answer at."""

    contestants: Sequence[House] = ()
    addresses: Sequence[str] = ()


@asynccontextmanager
async def open_engines(settings: Settings, say: Say, wanted: bool) -> AsyncIterator[Engines]:
    """Start every configured engine, wait until each is healthy, stop them all at the end."""
    yield Engines()
