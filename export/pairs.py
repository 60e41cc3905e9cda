"""Decisive votes as pairs of answers to one prompt: the preferences dataset."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import orjson

from arena.duel import SideName
from export.cleaning import Cleaner
from export.entries import TEST, TRAIN, Entry, Means, answer, conversation
from export.public_ids import PublicIds, same_prompt
from export.reasons import Reason
from export.record import Voted
from export.schema import PreferenceRow
from export.spill import Spill

SIDES: dict[str, tuple[SideName, SideName]] = {"model_a": ("a", "b"), "model_b": ("b", "a")}


def entry(voted: Voted, means: Means) -> Entry | Reason:
    """The vote as a pair, grouped with all votes on the same two answers; or why it is none.

    Looks at redacted text, so that what differs only in an address is the same.
    """
    vote, battle, ids, cleaner = voted.vote, voted.battle, means.ids, Cleaner()
    won, lost = SIDES[vote.winner]
    prompt = conversation(voted, won, cleaner)
    chosen, rejected = answer(voted, won, cleaner), answer(voted, lost, cleaner)
    if chosen["content"].split() == rejected["content"].split():
        return Reason.IDENTICAL_ANSWERS
    codes = {"a": battle.model_a, "b": battle.model_b}
    said = [f"{message['role']}: {same_prompt(message['content'])}" for message in prompt]
    row: PreferenceRow = {
        "prompt": prompt,
        "chosen": [chosen],
        "rejected": [rejected],
        "margin": float(vote.margin or 0),
        "prompt_id": ids.of("prompt", "\n".join(said)),
        "battle_id": ids.of("battle", battle.id),
        "model_chosen": means.public_name(codes[won]),
        "model_rejected": means.public_name(codes[lost]),
        "agreement": 1.0,
        "votes": 1,
        "kind": vote.kind.value,
        "blind": vote.blind,
    }
    first = same_prompt(prompt[0]["content"])
    held_out = ids.share("split", first) < means.options.test_fraction
    return Entry(dict(row), _group(row, ids), TEST if held_out else TRAIN, cleaner.found)


def finish(spill: Spill, ids: PublicIds, dropped: Counter[str]) -> Iterator[Entry]:
    """The pairs in the order of prompts and votes, with votes on the same answers merged."""
    for bucket in spill.buckets():
        entries = [(key, Entry(*value)) for key, value in bucket]
        groups = sorted(entries, key=lambda pair: (pair[1].group, pair[0]))
        merged = []
        for _, group in groupby(groups, key=lambda pair: pair[1].group):
            members = list(group)
            kept = _merge([entry for _, entry in members])
            if kept is None:
                dropped[Reason.CONFLICTING_VOTES] += len(members)
            else:
                dropped[Reason.MERGED] += len(members) - 1
                merged.append((members[0][0], kept))
        yield from (entry for _, entry in sorted(merged, key=lambda pair: pair[0]))


def order(entry: Entry, vote_id: str) -> str:
    """By prompt, so that votes to be merged meet in one bucket; then by vote."""
    return f"{entry.row['prompt_id']}{vote_id}"


def _group(row: PreferenceRow, ids: PublicIds) -> str:
    """The same for every vote on these answers of these models, whichever was chosen."""
    sides = sorted(
        [[row["model_chosen"], row["chosen"]], [row["model_rejected"], row["rejected"]]],
        key=lambda side: orjson.dumps(side),
    )
    return ids.of("pair", orjson.dumps([row["prompt"], sides, row["kind"], row["blind"]]).decode())


def _merge(entries: Sequence[Entry]) -> Entry | None:
    """The first pair of the majority, speaking for it; `None` where there is no majority."""
    chosen = Counter(entry.row["model_chosen"] for entry in entries)
    (favourite, most), *others = chosen.most_common()
    if others and others[0][1] == most:
        return None
    agreeing = [entry for entry in entries if entry.row["model_chosen"] == favourite]
    margins = [entry.row["margin"] for entry in agreeing if entry.row["margin"]]
    first = agreeing[0]
    first.row["margin"] = sum(margins) / len(margins) if margins else 0.0
    first.row["votes"], first.row["agreement"] = len(entries), most / len(entries)
    return first
