"""A cleaned row on its way into a release, and what every kind of row is made with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arena.battle import history
from arena.duel import SideName
from export.cleaning import Cleaner
from export.options import Options
from export.public_ids import PublicIds
from export.record import Voted
from export.schema import Message
from serving.release import public_name
from serving.tables import Model

TRAIN, TEST = "train", "test"


@dataclass(frozen=True, slots=True)
class Means:
    """What rows are made with: contestants by code, the hashes, the choices."""

    models: Mapping[int, Model]
    ids: PublicIds
    options: Options

    def public_name(self, code: int | None) -> str:
        """The name a contestant has in public: the alias while it is not released."""
        return public_name(self.models[code or 0])


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, the split it is for, how much was redacted in it, and the group it belongs to.

    The group is a keyed hash: of the prompt for battles, of the two answers for preferences.
    """

    row: dict[str, Any]
    group: str
    split: str = TRAIN
    found: Mapping[str, int] = field(default_factory=dict)

    def to_list(self) -> list[object]:
        """As it is spilled; `Entry(*entry.to_list())` is the entry again."""
        return [self.row, self.group, self.split, dict(self.found)]


def conversation(voted: Voted, side: SideName, cleaner: Cleaner) -> list[Message]:
    """What one side was sent on this turn, redacted; its answer is not in it."""
    sent: Sequence[Any] = history(voted.earlier, side, voted.turn.prompt)
    return [{"role": said.role, "content": cleaner.text(said.content)} for said in sent]


def answer(voted: Voted, side: SideName, cleaner: Cleaner) -> Message:
    """What one side answered on this turn, redacted."""
    text = voted.turn.answer_a if side == "a" else voted.turn.answer_b
    return {"role": "assistant", "content": cleaner.text(text)}
