"""One row for each vote, ties too: the battles dataset."""

from collections import Counter
from collections.abc import Iterator

from arena.duel import SideName
from arena.store.tables import Mode, TurnState
from export.cleaning import Cleaner
from export.entries import Entry, Means, answer, conversation
from export.frequency import Frequent
from export.public_ids import PublicIds, same_prompt
from export.record import Voted
from export.schema import BattleRow, Message, PartsMessage, Sampled
from export.spill import Spill

CODE_TAG = "code"
PROMPTS_KEPT = 10_000


def entry(voted: Voted, means: Means) -> Entry:
    """The vote as a row, grouped by its prompts."""
    vote, turn, battle, ids = voted.vote, voted.turn, voted.battle, means.ids
    cleaner = Cleaner()
    talk_a = [*conversation(voted, "a", cleaner), answer(voted, "a", cleaner)]
    talk_b = [*conversation(voted, "b", cleaner), answer(voted, "b", cleaner)]
    prompts = [said["content"] for said in talk_a if said["role"] == "user"]
    row: BattleRow = {
        "id": ids.of("vote", vote.id),
        "model_a": means.public_name(battle.model_a),
        "model_b": means.public_name(battle.model_b),
        "winner": vote.winner,
        "margin": vote.margin,
        "tags": [cleaner.text(tag) for tag in vote.tags],
        "comment": None if vote.comment is None else cleaner.text(vote.comment),
        "evaluation_session_id": ids.of("battle", battle.id),
        "evaluation_order": turn.n,
        "conversation_a": _parts(talk_a),
        "conversation_b": _parts(talk_b),
        "turn": len(prompts),
        "language": turn.language,
        "is_code": CODE_TAG in turn.category_tags,
        "category_tag": sorted(turn.category_tags),
        "conv_metadata": {
            "sum_assistant_a_tokens": _tokens(voted, "a"),
            "sum_assistant_b_tokens": _tokens(voted, "b"),
            "context_a_tokens": turn.prompt_tokens_a,
            "context_b_tokens": turn.prompt_tokens_b,
        },
        "dedup_tag": {"high_freq": False, "sampled": True},
        "timestamp": 1000 * int(vote.created.timestamp()),
        "judge": ids.of("visitor", vote.visitor_id) if vote.visitor_id else vote.kind.value,
        "anony": battle.mode is Mode.ANONYMOUS,
        "blind": vote.blind,
        "kind": vote.kind.value,
        "rated": vote.rated,
        "unrated_reason": vote.unrated_reason,
        "pair_probability": battle.pair_probability,
        "sampling_policy": battle.sampling_policy,
    }
    asked = same_prompt("\n".join(prompts)[:PROMPTS_KEPT])
    return Entry(dict(row), ids.of("prompts", asked), found=cleaner.found)


def finish(spill: Spill, ids: PublicIds, dropped: Counter[str]) -> Iterator[Entry]:
    """The rows in the order of their ids, each tagged by how often its prompts are asked."""
    frequent = Frequent.of((value[1] for bucket in spill.buckets() for _, value in bucket), spill)
    for bucket in spill.buckets():
        for key, value in bucket:
            found = Entry(*value)
            tag: Sampled = {
                "high_freq": found.group in frequent.counts,
                "sampled": ids.share("sample", key) < frequent.chance(found.group),
            }
            found.row["dedup_tag"] = tag
            yield found


def _parts(talk: list[Message]) -> list[PartsMessage]:
    return [
        {"role": said["role"], "content": [{"type": "text", "text": said["content"]}]}
        for said in talk
    ]


def _tokens(voted: Voted, side: SideName) -> int | None:
    """Tokens of all the side's answers so far; none if one of them was not counted."""
    done = [turn for turn in voted.earlier if turn.state is TurnState.DONE]
    counts = [turn.tokens_a if side == "a" else turn.tokens_b for turn in (*done, voted.turn)]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
