"""Webhooks as a provider receives them, from an outbox on SQLite and on PostgreSQL alike."""

import asyncio
import base64
import hashlib
import hmac
import socket
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import orjson
import pytest
from sqlalchemy import update
from sqlmodel import select

from arena.store.session import Store
from serving.accounts import create_provider, disable_provider, get_provider
from serving.dial import DialPolicy
from serving.gateway import Gateway, open_gateway
from serving.outbox import KEPT, LEASE_S, WAITS_S, Outbox, wait_after
from serving.registry import add_model, get_model, set_state
from serving.tables import Delivery, State, now
from serving.webhooks import new_secret, signature
from tests.registry_fixture import SEALER, entry
from tests.webhook_fixture import Receiver, receiving

SECRET = "whsec_" + base64.b64encode(b"a signing key of the tests").decode()


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with open_gateway(DialPolicy.of("127.0.0.0/8")) as opened:
        yield opened


async def a_change(store: Store, url: str | None, detail: str = "it streams") -> None:
    """A provider with this webhook, and one change of state of its model."""
    async with store.write() as session:
        await create_provider(session, SEALER, "lab")
        provider = await get_provider(session, "lab")
        provider.webhook_url, provider.webhook_secret = url, SEALER.seal(SECRET)
        model = await add_model(session, SEALER, provider, entry("lab/model"))
        await set_state(session, model, State.LIVE, detail)


def outbox(store: Store, gateway: Gateway, waits: Sequence[float] = (0.0, 0.0)) -> Outbox:
    return Outbox(store.writers, SEALER, gateway, waits)


async def deliveries(store: Store) -> list[Delivery]:
    async with store.read() as session:
        return list((await session.execute(select(Delivery))).scalars())


def is_signed(receiver: Receiver, call: int = 0) -> bool:
    """Checked as the Standard Webhooks specification writes it, with nothing of ours."""
    headers, body = receiver.came[call]
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}"
    digest = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


async def test_a_change_of_state_is_told_signed_and_once(store: Store, gateway: Gateway) -> None:
    async with receiving() as receiver:
        await a_change(store, receiver.url)
        assert [await outbox(store, gateway).send_due() for _ in range(2)] == [1, 0]
    headers, body = receiver.came[0]
    event = orjson.loads(body)
    assert len(receiver.came) == 1 and is_signed(receiver)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert event["type"] == "model.state" and event["data"].pop("at")
    assert event["data"] == {
        "name": "lab/model",
        "state": "live",
        "previous": "verifying",
        "detail": "it streams",
    }
    (delivery,) = await deliveries(store)
    assert delivery.sent is not None and delivery.due is None


async def test_what_was_refused_is_sent_again_under_the_same_id(
    store: Store, gateway: Gateway
) -> None:
    async with receiving(500) as receiver:
        await a_change(store, receiver.url)
        sender = outbox(store, gateway)
        assert [await sender.send_due() for _ in range(3)] == [1, 1, 0]
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert is_signed(receiver, 0) and is_signed(receiver, 1)
    assert [one.attempts for one in await deliveries(store)] == [2]


