"""The dataset card: README.md with the YAML front matter that the hub and `datasets` read."""

import html
import json

from arena import __version__
from export.detectors import DETECTORS
from export.options import Moderation
from export.reasons import MEANINGS, Reason
from export.schema import Row, columns
from export.summary import Summary

ABOUT = {
    "battles": """\
One row is one vote: a visitor put one prompt to two models and said which answer was better,
that they were equal, or that both were bad. Ties are kept. What earlier turns said is in the
conversation of each side, as that side was sent it.""",
    "preferences": """\
One row is two answers to one prompt and which of them was voted for, in the conversational,
explicit-prompt form that TRL's trainers read. From the second turn of a battle on, the two models
have seen different conversations; such a vote is here only where both were sent the same, since a
preference between answers to different prompts says nothing about either prompt.

`test` and `train` share no prompt: the split is decided by a keyed hash of the first prompt without
case, spaces and punctuation. Votes on the same two answers to the same prompt are one row.""",
}
MODERATION = {
    Moderation.REQUIRED: "Only rows with a recorded moderation verdict are here.",
    Moderation.RECORDED: "Only rows with a recorded moderation verdict are here.",
    Moderation.NONE: """\
**None. Nobody checked these prompts and answers for harmful, hateful or sexual content.** Expect
to meet it, and check before you show these texts to anybody or train on them.""",
}
TASK = "text-generation"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(summary: Summary, row: Row) -> str:
    """The whole README.md."""
    sections = (
        f"# {summary.options.title}: {summary.dataset}\n\n{ABOUT[summary.dataset]}",
        f"## Moderation\n\n{MODERATION[summary.options.moderation]}",
        f"## Consent and whose votes\n\n{_consent(summary)}",
        f"## Columns\n\n{_columns(row)}",
        f"## What was dropped\n\n{_dropped(summary)}",
        f"## Redaction\n\n{_redaction(summary)}",
        f"## Whose answers\n\n{_sources(summary)}",
        f"## Licence and citation\n\n{_licence(summary)}",
    )
    return f"{_front_matter(summary)}\n" + "\n\n".join(sections) + "\n"


def _front_matter(summary: Summary) -> str:
    suffix = summary.options.format.value
    total = sum(summary.rows.values())
    size = next((name for most, name in SIZES if total < most), "1M<n<10M")
    lines = [
        "---",
        f"pretty_name: {_quoted(f'{summary.options.title}: {summary.dataset}')}",
        f"license: {_quoted(summary.options.license)}",
        f"task_categories:\n- {TASK}",
        f"size_categories:\n- {size}",
        f"tags:\n- {summary.dataset}\n- human-feedback\n- chatbot-arena",
        "configs:\n- config_name: default\n  data_files:",
    ]
    splits = dict.fromkeys(file.split for file in summary.files)
    lines += [f"  - split: {split}\n    path: data/{split}-*.{suffix}" for split in splits]
    return "\n".join([*lines, "---", ""])


def _quoted(text: str) -> str:
    """JSON strings are YAML strings, so whatever the text holds stays inside its quotes."""
    return json.dumps(text, ensure_ascii=False)


def _cell(text: str | None) -> str:
    """What a provider wrote, as one cell of a table that it cannot leave."""
    return html.escape(" ".join((text or "").split()).replace("|", "¦"), quote=False)


def _consent(summary: Summary) -> str:
    kinds = ", ".join(sorted(kind.value for kind in summary.options.kinds))
    return (
        "Every visitor here had agreed to publication when the battle began, all through it, and "
        "in what they accepted last before this release. Whoever withdraws, or has their data "
        f"deleted, is not in the next one.\n\nKinds of votes asked for: {kinds}. The column `kind` "
        "tells them apart; a vote that is not a person's is no evidence of what people like."
    )


def _columns(row: Row) -> str:
    lines = [f"| `{name}` | {column.says} |" for name, column in columns(row).items()]
    return "\n".join(["| column | what it holds |", "|---|---|", *lines])


def _dropped(summary: Summary) -> str:
    lines = [
        f"| `{reason}` | {count:,} | {MEANINGS[Reason(reason)]} |"
        for reason, count in summary.dropped.items()
    ]
    kept = sum(summary.rows.values())
    return "\n".join(
        [
            f"{summary.seen:,} votes were seen, {kept:,} rows are here, and each of the other "
            f"{summary.seen - kept:,} votes is counted under the first reason that applies:",
            "",
            "| reason | votes | meaning |",
            "|---|---|---|",
            *lines,
        ]
    )


def _redaction(summary: Summary) -> str:
    found = ", ".join(f"{count:,} {kind}" for kind, count in summary.redacted.items()) or "none"
    used = ", ".join(f"{detector.name} {detector.version}" for detector in DETECTORS)
    return (
        "Every text was searched for e-mail and machine addresses, telephone, card and bank "
        "account numbers, keys and passwords; each is replaced by its kind, as in `<EMAIL>`. Names "
        "and postal addresses are not searched for. Replaced in these rows: "
        f"{found}.\n\nDetectors: {used}. Ids of battles, votes and visitors are keyed hashes. "
        f"Made by agon-arena {__version__}."
    )


def _sources(summary: Summary) -> str:
    lines = [
        f"| {_cell(source.name)} | {_cell(source.organization)} | {_cell(source.license)} | "
        f"{source.answers:,} |"
        for source in summary.sources
    ]
    return "\n".join(["| model | organisation | licence | rows |", "|---|---|---|---|", *lines])


def _licence(summary: Summary) -> str:
    named = (
        "The publisher has named no licence for prompts and votes."
        if summary.options.license == "other"
        else f"Prompts and votes: {summary.options.license}."
    )
    return (
        f"{named} Answers come under the terms of the models that gave them.\n\nNo publication "
        "stands behind this dataset. To say which release was used, give its id: "
        f"`{summary.release}`, made of the sha256 of all data files in `manifest.json`."
    )
