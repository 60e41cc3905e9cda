"""The guard takes what is text, refuses what is not, and counts."""

import pytest

from arena.errors import OverLimit, Unacceptable
from arena.guard import Limits, checked_text
from arena.settings import Settings


def test_good_text_comes_back_stripped() -> None:
    assert checked_text("  grüß dich 你好 🙂 \n", 100) == "grüß dich 你好 🙂"


@pytest.mark.parametrize("text", ["", " \n\t", "x" * 11, "a\x00b", "half a pair \ud83d"])
def test_what_is_not_a_prompt_is_refused_in_words(text: str) -> None:
    with pytest.raises(Unacceptable, match="prompt"):
        checked_text(text, 10)


async def test_limits_count_each_visitor_apart() -> None:
    limits = Limits(Settings(turns_per_minute=2))
    for _ in range(2):
        await limits.hit("turn", "one")
    await limits.hit("turn", "other")
    with pytest.raises(OverLimit) as caught:
        await limits.hit("turn", "one")
    assert 1 <= caught.value.retry_after <= 60
