"""The registry's tables: providers and their keys, models (contestants) and where they answer.

A model's `id` is its code for ever: it stands in every battle and is never given to another.
Models, their states and the changes are never deleted: a model that leaves is `retired`, and stays
in the public list.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, Enum, TypeDecorator
from sqlmodel import Field, SQLModel


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python on every database; a naive one is refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    return datetime.now(UTC)


class State(StrEnum):
    """Where a contestant stands; only a live one is drawn for battles."""

    VERIFYING = "verifying"
    LIVE = "live"
    PAUSED = "paused"
    FAILED = "failed"
    RETIRED = "retired"


def state_column() -> Column[State]:
    """Stored as plain text, so that a new state needs no change of type in PostgreSQL."""
    names = Enum(
        State, native_enum=False, length=16, values_callable=lambda e: [s.value for s in e]
    )
    return Column("state", names, nullable=False)


class Provider(SQLModel, table=True):
    """An account that may enter contestants; `webhook_secret` is sealed (serving/sealing.py)."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=64, unique=True)
    contact: str | None = Field(default=None, max_length=256)
    webhook_url: str | None = Field(default=None, max_length=512)
    webhook_secret: str | None = Field(default=None, max_length=4096)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    disabled: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ProviderKey(SQLModel, table=True):
    """One key of a provider, with what it may do; only a keyed hash of it is stored."""

    __tablename__ = "provider_key"

    id: int | None = Field(default=None, primary_key=True)
    provider_id: int = Field(foreign_key="provider.id", index=True)
    prefix: str = Field(max_length=16, unique=True)
    key_hash: str = Field(max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    expires: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoked: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Model(SQLModel, table=True):
    """A contestant. `alias` stands for the name in public until the model is `released`.

    `context_length` is in tokens, prompt and answer together. `price` is in US dollars for a
    million tokens, {"prompt", "completion"}. `system_prompt` opens every conversation with it.
    `version` counts the changes.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=96, unique=True)
    alias: str | None = Field(default=None, max_length=96, unique=True)
    organization: str | None = Field(default=None, max_length=128)
    license: str | None = Field(default=None, max_length=128)
    provider_id: int = Field(foreign_key="provider.id", index=True)
    state: State = Field(default=State.VERIFYING, sa_column=state_column())
    detail: str | None = Field(default=None, max_length=500)
    context_length: int | None = None
    modalities: list[str] = Field(default_factory=lambda: ["text"], sa_type=JSON)
    system_prompt: str | None = Field(default=None, max_length=8000)
    price: dict[str, float] | None = Field(default=None, sa_type=JSON)
    contact: str | None = Field(default=None, max_length=256)
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    limits: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    timeouts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    version: int = 1
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    changed: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    released: datetime | None = Field(default=None, sa_type=UTCDateTime)
    checked: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Endpoint(SQLModel, table=True):
    """One address at which a model answers; `api_key` is sealed (serving/sealing.py).

    `capacity` is how many streams it holds at once, where the provider says so. `failures` in a
    row and `cooling_until` are the breaker's, shared by every process on this store.
    """

    id: int | None = Field(default=None, primary_key=True)
    model_id: int = Field(foreign_key="model.id", index=True)
    base_url: str = Field(max_length=512)
    upstream_model: str = Field(max_length=256)
    api_key: str | None = Field(default=None, max_length=4096)
    protocol: str = Field(default="openai", max_length=32)
    capacity: int | None = None
    weight: int = Field(default=1)
    failures: int = 0
    cooling_until: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StateChange(SQLModel, table=True):
    """One line for every state a model was ever in, and why."""

    __tablename__ = "state_change"

    id: int | None = Field(default=None, primary_key=True)
    model_id: int = Field(foreign_key="model.id", index=True)
    state: State = Field(sa_column=state_column())
    detail: str | None = Field(default=None, max_length=500)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Check(SQLModel, table=True):
    """What one check of the last verification saw at one endpoint, in words for the provider."""

    __tablename__ = "verification_check"

    id: int | None = Field(default=None, primary_key=True)
    model_id: int = Field(foreign_key="model.id", index=True)
    base_url: str = Field(max_length=512)
    name: str = Field(max_length=32)
    passed: bool | None = None
    words: str = Field(max_length=500)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class RegistryChange(SQLModel, table=True):
    """The registry's audit: who changed what, when; secrets are named, never shown. Only added."""

    __tablename__ = "registry_change"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    actor: str = Field(max_length=80)
    action: str = Field(max_length=32)
    provider_id: int | None = Field(default=None, foreign_key="provider.id", index=True)
    model_id: int | None = Field(default=None, foreign_key="model.id", index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class RememberedCall(SQLModel, table=True):
    """The answer to a call with an Idempotency-Key, given again to the same call."""

    __tablename__ = "remembered_call"

    provider_id: int = Field(primary_key=True, foreign_key="provider.id")
    key: str = Field(primary_key=True, max_length=255)
    digest: str = Field(max_length=64)
    status: int
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime, index=True)


class Delivery(SQLModel, table=True):
    """A webhook to a provider that is to be sent, or was: `due` is the next attempt."""

    __tablename__ = "webhook_delivery"

    id: int | None = Field(default=None, primary_key=True)
    provider_id: int = Field(foreign_key="provider.id", index=True)
    event: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    attempts: int = 0
    due: datetime | None = Field(default_factory=now, sa_type=UTCDateTime, index=True)
    sent: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class UsageDay(SQLModel, table=True):
    """What one model has answered on one day (UTC); cost in US dollars."""

    __tablename__ = "usage_day"

    model_id: int = Field(primary_key=True, foreign_key="model.id")
    day: date = Field(primary_key=True)
    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
