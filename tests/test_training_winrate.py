"""Win rates: a mean, and an interval that knows which battles share a prompt."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.winrate import Z95, clustered

POINTS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from("abcdef")), min_size=1, max_size=60
)


@given(POINTS)
def test_it_is_the_sandwich_written_out(battles: list[tuple[float, str]]) -> None:
    values, prompts = [v for v, _ in battles], [p for _, p in battles]
    found, n, groups = clustered(values, prompts), len(values), len(set(prompts))
    assert found.mean == pytest.approx(sum(values) / n)
    if groups > 1:
        meat = sum(
            (values[i] - found.mean) * (values[j] - found.mean)
            for i in range(n)
            for j in range(n)
            if prompts[i] == prompts[j]
        )
        error = math.sqrt(max(0.0, meat) * groups / (groups - 1)) / n
        assert found.upper - found.mean == pytest.approx(Z95 * error, abs=1e-7)


def test_it_agrees_with_drawing_prompts_again_and_again() -> None:
    rng = Random(3)
    prompts = [rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(400)]
    lean = {prompt: rng.uniform(0.2, 0.8) for prompt in set(prompts)}
    values = [float(rng.random() < lean[prompt]) for prompt in prompts]
    by_prompt: dict[str, list[float]] = {}
    for value, prompt in zip(values, prompts, strict=True):
        by_prompt.setdefault(prompt, []).append(value)
    means = []
    for _ in range(4000):
        drawn = [
            v for group in rng.choices(list(by_prompt.values()), k=len(by_prompt)) for v in group
        ]
        means.append(sum(drawn) / len(drawn))
    middle = sum(means) / len(means)
    spread = math.sqrt(sum((mean - middle) ** 2 for mean in means) / len(means))
    found = clustered(values, prompts)
    assert (found.upper - found.mean) / Z95 == pytest.approx(spread, rel=0.1)


def test_the_same_battle_twice_on_one_prompt_tells_no_more_than_once() -> None:
    values, prompts = [1.0, 0.0, 1.0, 0.5, 1.0], list("abcde")
    once, twice = clustered(values, prompts), clustered(values * 2, prompts * 2)
    assert twice.upper == pytest.approx(once.upper)
    assert twice.count == 2 * once.count and twice.clusters == once.clusters


def test_one_prompt_bounds_nothing() -> None:
    found = clustered([1.0, 1.0], ["a", "a"])
    assert (found.lower, found.upper) == (-math.inf, math.inf)


@pytest.mark.parametrize(("values", "prompts"), [([], []), ([1.0], [])])
def test_values_without_prompts_are_refused(values: list[float], prompts: list[str]) -> None:
    with pytest.raises(ValueError, match="one cluster a value"):
        clustered(values, prompts)
