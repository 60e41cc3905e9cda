"""The breaker: what opens it, for how long, what closes it, and what others say of it."""

from hypothesis import given
from hypothesis import strategies as st

from serving.breaker import FAILURES, LONGEST_S, LONGEST_WAIT_S, Breaker, Standing

NOW = 1000.0


def tripped(at: float = NOW) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(at, 1.0)
    return breaker


def test_the_first_failure_puts_it_behind_and_the_third_opens_it() -> None:
    breaker = Breaker()
    assert not breaker.failed(NOW, 1.0)
    assert breaker.standing(NOW) is Standing.BEHIND
    assert breaker.standing(NOW + 16) is Standing.READY
    assert not breaker.failed(NOW, 1.0)
    assert breaker.failed(NOW, 1.0)
    assert breaker.standing(NOW + 4.9) is Standing.OPEN


def test_failures_that_are_not_in_a_row_do_not_open_it() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker.failed(NOW, 1.0)
        breaker.failed(NOW, 1.0)
        breaker.whole()
    assert breaker.standing(NOW) is Standing.READY


def test_it_is_half_open_when_its_time_is_up_and_a_sign_of_life_closes_it() -> None:
    breaker = tripped()
    assert breaker.standing(NOW + 5) is Standing.HALF_OPEN
    assert breaker.alive()
    assert breaker.standing(NOW + 5) is Standing.READY


def test_a_failure_after_the_probe_opens_it_at_once_and_for_twice_as_long() -> None:
    breaker = tripped()
    breaker.alive()
    assert breaker.failed(NOW + 20, 1.0)
    assert breaker.until() == NOW + 20 + 10
    assert breaker.failed(NOW + 60, 1.0)
    assert breaker.until() == NOW + 60 + 20


def test_a_whole_answer_makes_it_as_good_as_new() -> None:
    breaker = tripped()
    breaker.alive()
    breaker.whole()
    assert [breaker.failed(NOW + 20, 1.0) for _ in range(FAILURES)] == [False, False, True]
    assert breaker.until() == NOW + 20 + 5


def test_streams_that_were_under_way_when_it_opened_do_not_open_it_further() -> None:
    breaker = tripped()
    assert not any(breaker.failed(NOW + 1, 1.0) for _ in range(200))
    assert breaker.until() == NOW + 5


def test_what_broke_off_after_a_failure_it_began_before_fell_with_it() -> None:
    breaker = Breaker()
    breaker.failed(NOW, 1.0, NOW - 9)
    assert not any(breaker.failed(NOW + 1, 1.0, NOW - 1) for _ in range(200))
    assert (breaker.failures, breaker.standing(NOW + 1)) == (1, Standing.BEHIND)
    breaker.failed(NOW + 2, 1.0, NOW + 1)
    assert breaker.failures == 2


def test_years_of_failures_are_counted_without_an_error() -> None:
    breaker = tripped()
    for hour in range(1, 2000):
        assert breaker.failed(NOW + 3600 * hour, 1.0)


@given(st.integers(1, 60), st.floats(0.8, 1.0))
def test_it_is_never_open_for_longer_than_five_minutes(times: int, jitter: float) -> None:
    breaker, now = tripped(), NOW
    for _ in range(times):
        now = breaker.until() + 1
        breaker.failed(now, jitter)
    assert 0 < breaker.until() - now <= LONGEST_S


def test_a_wish_to_be_left_alone_holds_for_an_hour_at_most() -> None:
    breaker = Breaker()
    breaker.asked_to_wait(NOW, 1e9)
    assert breaker.standing(NOW + LONGEST_WAIT_S - 1) is Standing.WAITING
    assert breaker.standing(NOW + LONGEST_WAIT_S) is Standing.READY


def test_what_another_process_says_is_heard_once() -> None:
    breaker = Breaker()
    breaker.hear(FAILURES, NOW + 15)
    assert breaker.standing(NOW) is Standing.OPEN
    assert breaker.alive()
    breaker.hear(FAILURES, NOW + 15)
    assert breaker.standing(NOW) is Standing.READY


def test_ones_own_words_read_back_are_no_news() -> None:
    breaker = tripped()
    until = breaker.until()
    breaker.alive()
    breaker.hear(FAILURES, until + 0.0004)
    assert breaker.standing(NOW) is Standing.READY


def test_another_process_that_was_asked_to_wait_makes_this_one_wait() -> None:
    breaker = Breaker()
    breaker.hear(0, NOW + 60)
    assert breaker.standing(NOW) is Standing.WAITING
