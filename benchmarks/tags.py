"""Category tags on labelled prompts: precision and recall of each, and what one prompt costs.

    python -m benchmarks.tags [--json] [--errors]

The prompts are our own (tests/tagged_prompts_*.jsonl). Those held out were not looked at, nor
counted, while the rules were written; --errors shows the others alone, so that it stays so.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arena.tags import categories, language

FOLDER = Path(__file__).resolve().parent.parent / "tests"
PARTS = ("seen", "held_out")
TAGS = (
    "code",
    "maths",
    "creative-writing",
    "instruction-following",
    "hard-prompt",
    "long-prompt",
    "multi-turn",
    "language",
)
CHARACTERS = 5_000
ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Score:
    """How one tag fared on one part: prompts that have it, that got it, and both."""

    labelled: int
    given: int
    both: int

    @property
    def precision(self) -> float:
        """Of the prompts that got the tag, the share that should."""
        return self.both / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        """Of the prompts that should get the tag, the share that did."""
        return self.both / self.labelled if self.labelled else 1.0


def prompts(part: str) -> list[dict[str, Any]]:
    """The labelled prompts of a part."""
    lines = (FOLDER / f"tagged_prompts_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def tagged(prompt: Mapping[str, Any]) -> tuple[str, set[str]]:
    """The language and the other tags that the rules give a prompt."""
    spoken = language(prompt["prompt"])
    tags = categories(prompt["prompt"], spoken, prompt["turn"])
    return spoken, {tag for tag in tags if not tag.startswith("language-")}


def scores(part: str) -> dict[str, Score]:
    """Every tag's score on a part; a language counts where it was told, right where it is."""
    rows = [(prompt, *tagged(prompt)) for prompt in prompts(part)]
    found = {
        tag: Score(
            sum(tag in prompt["tags"] for prompt, _, _ in rows),
            sum(tag in tags for _, _, tags in rows),
            sum(tag in tags and tag in prompt["tags"] for prompt, _, tags in rows),
        )
        for tag in TAGS[:-1]
    }
    told = [prompt["language"] == spoken for prompt, spoken, _ in rows if spoken != "und"]
    return {**found, "language": Score(len(rows), len(told), sum(told))}


def errors(part: str) -> Iterable[str]:
    """One line for every tag that a prompt should not have got, or should have."""
    for prompt in prompts(part):
        spoken, tags = tagged(prompt)
        wrong = [f"-{tag}" for tag in sorted(set(prompt["tags"]) - tags)]
        wrong += [f"+{tag}" for tag in sorted(tags - set(prompt["tags"]))]
        wrong += [f"language {spoken}"] if spoken not in ("und", prompt["language"]) else []
        if wrong:
            yield f"{' '.join(wrong)}: [{prompt['language']}] {prompt['prompt'][:150]!r}"


def milliseconds() -> dict[str, float]:
    """The least time one prompt of 5,000 characters took, in each of three scripts."""
    texts = {"prose": "", "Russian": "ru", "Chinese": "zh", "marks": "({[ =+-*/ 1 x ^ ` \n- "}
    for name, spoken in (("prose", "en"), ("Russian", "ru"), ("Chinese", "zh")):
        texts[name] = "\n".join(p["prompt"] for p in prompts("seen") if p["language"] == spoken)
    return {name: 1000 * least(text) for name, text in texts.items()}


def least(text: str) -> float:
    """Seconds for the text, repeated or cut to 5,000 characters."""
    text = (text * (CHARACTERS // len(text) + 1))[:CHARACTERS]
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        categories(text, language(text), 1)
        spent.append(time.perf_counter() - began)
    return min(spent)


def table(measured: Mapping[str, Mapping[str, Score]]) -> str:
    """Both parts beside each other, in Markdown."""
    lines = [
        "| tag | precision, seen | recall, seen | precision, held out | recall, held out |",
        "|---|---|---|---|---|",
    ]
    for tag in TAGS:
        cells = []
        for part in PARTS:
            score = measured[part][tag]
            cells += [
                f"{score.precision:.2f} ({score.both}/{score.given})",
                f"{score.recall:.2f} ({score.both}/{score.labelled})",
            ]
        lines.append(f"| {tag} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table, the times, and on demand what went wrong among the seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--errors", action="store_true", help="what went wrong among the seen")
    given = parser.parse_args()
    if given.errors:
        print("\n".join(errors("seen")))
        return 0
    measured = {part: scores(part) for part in PARTS}
    if given.json:
        told = {
            part: {
                tag: {**asdict(score), "precision": score.precision, "recall": score.recall}
                for tag, score in found.items()
            }
            for part, found in measured.items()
        }
        print(json.dumps({**told, "milliseconds": milliseconds()}))
        return 0
    print(table(measured))
    for name, spent in milliseconds().items():
        print(f"{CHARACTERS:,} characters of {name}: {spent:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