async def test_a_dead_receiver_is_given_up_after_the_last_wait(
    store: Store, gateway: Gateway
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    await a_change(store, f"http://127.0.0.1:{port}/hook")
    sender = outbox(store, gateway)
    assert [await sender.send_due() for _ in range(4)] == [1, 1, 1, 0]
    (delivery,) = await deliveries(store)
    assert (delivery.sent, delivery.due) == (None, None)


async def test_the_next_attempt_waits_as_long_as_it_should(store: Store, gateway: Gateway) -> None:
    async with receiving(503) as receiver:
        await a_change(store, receiver.url)
        sender = outbox(store, gateway, waits=(100.0,))
        assert [await sender.send_due() for _ in range(2)] == [1, 0]
    (delivery,) = await deliveries(store)
    assert delivery.due is not None
    assert timedelta(seconds=90) < delivery.due - now() <= timedelta(seconds=100)


async def test_a_redirect_is_not_followed(store: Store, gateway: Gateway) -> None:
    async with receiving(307) as receiver:
        await a_change(store, receiver.url)
        await outbox(store, gateway, waits=()).send_due()
    assert (len(receiver.came), receiver.followed) == (1, 0)
    assert (await deliveries(store))[0].sent is None


async def test_two_processes_on_one_outbox_do_not_send_twice(
    store: Store, gateway: Gateway
) -> None:
    async with receiving() as receiver:
        await a_change(store, receiver.url)
        senders = [outbox(store, gateway) for _ in range(5)]
        tried = await asyncio.gather(*(sender.send_due() for sender in senders))
    assert (sum(tried), len(receiver.came)) == (1, 1)


async def test_what_a_killed_process_had_taken_is_sent_by_the_next(
    store: Store, gateway: Gateway
) -> None:
    async with receiving() as receiver:
        await a_change(store, receiver.url)
        killed, next_one = outbox(store, gateway), outbox(store, gateway)
        assert len(await killed._claim(now())) == 1
        assert await next_one.send_due() == 0
        (parcel,) = await next_one._claim(now() + timedelta(seconds=LEASE_S + 1))
        await next_one._send(parcel)
    assert len(receiver.came) == 1 and (await deliveries(store))[0].sent is not None


async def test_a_change_that_is_rolled_back_is_told_to_nobody(store: Store) -> None:
    await a_change(store, "https://receiver.example/hook")
    async with store.read() as session:
        await set_state(session, await get_model(session, "lab/model"), State.PAUSED)
    assert len(await deliveries(store)) == 1


async def test_without_a_webhook_nothing_is_put_into_the_outbox(store: Store) -> None:
    await a_change(store, None)
    assert await deliveries(store) == []


async def test_no_webhook_goes_where_the_policy_forbids(store: Store) -> None:
    async with receiving() as receiver, open_gateway(DialPolicy()) as guarded:
        await a_change(store, receiver.url)
        await outbox(store, guarded, waits=()).send_due()
    (delivery,) = await deliveries(store)
    assert receiver.came == []
    assert (delivery.attempts, delivery.sent, delivery.due) == (1, None, None)


async def test_a_disabled_provider_is_told_no_more(store: Store, gateway: Gateway) -> None:
    async with receiving() as receiver:
        await a_change(store, receiver.url)
        async with store.write() as session:
            await disable_provider(session, "lab")
        await outbox(store, gateway).send_due()
    assert receiver.came == []
    assert (await deliveries(store))[0].due is None


async def test_what_was_sent_or_given_up_is_deleted_after_a_month(
    store: Store, gateway: Gateway
) -> None:
    async with receiving() as receiver:
        await a_change(store, receiver.url)
        await outbox(store, gateway).send_due()
    await age(store, now() - KEPT + timedelta(hours=1), due=None)
    await outbox(store, gateway).prune(now() - KEPT)
    assert len(await deliveries(store)) == 1
    await age(store, now() - KEPT, due=None)
    sending = asyncio.create_task(outbox(store, gateway).keep_sending())
    async with asyncio.timeout(10):
        while await deliveries(store):
            await asyncio.sleep(0.02)
    sending.cancel()


async def test_what_is_still_to_be_sent_is_kept_however_old(store: Store, gateway: Gateway) -> None:
    await a_change(store, "https://receiver.example/hook")
    await age(store, now() - 2 * KEPT, now() + timedelta(hours=1))
    await outbox(store, gateway).prune(now() - KEPT)
    assert len(await deliveries(store)) == 1


async def age(store: Store, created: datetime, due: datetime | None) -> None:
    async with store.write() as session:
        await session.execute(update(Delivery).values(created=created, due=due))


def test_the_waits_grow_and_end() -> None:
    assert [wait_after(tried, WAITS_S) for tried in (1, 2, 6, 7)] == [5.0, 60.0, 86_400.0, None]


def test_the_signature_is_the_specifications_own_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_is_no_base64_signs_as_it_is() -> None:
    assert signature("plain", "m", 1, b"{}") != signature("whsec_?", "m", 1, b"{}")
    assert new_secret() != new_secret()
