"""The record's tables: visitors, battles, turns, votes; observations, tallies, snapshots; audit."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Column, Enum, Index, Text
from sqlmodel import Field, SQLModel

from serving.tables import UTCDateTime, now


class Kind(StrEnum):
    """Who stands behind a visitor or a vote."""

    PERSON = "person"
    SIMULATED = "simulated"
    JUDGE = "judge"


class Mode(StrEnum):
    """How a battle's models are chosen and whether their names are hidden."""

    ANONYMOUS = "anonymous"
    NAMED = "named"
    DIRECT = "direct"


class BattleState(StrEnum):
    """The life of a battle."""

    OPEN = "open"
    CLOSED = "closed"
    VOID = "void"


class TurnState(StrEnum):
    """The life of a turn."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


def words(members: type[StrEnum]) -> Enum:
    """A column of an enumeration's values as plain text, read back as its members."""
    return Enum(
        members, native_enum=False, length=16, values_callable=lambda kind: [m.value for m in kind]
    )


def new_id() -> str:
    """A random public id of 32 hexadecimal digits."""
    return uuid4().hex


class Visitor(SQLModel, table=True):
    """Someone who came with our cookie; nothing here says who."""

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: Kind = Field(default=Kind.PERSON, sa_type=words(Kind))
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Consent(SQLModel, table=True):
    """What a visitor accepted, when, and in which words (by version). Never changed, only added."""

    id: int | None = Field(default=None, primary_key=True)
    visitor_id: str = Field(foreign_key="visitor.id", index=True)
    version: str
    publication: bool
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Battle(SQLModel, table=True):
    """A visitor (none once erased), two models by code, a mode."""

    id: str = Field(default_factory=new_id, primary_key=True)
    visitor_id: str | None = Field(foreign_key="visitor.id", index=True)
    kind: Kind = Field(default=Kind.PERSON, sa_type=words(Kind))
    mode: Mode = Field(sa_type=words(Mode))
    state: BattleState = Field(default=BattleState.OPEN, sa_type=words(BattleState), index=True)
    model_a: int | None = Field(default=None, foreign_key="model.id")
    model_b: int | None = Field(default=None, foreign_key="model.id")
    pair_probability: float | None = None
    sampling_policy: str | None = None
    revealed: bool = False
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    active: datetime = Field(default_factory=now, sa_type=UTCDateTime, index=True)
    closed: datetime | None = Field(default=None, sa_type=UTCDateTime)
    rated_vote: str | None = None


class Turn(SQLModel, table=True):
    """One prompt and what each side answered. Times in milliseconds from the turn's start.

    `tokens_source` says who counted the tokens (upstream or estimate), `cost` is in US dollars,
    `endpoint` is the id of the Endpoint that answered.
    """

    __table_args__ = (Index("turn_of_battle", "battle_id", "n", unique=True),)

    id: str = Field(default_factory=new_id, primary_key=True)
    battle_id: str = Field(foreign_key="battle.id")
    n: int
    state: TurnState = Field(default=TurnState.RUNNING, sa_type=words(TurnState), index=True)
    prompt: str = Field(sa_column=Column(Text, nullable=False))
    answer_a: str = Field(default="", sa_column=Column(Text, nullable=False))
    answer_b: str = Field(default="", sa_column=Column(Text, nullable=False))
    finish_a: str | None = None
    finish_b: str | None = None
    prompt_tokens_a: int | None = None
    prompt_tokens_b: int | None = None
    tokens_a: int | None = None
    tokens_b: int | None = None
    first_token_ms_a: int | None = None
    first_token_ms_b: int | None = None
    total_ms_a: int | None = None
    total_ms_b: int | None = None
    error_a: str | None = None
    error_b: str | None = None
    tokens_source_a: str | None = Field(default=None, max_length=16)
    tokens_source_b: str | None = Field(default=None, max_length=16)
    cost_a: float | None = None
    cost_b: float | None = None
    endpoint_a: int | None = None
    endpoint_b: int | None = None
    language: str | None = None
    country: str | None = None
    category_tags: list[str] = Field(default_factory=list, sa_type=JSON)
    tagged_by: str | None = Field(default=None, max_length=200)
    tainted: bool = False
    process: str = ""
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    saved: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Vote(SQLModel, table=True):
    """One visitor's word on one turn; the unique turn is what refuses a second."""

    id: str = Field(default_factory=new_id, primary_key=True)
    turn_id: str = Field(foreign_key="turn.id", unique=True)
    battle_id: str = Field(foreign_key="battle.id", index=True)
    visitor_id: str | None = Field(foreign_key="visitor.id", index=True)
    kind: Kind = Field(default=Kind.PERSON, sa_type=words(Kind))
    winner: str = Field(max_length=16)
    margin: int | None = None
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    comment: str | None = None
    blind: bool = True
    rated: bool = False
    unrated_reason: str | None = None
    weight: float = 1.0
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class Tally(SQLModel, table=True):
    """Observations counted by day, category, kind, pair and outcome; derived from the votes."""

    day: date = Field(primary_key=True)
    category: str = Field(primary_key=True, max_length=64)
    kind: Kind = Field(primary_key=True, sa_type=words(Kind))
    model_a: int = Field(primary_key=True, foreign_key="model.id")
    model_b: int = Field(primary_key=True, foreign_key="model.id")
    outcome: str = Field(primary_key=True, max_length=16)
    count: int = 0
    weight_sum: float = 0.0
    weight_sq_sum: float = 0.0


