"""What became of a release: votes seen, rows written, votes dropped and why, what was redacted."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from export.files import DataFile
from export.options import Options


@dataclass(frozen=True, slots=True)
class Source:
    """A contestant whose answers are in the rows; `answers` counts them."""

    name: str
    organization: str | None
    license: str | None
    answers: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One release. The rows and the dropped are all the votes that were seen, to the last."""

    dataset: str
    folder: Path
    options: Options
    seen: int
    rows: Mapping[str, int]
    dropped: Mapping[str, int]
    redacted: Mapping[str, int]
    files: tuple[DataFile, ...]
    sources: tuple[Source, ...]

    @property
    def release(self) -> str:
        """The release's own id: sixteen digits that stand for all its data files."""
        listed = "".join(f"{file.sha256}  {file.path}\n" for file in self.files)
        return hashlib.sha256(listed.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"folder": str(self.folder), **self.counts()}

    def counts(self) -> dict[str, Any]:
        """All that does not depend on where the folder is."""
        return {
            "dataset": self.dataset,
            "release": self.release,
            "seen": self.seen,
            "rows": dict(self.rows),
            "dropped": dict(self.dropped),
            "redacted": dict(self.redacted),
            "files": [asdict(file) for file in self.files],
        }

    def text(self) -> str:
        """For a person."""
        splits = ", ".join(f"{rows:,} {split}" for split, rows in self.rows.items())
        lines = [
            f"{sum(self.rows.values()):,} rows ({splits}) of {self.seen:,} votes in {self.folder}"
        ]
        lines += [f"{count:8,} {reason}" for reason, count in self.dropped.items() if count]
        found = ", ".join(f"{count:,} {kind}" for kind, count in self.redacted.items())
        return "\n".join([*lines, f"Redacted: {found or 'nothing'}."])
