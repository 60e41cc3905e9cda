"""The endpoints of a process: what counts as a failure, and where traffic goes meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random

import pytest

from serving.breaker import Standing
from serving.endpoints import Endpoints
from serving.errors import GatewayError, TooLong, UpstreamBroke, UpstreamRefused
from serving.target import Route, Target

ONE, OTHER = Route("https://one.example/v1", "m", id=1), Route("https://two.example/v1", "m", id=2)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def endpoints(clock: Clock) -> tuple[Endpoints, list[tuple[int, float | None]]]:
    told: list[tuple[int, float | None]] = []
    seen = Endpoints(
        Random(1), lambda route, failures, until: told.append((failures, until)), clock
    )
    return seen, told


def end(seen: Endpoints, route: Route, error: GatewayError | None = None) -> None:
    """One stream at this endpoint: an error before its first token, or a whole answer."""
    with suppress(GatewayError), seen.watched(route) as alive:
        if error is not None:
            raise error
        alive()


def break_off_together(seen: Endpoints, route: Route, clock: Clock, streams: int) -> None:
    """So many streams that all had spoken when they broke."""
    with ExitStack() as under_way:
        for _ in range(streams):
            under_way.enter_context(suppress(GatewayError))
            under_way.enter_context(broken_off(seen, route))
        clock.now += 1


@contextmanager
def broken_off(seen: Endpoints, route: Route) -> Iterator[None]:
    with seen.watched(route) as alive:
        alive()
        yield
        raise broken()


def broken() -> GatewayError:
    return UpstreamBroke("it broke off")


def test_a_dead_endpoint_gets_no_traffic_but_probes() -> None:
    clock = Clock()
    seen, _ = endpoints(clock)
    tries = 0
    for _ in range(3600):
        for route in seen.order((ONE, OTHER)):
            tries += route is ONE
            end(seen, route, broken() if route is ONE else None)
            if route is OTHER:
                break
        clock.now += 1
    assert 10 <= tries <= 25


def test_a_trip_and_a_recovery_are_told() -> None:
    clock = Clock()
    seen, told = endpoints(clock)
    for _ in range(5):
        end(seen, ONE, broken())
    assert len(told) == 1 and told[0][0] == 3
    assert told[0][1] is not None and 4 <= told[0][1] - clock.now <= 5
    clock.now += 6
    end(seen, ONE)
    assert told[1:] == [(0, None)]


def test_the_callers_faults_and_ours_count_nothing() -> None:
    seen, told = endpoints(Clock())
    for _ in range(5):
        end(seen, ONE, UpstreamRefused(400, "too long"))
        end(seen, ONE, TooLong("too long"))
    assert seen.standings() == {Standing.READY: 1}
    assert not told


def test_one_that_was_stopped_says_nothing_of_its_health() -> None:
    seen, _ = endpoints(Clock())
    end(seen, ONE, broken())
    with pytest.raises(KeyboardInterrupt), seen.watched(ONE):
        raise KeyboardInterrupt
    end(seen, ONE, broken())
    end(seen, ONE, broken())
    assert seen.standings() == {Standing.OPEN: 1}


def test_a_429_cools_as_long_as_it_says_and_is_no_failure() -> None:
    clock = Clock()
    seen, told = endpoints(clock)
    end(seen, ONE, UpstreamRefused(429, "busy", 40.0))
    assert seen.order((ONE,)) == [] and seen.order((ONE, OTHER)) == [OTHER]
    assert told == [(0, clock.now + 40)]
    assert seen.wait_s((ONE,)) == 40
    clock.now += 40
    assert seen.order((ONE,)) == [ONE]


def test_a_429_that_does_not_say_how_long_puts_it_behind() -> None:
    seen, told = endpoints(Clock())
    for _ in range(9):
        end(seen, ONE, UpstreamRefused(429, "busy"))
    assert seen.order((ONE, OTHER)) == [OTHER, ONE] and not told


def test_a_503_that_says_how_long_is_a_failure_and_is_obeyed() -> None:
    seen, told = endpoints(Clock())
    end(seen, ONE, UpstreamRefused(503, "loading", 40.0))
    assert seen.order((ONE,)) == [] and told[0][0] == 1


def test_a_lone_endpoint_that_is_open_is_tried_by_one_stream_at_a_time() -> None:
    seen, _ = endpoints(Clock())
    for _ in range(3):
        end(seen, ONE, broken())
    assert seen.order((ONE,)) == [ONE]
    with seen.watched(ONE) as alive:
        assert seen.order((ONE,)) == [] and seen.wait_s((ONE,)) == 1
        alive()
        assert seen.order((ONE,)) == [ONE]


def test_a_500_that_asks_to_be_left_alone_is_a_failure_and_no_more() -> None:
    seen, told = endpoints(Clock())
    end(seen, ONE, UpstreamRefused(500, "broken", 40.0))
    assert seen.order((ONE,)) == [ONE] and not told


def test_streams_that_break_off_together_are_one_failure() -> None:
    clock = Clock()
    seen, told = endpoints(clock)
    break_off_together(seen, ONE, clock, 200)
    assert seen.order((ONE, OTHER)) == [OTHER, ONE] and not told
    assert seen.any_ready(Target(1, "m", (ONE,)))


def test_streams_that_break_off_one_after_another_open_the_breaker() -> None:
    clock = Clock()
    seen, told = endpoints(clock)
    for _ in range(3):
        break_off_together(seen, ONE, clock, 2)
    assert [failures for failures, _ in told] == [3]


def test_streams_that_are_refused_together_open_the_breaker_at_once() -> None:
    seen, told = endpoints(Clock())
    for _ in range(200):
        end(seen, ONE, broken())
    assert [failures for failures, _ in told] == [3]


def test_a_crash_in_mid_answer_and_two_refusals_after_it_open_the_breaker() -> None:
    clock = Clock()
    seen, told = endpoints(clock)
    break_off_together(seen, ONE, clock, 50)
    end(seen, ONE, broken())
    end(seen, ONE, broken())
    assert [failures for failures, _ in told] == [3]


def test_a_stream_that_ended_takes_no_room_any_more() -> None:
    seen, _ = endpoints(Clock())
    for _ in range(9):
        end(seen, ONE)
    with seen.watched(OTHER):
        assert seen.order((ONE, OTHER)) == [ONE, OTHER]


def test_a_model_none_of_whose_endpoints_is_in_order_is_not_ready() -> None:
    seen, _ = endpoints(Clock())
    for _ in range(3):
        end(seen, ONE, broken())
    assert not seen.any_ready(Target(1, "m", (ONE,)))
    assert seen.any_ready(Target(1, "m", (ONE, OTHER)))
