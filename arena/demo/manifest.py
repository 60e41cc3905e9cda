"""The demo's contestants as shipped: folders, checksums, seeds, and the checker's scores."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "contestants"
FILE = "manifest.json"


@dataclass(frozen=True)
class Contestant:
    """One shipped contestant; `parent` is the base's name for an adapter, None for the base itself.

    `scores` maps "held_out" and "unseen" to "greedy" and "sampled" to the checker's tally.
    """

    name: str
    description: str
    folder: str
    parent: str | None
    seed: int
    steps: int
    manner: Mapping[str, float | list[str]]
    files: Mapping[str, str]
    scores: Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass(frozen=True)
class Manifest:
    """All shipped contestants, how they are to be sampled, and what they were made with."""

    contestants: tuple[Contestant, ...]
    sampling: Mapping[str, float]
    versions: Mapping[str, str]
    root: Path

    @property
    def base(self) -> Contestant:
        """The one all others are adapters of."""
        return next(c for c in self.contestants if c.parent is None)

    @property
    def adapters(self) -> tuple[Contestant, ...]:
        """The contestants that are served as LoRA adapters over the base."""
        return tuple(c for c in self.contestants if c.parent is not None)

    def path(self, contestant: Contestant) -> Path:
        """Where the contestant's files lie."""
        return self.root / contestant.folder

    def damaged(self) -> list[str]:
        """The files that are missing or not the ones the manifest speaks of."""
        return [
            f"{c.folder}/{name}"
            for c in self.contestants
            for name, digest in c.files.items()
            if not (self.path(c) / name).is_file() or checksum(self.path(c) / name) != digest
        ]


def checksum(path: Path) -> str:
    """The file's sha256 in hex."""
    return sha256(path.read_bytes()).hexdigest()


def read_manifest(root: Path = SHIPPED) -> Manifest:
    """The manifest of a folder of contestants, by default the shipped one."""
    content: dict[str, Any] = json.loads((root / FILE).read_text())
    contestants = tuple(Contestant(**entry) for entry in content["contestants"])
    return Manifest(contestants, content["sampling"], content["versions"], root)


def table(manifest: Manifest) -> str:
    """The contestants and their shares of right answers, in percent, as a Markdown table."""
    head = (
        "| contestant | what it is like | known wordings: greedy | sampled | "
        "unseen wordings: greedy | sampled | polite | form kept |"
    )
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for c in manifest.contestants:
        known, unseen = c.scores["held_out"], c.scores["unseen"]
        right = [s[mode]["correct"] for s in (known, unseen) for mode in ("greedy", "sampled")]
        form = min(known["sampled"]["format"], known["sampled"]["length"])
        cells = [f"{100 * share:.1f}" for share in (*right, known["sampled"]["polite"], form)]
        lines.append(f"| `{c.name}` | {c.description} | {' | '.join(cells)} |")
    return "\n".join(lines)
