"""The registry's tables: Provider, Model (a contestant), Endpoint (where it answers), StateChange.

A model's `id` is its code for ever: it stands in every battle and is never given to another.
Rows are not deleted: a model that leaves is `retired`, and stays in the public list.
"""

from datetime import UTC, datetime
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
    """An account that may enter contestants; only a keyed hash of its key is stored."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=64, unique=True)
    key_prefix: str = Field(max_length=16, unique=True)
    key_hash: str = Field(max_length=64)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    disabled: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Model(SQLModel, table=True):
    """A contestant. `alias` stands for the name in public while the model is not yet released."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=96, unique=True)
    alias: str | None = Field(default=None, max_length=96, unique=True)
    organization: str | None = Field(default=None, max_length=128)
    license: str | None = Field(default=None, max_length=128)
    provider_id: int = Field(foreign_key="provider.id", index=True)
    state: State = Field(default=State.VERIFYING, sa_column=state_column())
    detail: str | None = Field(default=None, max_length=500)
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    limits: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    changed: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Endpoint(SQLModel, table=True):
    """One address at which a model answers; `api_key` is sealed (serving/sealing.py)."""

    id: int | None = Field(default=None, primary_key=True)
    model_id: int = Field(foreign_key="model.id", index=True)
    base_url: str = Field(max_length=512)
    upstream_model: str = Field(max_length=256)
    api_key: str | None = Field(default=None, max_length=4096)
    weight: int = Field(default=1)


class StateChange(SQLModel, table=True):
    """One line for every state a model was ever in, and why."""

    __tablename__ = "state_change"

    id: int | None = Field(default=None, primary_key=True)
    model_id: int = Field(foreign_key="model.id", index=True)
    state: State = Field(sa_column=state_column())
    detail: str | None = Field(default=None, max_length=500)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
