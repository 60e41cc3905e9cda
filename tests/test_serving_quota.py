"""Quotas: streams and tokens a minute, tokens a day, and what is said to who comes too much."""

import pytest

from serving.errors import Busy, SpentForToday
from serving.ledger import Ledger, Sum, today
from serving.quota import Quotas
from serving.target import Quota, Target


def target(**quota: int) -> Target:
    return Target(1, "secret-model", (), quota=Quota(**quota))


async def test_one_stream_too_many_in_a_minute_is_told_when_to_come_back() -> None:
    quotas, model = Quotas(Ledger()), target(requests_per_minute=3)
    for _ in range(3):
        await quotas.admit(model)
    with pytest.raises(Busy) as caught:
        await quotas.admit(model)
    assert caught.value.retry_after is not None and 50 < caught.value.retry_after <= 60
    assert "secret" not in caught.value.title and caught.value.fault == "ours"


async def test_tokens_are_counted_at_the_end_and_hold_back_the_next_stream() -> None:
    quotas, model = Quotas(Ledger()), target(tokens_per_minute=100)
    await quotas.admit(model)
    quotas.spend(model, 99)
    await quotas.settled()
    await quotas.admit(model)
    quotas.spend(model, 500)
    await quotas.settled()
    with pytest.raises(Busy) as caught:
        await quotas.admit(model)
    assert caught.value.retry_after is not None and 0 < caught.value.retry_after <= 60


async def test_one_models_minute_is_not_anothers() -> None:
    quotas = Quotas(Ledger())
    await quotas.admit(Target(1, "a", (), quota=Quota(requests_per_minute=1)))
    await quotas.admit(Target(2, "b", (), quota=Quota(requests_per_minute=1)))


async def test_the_days_tokens_are_those_in_the_store_and_those_not_yet_written() -> None:
    ledger, model = Ledger(), target(tokens_per_day=100)
    quotas = Quotas(ledger)
    ledger.written({}, {(1, today()): 60})
    await quotas.admit(model)
    ledger.add(1, Sum(1, 0, 10, 30))
    with pytest.raises(SpentForToday) as caught:
        await quotas.admit(model)
    assert ledger.exhausted(model) and "today" in caught.value.title
    assert caught.value.retry_after is not None and 0 < caught.value.retry_after <= 86_400


async def test_a_stream_that_was_turned_away_for_its_tokens_is_not_counted() -> None:
    quotas, model = Quotas(Ledger()), target(requests_per_minute=1, tokens_per_minute=1)
    quotas.spend(model, 5)
    await quotas.settled()
    with pytest.raises(Busy, match="1 tokens"):
        await quotas.admit(model)
    await quotas.admit(target(requests_per_minute=1))


def test_an_address_that_would_wait_in_the_loop_is_refused() -> None:
    with pytest.raises(ValueError, match="async"):
        Quotas(Ledger(), "memory://")
