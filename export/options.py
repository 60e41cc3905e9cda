"""What a release is asked to be: moderation, kinds, format, the share of the test split."""

from dataclasses import dataclass
from enum import StrEnum

from arena.store.tables import Kind
from export.errors import Unusable


class Moderation(StrEnum):
    """What must be known of a row before it may leave."""

    REQUIRED = "required"
    RECORDED = "recorded"
    NONE = "none"


class Format(StrEnum):
    """How the rows are written."""

    PARQUET = "parquet"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Options:
    """One release's choices. `include` comes beside people; `test_fraction` is of prompts.

    `title` and `license` stand in the card; the licence is the publisher's to choose.

    Raises:
        Unusable: the test fraction is not from 0 to below 1.
    """

    moderation: Moderation = Moderation.REQUIRED
    include: frozenset[Kind] = frozenset()
    format: Format = Format.PARQUET
    test_fraction: float = 0.1
    overwrite: bool = False
    title: str = "Agon"
    license: str = "other"

    def __post_init__(self) -> None:
        if not 0 <= self.test_fraction < 1:
            raise Unusable(f"the test fraction is {self.test_fraction}; give 0 to below 1")

    @property
    def kinds(self) -> frozenset[Kind]:
        """Whose battles and votes may leave."""
        return self.include | {Kind.PERSON}

    def to_dict(self) -> dict[str, object]:
        """The choices that decide what is in the release, as a manifest records them."""
        return {
            "moderation": self.moderation.value,
            "kinds": sorted(kind.value for kind in self.kinds),
            "format": self.format.value,
            "test_fraction": self.test_fraction,
            "license": self.license,
        }
