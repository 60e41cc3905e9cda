"""Which endpoint is tried first: by load and size, the unwell last, the dead hardly ever."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from serving.breaker import Standing
from serving.choice import Candidate, order
from serving.target import Route

standings = st.sampled_from(list(Standing))


def routes(number: int) -> list[Route]:
    return [Route(f"https://{place}.example/v1", "m") for place in range(number)]


def candidate(place: int, weight: int, capacity: int | None, now_open: int) -> Candidate:
    route = Route(f"https://{place}.example/v1", "m", weight=weight, capacity=capacity)
    return Candidate(route, now_open)


sizes = st.tuples(st.integers(1, 9), st.none() | st.integers(1, 8), st.integers(0, 9))
crowds = st.lists(sizes, min_size=1, max_size=9).map(
    lambda many: [candidate(place, *size) for place, size in enumerate(many)]
)


@given(crowds, st.integers())
def test_each_endpoint_that_is_well_stands_in_the_order_once(
    crowd: list[Candidate], seed: int
) -> None:
    ordered = order(crowd, Random(seed))
    assert Counter(ordered) == Counter(found.route for found in crowd)


@given(crowds, st.integers())
def test_a_full_endpoint_is_not_first_while_another_has_room(
    crowd: list[Candidate], seed: int
) -> None:
    first = order(crowd, Random(seed))[0]
    chosen = next(found for found in crowd if found.route == first)
    assert chosen.has_room or not any(found.has_room for found in crowd)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers())
def test_streams_that_stay_fill_few_endpoints_in_proportion_to_their_size(
    capacities: list[int], seed: int
) -> None:
    rng, crowd = Random(seed), [candidate(n, 1, most, 0) for n, most in enumerate(capacities)]
    for _ in range(sum(capacities)):
        first = order(crowd, rng)[0]
        crowd = [replace(one, open=one.open + (one.route == first)) for one in crowd]
    assert [one.open for one in crowd] == capacities


@given(st.lists(st.tuples(sizes, standings, st.booleans()), min_size=1, max_size=9), st.integers())
def test_the_open_come_only_where_none_is_well_and_the_waiting_never(
    found: list[tuple[tuple[int, int | None, int], Standing, bool]], seed: int
) -> None:
    crowd = [
        replace(candidate(n, *size), standing=standing, probing=probing)
        for n, (size, standing, probing) in enumerate(found)
    ]
    by_route = {one.route: one for one in crowd}
    ordered = [by_route[route] for route in order(crowd, Random(seed))]
    well = any(one.standing in (Standing.READY, Standing.BEHIND) for one in crowd)
    shut = [one for one in ordered if one.standing in (Standing.OPEN, Standing.HALF_OPEN)]
    assert all(one.standing is not Standing.WAITING for one in ordered)
    assert len(shut) <= 1 and not any(one.probing for one in shut)
    assert not (well and any(one.standing is Standing.OPEN for one in ordered))


def test_one_that_failed_a_moment_ago_comes_behind_the_others() -> None:
    one, other = routes(2)
    crowd = [Candidate(one, 0, Standing.BEHIND), Candidate(other, 50)]
    assert order(crowd, Random(1)) == [other, one]


def test_a_half_open_one_is_tried_first_and_by_one_stream_alone() -> None:
    one, other = routes(2)
    crowd = [Candidate(one, 0, Standing.HALF_OPEN), Candidate(other)]
    assert order(crowd, Random(1)) == [one, other]
    tried = [replace(crowd[0], probing=True), crowd[1]]
    assert order(tried, Random(1)) == [other]


def test_where_all_are_open_the_one_that_opens_first_is_tried() -> None:
    one, other = routes(2)
    crowd = [Candidate(one, 0, Standing.OPEN, 90.0), Candidate(other, 0, Standing.OPEN, 40.0)]
    assert order(crowd, Random(1)) == [other]


def test_idle_endpoints_are_drawn_in_proportion_to_their_weight() -> None:
    rng, crowd = Random(7), [candidate(n, weight, None, 0) for n, weight in enumerate((6, 3, 1))]
    drawn = Counter(order(crowd, rng)[0] for _ in range(4000))
    assert [round(drawn[one.route] / 400) for one in crowd] == [6, 3, 1]


def test_many_idle_endpoints_are_drawn_in_proportion_to_their_weight_too() -> None:
    rng = Random(7)
    crowd = [candidate(n, weight, None, 0) for n, weight in enumerate((10, 5, 5, 5, 5, 5, 5))]
    drawn = Counter(order(crowd, rng)[0] for _ in range(4000))
    assert [round(drawn[one.route] / 500) for one in crowd] == [2, 1, 1, 1, 1, 1, 1]


def test_of_many_endpoints_two_are_drawn_and_the_freer_is_taken() -> None:
    rng, crowd = Random(3), [candidate(n, 1, None, 0) for n in range(10)]
    for _ in range(1000):
        first = order(crowd, rng)[0]
        crowd = [replace(one, open=one.open + (one.route == first)) for one in crowd]
    assert max(one.open for one in crowd) - min(one.open for one in crowd) <= 8
