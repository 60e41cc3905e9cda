"""The rows of the datasets: every column with its Arrow type and what it holds."""

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict, get_args, get_type_hints

import pyarrow as pa

SCHEMA_VERSION = 1

TEXT, YES, WHOLE, REAL = pa.string(), pa.bool_(), pa.int32(), pa.float64()
MESSAGES = pa.list_(pa.struct([("role", TEXT), ("content", TEXT)]))
PARTS = pa.list_(pa.struct([("type", TEXT), ("text", TEXT)]))
CONVERSATION = pa.list_(pa.struct([("role", TEXT), ("content", PARTS)]))
TOKENS = (
    "sum_assistant_a_tokens",
    "sum_assistant_b_tokens",
    "context_a_tokens",
    "context_b_tokens",
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's Arrow type, the same whatever the rows are, and what it holds."""

    type: pa.DataType
    says: str


class Message(TypedDict):
    """One message of a conversation as text."""

    role: str
    content: str


class Part(TypedDict):
    """One part of a message's content; today each is text."""

    type: str
    text: str


class PartsMessage(TypedDict):
    """One message of a conversation whose content is a list of parts."""

    role: str
    content: list[Part]


class Sampled(TypedDict):
    """Is this prompt asked far more often than others, and is the row in a sample that caps it?"""

    high_freq: bool
    sampled: bool


class BattleRow(TypedDict):
    """One vote; the names of arena-human-preference first."""

    id: Annotated[str, Column(TEXT, "keyed hash of the vote")]
    model_a: Annotated[str, Column(TEXT, "public name of the model on side a")]
    model_b: Annotated[str, Column(TEXT, "public name of the model on side b")]
    winner: Annotated[str, Column(TEXT, "`model_a`, `model_b`, `tie` or `both_bad`")]
    margin: Annotated[int | None, Column(WHOLE, "how much better, 1 to 3; null: not said")]
    tags: Annotated[list[str], Column(pa.list_(TEXT), "what the voter ticked, redacted")]
    comment: Annotated[str | None, Column(TEXT, "what the voter wrote, redacted")]
    evaluation_session_id: Annotated[str, Column(TEXT, "keyed hash of the battle")]
    evaluation_order: Annotated[int, Column(WHOLE, "number of the turn in its battle, from 1")]
    conversation_a: Annotated[
        list[PartsMessage], Column(CONVERSATION, "what side a was sent, then its answer, redacted")
    ]
    conversation_b: Annotated[
        list[PartsMessage], Column(CONVERSATION, "what side b was sent, then its answer, redacted")
    ]
    turn: Annotated[int, Column(WHOLE, "how many prompts the conversation holds")]
    language: Annotated[str | None, Column(TEXT, "ISO 639-1 code of the prompt; `und`: unsure")]
    is_code: Annotated[bool, Column(YES, "the prompt holds program code")]
    category_tag: Annotated[
        list[str], Column(pa.list_(TEXT), "the boards a vote on this turn counts for, but overall")
    ]
    conv_metadata: Annotated[
        dict[str, int | None],
        Column(
            pa.struct([(name, WHOLE) for name in TOKENS]),
            "tokens of the answers of each side, and of what it was sent last, by its own count",
        ),
    ]
    dedup_tag: Annotated[
        Sampled,
        Column(
            pa.struct([("high_freq", YES), ("sampled", YES)]),
            "prompt above the 0.9999 quantile of frequency; row in a sample that caps it there",
        ),
    ]
    timestamp: Annotated[
        int, Column(pa.timestamp("ms", "UTC"), "when the vote was cast, to the second")
    ]
    judge: Annotated[str, Column(TEXT, "keyed hash of the visitor who voted; `judge`: none did")]
    anony: Annotated[bool, Column(YES, "the names were hidden in this battle")]
    blind: Annotated[bool, Column(YES, "the names were hidden when this vote was cast")]
    kind: Annotated[str, Column(TEXT, "`person`, `simulated` or `judge`")]
    rated: Annotated[bool, Column(YES, "this vote is its battle's observation on the boards")]
    unrated_reason: Annotated[str | None, Column(TEXT, "why it is not")]
    pair_probability: Annotated[
        float | None, Column(REAL, "chance with which this pair was drawn; null: it was chosen")
    ]
    sampling_policy: Annotated[str | None, Column(TEXT, "name of the rule that drew the pair")]


class PreferenceRow(TypedDict):
    """One pair of answers to one prompt, as TRL reads it: conversational, explicit prompt."""

    prompt: Annotated[
        list[Message], Column(MESSAGES, "what both models were sent, redacted; ends with `user`")
    ]
    chosen: Annotated[list[Message], Column(MESSAGES, "the answer voted for, one message")]
    rejected: Annotated[list[Message], Column(MESSAGES, "the other answer, one message")]
    margin: Annotated[
        float, Column(REAL, "mean of how much better, 1 to 3, of those who said; 0: nobody did")
    ]
    prompt_id: Annotated[
        str, Column(TEXT, "keyed hash of the prompt without case, spaces and punctuation")
    ]
    battle_id: Annotated[str, Column(TEXT, "keyed hash of the battle (of one, where many agree)")]
    model_chosen: Annotated[str, Column(TEXT, "public name of the model that gave `chosen`")]
    model_rejected: Annotated[str, Column(TEXT, "public name of the model that gave `rejected`")]
    agreement: Annotated[float, Column(REAL, "share of `votes` that chose `chosen`")]
    votes: Annotated[int, Column(WHOLE, "decisive votes on these two answers")]
    kind: Annotated[str, Column(TEXT, "`person`, `simulated` or `judge`")]
    blind: Annotated[bool, Column(YES, "the names were hidden when the votes were cast")]


Row = type[BattleRow] | type[PreferenceRow]


def columns(row: Row) -> dict[str, Column]:
    """The columns of a kind of row, in order."""
    hints: dict[str, Any] = get_type_hints(row, include_extras=True)
    return {name: get_args(hint)[1] for name, hint in hints.items()}


def schema(row: Row) -> pa.Schema:
    """The Arrow schema of a kind of row."""
    return pa.schema([(name, column.type) for name, column in columns(row).items()])