class Observation(SQLModel, table=True):
    """One rated vote as it was posted to the tallies; a row of `sign` -1 takes an earlier one back.

    Rows are only added, with numbers that are never used again, so that who has read up to one
    need read no more than what came after. Only what is not counted changes: a job fills in what
    style counts are missing (`counted_by` is the version that counted; 0: nobody), an erasure
    blanks all that says more than who met and who won.
    """

    __table_args__ = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, primary_key=True)
    vote_id: str = Field(foreign_key="vote.id", index=True)
    sign: int = 1
    day: date
    categories: list[str] = Field(default_factory=list, sa_type=JSON)
    kind: Kind = Field(sa_type=words(Kind))
    model_a: int = Field(foreign_key="model.id")
    model_b: int = Field(foreign_key="model.id")
    outcome: str = Field(max_length=16)
    weight: float = 1.0
    pair_probability: float | None = None
    language: str | None = None
    voted: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    tokens_a: int | None = None
    tokens_b: int | None = None
    headers_a: int | None = None
    headers_b: int | None = None
    lists_a: int | None = None
    lists_b: int | None = None
    bold_a: int | None = None
    bold_b: int | None = None
    first_token_ms_a: int | None = None
    first_token_ms_b: int | None = None
    total_ms_a: int | None = None
    total_ms_b: int | None = None
    cost_a: float | None = None
    cost_b: float | None = None
    counted_by: int = Field(default=0, index=True)


class Snapshot(SQLModel, table=True):
    """The boards of one moment, chained by hash and signed.

    `content` names the blocks that hold, for each category, the tally and the board fitted to it.
    """

    id: int | None = Field(default=None, primary_key=True)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    content: str = Field(sa_column=Column(Text, nullable=False))
    hash: str = Field(unique=True, max_length=64)
    previous: str | None = Field(default=None, unique=True, max_length=64)
    signature: str | None = None


class Block(SQLModel, table=True):
    """A tally or a board that snapshots name by its hash; one may stand in many snapshots."""

    __tablename__ = "snapshot_block"

    hash: str = Field(primary_key=True, max_length=64)
    content: str = Field(sa_column=Column(Text, nullable=False))


class Study(SQLModel, table=True):
    """What a job found in the observations (style control, robustness) for a category's board."""

    name: str = Field(primary_key=True, max_length=32)
    category: str = Field(primary_key=True, max_length=64)
    time: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    last: int = 0
    content: str = Field(sa_column=Column(Text, nullable=False))


class Audit(SQLModel, table=True):
    """Who did what to what; only ever added to."""

    id: int | None = Field(default=None, primary_key=True)
    created: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    actor: str
    action: str = Field(max_length=64, index=True)
    subject: str
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
