"""What takes long to find: found once for all who ask, kept in proportion to what it took."""

import asyncio

import pytest

from arena.kept import TIMES, Kept


class Search:
    """Takes `took` seconds of its own clock, and gives how often it was made."""

    def __init__(self, took: float = 1.0) -> None:
        self.time, self.took, self.times = 0.0, took, 0
        self.gate = asyncio.Event()
        self.gate.set()

    def clock(self) -> float:
        return self.time

    async def __call__(self) -> int:
        self.times += 1
        number = self.times
        await self.gate.wait()
        self.time += self.took
        return number

    def kept(self) -> Kept[int]:
        return Kept(self, self.clock)


async def test_it_is_kept_for_many_times_as_long_as_it_took() -> None:
    search = Search(took=2.0)
    kept = search.kept()
    assert [await kept.get() for _ in range(3)] == [1, 1, 1]
    search.time += 2.0 * TIMES - 0.1
    assert await kept.get() == 1
    search.time += 0.2
    assert await kept.get() == 2


async def test_what_was_known_of_another_state_is_not_given() -> None:
    kept = Search().kept()
    assert [await kept.get(of) for of in ("old", "old", "new", "new", "old")] == [1, 1, 2, 2, 3]


async def test_a_hundred_who_come_at_once_are_one_search() -> None:
    search = Search()
    kept = search.kept()
    assert set(await asyncio.gather(*(kept.get() for _ in range(100)))) == {1}
    assert search.times == 1


async def test_who_comes_during_a_search_is_given_what_was_known() -> None:
    search = Search()
    kept = search.kept()
    await kept.get()
    search.time += 100.0
    search.gate.clear()
    searching = asyncio.create_task(kept.get())
    await asyncio.sleep(0)
    assert await kept.get() == 1
    search.gate.set()
    assert await searching == 2


async def test_a_search_that_fails_is_made_again() -> None:
    async def fail() -> int:
        raise ValueError("no")

    kept = Kept(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await kept.get()
