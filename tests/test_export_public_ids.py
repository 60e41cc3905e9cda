"""What leaves instead of an id, what makes two prompts the same, how rows are sorted and capped."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.frequency import Frequent
from export.public_ids import PublicIds, same_prompt
from export.spill import Spill
from serving.sealing import Sealer

IDS = PublicIds(Sealer("a secret of the tests"))


def test_a_hash_is_stable_and_tells_roles_and_secrets_apart() -> None:
    again = PublicIds(Sealer("a secret of the tests"))
    other = PublicIds(Sealer("a secret of another arena"))
    hashes = [IDS.of("visitor", "7"), IDS.of("battle", "7"), other.of("visitor", "7")]
    assert again.of("visitor", "7") == hashes[0] and len(set(hashes)) == 3
    assert all(len(found) == 32 and int(found, 16) >= 0 for found in hashes)


def test_shares_are_spread_evenly() -> None:
    shares = [IDS.share("split", str(number)) for number in range(2_000)]
    assert min(shares) >= 0 and max(shares) < 1
    assert 160 < sum(share < 0.1 for share in shares) < 240


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is a bee?", "  what IS a bee"),
        ("Ｗｈａｔ is—a bee", "What is a bee…"),
        ("STRASSE", "straße"),
        ("a\u200bb c", "a b\u00a0c"),
    ],
)
def test_case_spaces_and_punctuation_make_no_other_prompt(one: str, other: str) -> None:
    assert same_prompt(one) == same_prompt(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1 + 1", "1 < 1"), ("कि", "का"), ("?", "!"), ("bee 🐝", "bee 🐞"), ("ab", "a b")],
)
def test_letters_marks_and_symbols_do(one: str, other: str) -> None:
    assert same_prompt(one) != same_prompt(other)


@given(st.text())
def test_space_around_a_prompt_never_matters(text: str) -> None:
    assert same_prompt(f" \t{text}\n") == same_prompt(text)


@given(st.lists(st.tuples(st.text("0a", min_size=4, max_size=8), st.integers())))
def test_a_spill_sorts_by_key(pairs: list[tuple[str, int]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        spill = Spill(Path(folder) / "rows")
        for key, value in pairs:
            spill.add(key, {"value\n": value % 2**53})
        found = [pair for bucket in spill.buckets() for pair in bucket]
    assert [key for key, _ in found] == sorted(key for key, _ in pairs)
    assert Counter(value["value\n"] for _, value in found) == Counter(v % 2**53 for _, v in pairs)


def test_below_ten_thousand_prompts_none_is_too_frequent(tmp_path: Path) -> None:
    prompts = [IDS.of("prompts", "same")] * 500 + [IDS.of("prompts", str(n)) for n in range(9_000)]
    frequent = Frequent.of(prompts, Spill(tmp_path / "rows"))
    assert (frequent.cap, frequent.counts, frequent.chance(prompts[0])) == (500, {}, 1.0)


def test_a_prompt_above_the_quantile_is_capped_there(tmp_path: Path) -> None:
    greeting = IDS.of("prompts", "hello")
    prompts = [greeting] * 400 + [IDS.of("prompts", str(n // 4)) for n in range(60_000)]
    frequent = Frequent.of(prompts, Spill(tmp_path / "rows"))
    assert (frequent.cap, frequent.counts) == (4, {greeting: 400})
    assert frequent.chance(greeting) == 0.01 and frequent.chance(prompts[-1]) == 1.0
