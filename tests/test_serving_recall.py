"""A short memory: asked once a moment, never of what was refused, never too large."""

import pytest

from serving.errors import KeyRefused
from serving.recall import MOST, Recall


class Asked:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> int:
        self.times += 1
        return self.times

    async def refused(self) -> int:
        self.times += 1
        raise KeyRefused("no")


async def test_within_a_moment_it_is_asked_once_and_then_anew() -> None:
    time, asked = [0.0], Asked()
    recall = Recall[str, int](1.0, lambda: time[0])
    assert [await recall.get("k", asked) for _ in range(3)] == [1, 1, 1]
    assert await recall.get("other", asked) == 2
    time[0] = 1.0
    assert await recall.get("k", asked) == 3


async def test_what_is_refused_is_asked_for_every_time() -> None:
    asked, recall = Asked(), Recall[str, int](1.0)
    for _ in range(2):
        with pytest.raises(KeyRefused):
            await recall.get("k", asked.refused)
    assert asked.times == 2


async def test_it_does_not_grow_without_end() -> None:
    recall = Recall[int, int](1e9)
    for key in range(3 * MOST):
        await recall.get(key, Asked())
    assert len(recall._known) <= MOST
