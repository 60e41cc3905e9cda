"""Why a vote is not in a release: the reasons in the order they are tried, and their rules."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from arena.battle import history
from arena.store.tables import BattleState, Kind, TurnState
from export.options import Moderation, Options
from export.record import Voted


class Reason(StrEnum):
    """A vote is counted under the first that applies; the order of the members is that order."""

    KIND_NOT_ASKED = "kind_not_asked"
    ERASED = "erased"
    NO_CONSENT = "no_consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    BATTLE_UNFINISHED = "battle_unfinished"
    NO_PAIR = "no_pair"
    TURN_NOT_DONE = "turn_not_done"
    TAINTED = "tainted"
    NOT_MODERATED = "not_moderated"
    HISTORIES_DIFFER = "histories_differ"
    NO_WINNER = "no_winner"
    EMPTY_ANSWER = "empty_answer"
    IDENTICAL_ANSWERS = "identical_answers"
    CONFLICTING_VOTES = "conflicting_votes"
    MERGED = "merged"


MEANINGS: Mapping[Reason, str] = {
    Reason.KIND_NOT_ASKED: "the vote or the battle is simulated or a judge's and not asked for",
    Reason.ERASED: "the visitor was erased; there is no text any more",
    Reason.NO_CONSENT: "publication was not agreed to all the time from the battle to the vote",
    Reason.CONSENT_WITHDRAWN: "what the visitor accepted last does not include publication",
    Reason.BATTLE_UNFINISHED: "the battle was not closed yet",
    Reason.NO_PAIR: "the battle has not two models",
    Reason.TURN_NOT_DONE: "the turn, or one it builds on, did not come to its end on both sides",
    Reason.TAINTED: "the turn or an earlier one is tainted",
    Reason.NOT_MODERATED: "no moderation verdict is recorded for it",
    Reason.HISTORIES_DIFFER: "the two models answered different conversations: no shared prompt",
    Reason.NO_WINNER: "the vote was a tie or both bad",
    Reason.EMPTY_ANSWER: "one of the answers is empty",
    Reason.IDENTICAL_ANSWERS: "both answers are the same but for spaces",
    Reason.CONFLICTING_VOTES: "as many votes on the same two answers said the opposite",
    Reason.MERGED: "it is counted in the row of another vote on the same two answers",
}
REMEDIES: Mapping[Reason, str] = {
    Reason.KIND_NOT_ASKED: "`--include simulated,judge` asks for them",
    Reason.NO_CONSENT: "only visitors who agree to publication can be in a dataset",
    Reason.BATTLE_UNFINISHED: "a battle closes with the reveal or after 30 idle minutes",
    Reason.NOT_MODERATED: "`--moderation none` releases what nobody has checked, and says so",
}
Rule = Callable[[Voted, Options], bool]


def _other_kind(voted: Voted, options: Options) -> bool:
    return not {voted.vote.kind, voted.battle.kind} <= options.kinds


def _erased(voted: Voted, options: Options) -> bool:
    ownerless = voted.vote.visitor_id is None and voted.vote.kind is not Kind.JUDGE
    return voted.battle.visitor_id is None or ownerless


def _unconsented(voted: Voted, options: Options) -> bool:
    """Was there a moment between the battle's beginning and the vote without the agreement?"""
    began, ended = voted.battle.created, voted.vote.created
    before = [c for c in voted.consents if c.created <= began]
    during = [c for c in voted.consents if began < c.created <= ended]
    return not before or not all(c.publication for c in (before[-1], *during))


def _withdrawn(voted: Voted, options: Options) -> bool:
    return not voted.consents[-1].publication


def _unfinished(voted: Voted, options: Options) -> bool:
    return voted.battle.state is not BattleState.CLOSED


def _without_pair(voted: Voted, options: Options) -> bool:
    return voted.battle.model_a is None or voted.battle.model_b is None


def _cut_short(voted: Voted, options: Options) -> bool:
    """A cancelled turn is sent on as history; a failed or interrupted one never is."""
    cut = any(turn.state is TurnState.CANCELLED for turn in voted.earlier)
    return cut or voted.turn.state is not TurnState.DONE


def _tainted(voted: Voted, options: Options) -> bool:
    return any(turn.tainted for turn in (*voted.earlier, voted.turn))


def _unmoderated(voted: Voted, options: Options) -> bool:
    """The store keeps no verdicts yet, so whoever asks for one gets nothing: fail closed."""
    return options.moderation is not Moderation.NONE


def _no_shared_prompt(voted: Voted, options: Options) -> bool:
    sides = [history(voted.earlier, side, voted.turn.prompt) for side in ("a", "b")]
    return sides[0] != sides[1]


def _undecided(voted: Voted, options: Options) -> bool:
    return voted.vote.winner not in ("model_a", "model_b")


def _empty(voted: Voted, options: Options) -> bool:
    return not (voted.turn.answer_a.strip() and voted.turn.answer_b.strip())


RECORD_RULES: Mapping[Reason, Rule] = {
    Reason.KIND_NOT_ASKED: _other_kind,
    Reason.ERASED: _erased,
    Reason.NO_CONSENT: _unconsented,
    Reason.CONSENT_WITHDRAWN: _withdrawn,
    Reason.BATTLE_UNFINISHED: _unfinished,
    Reason.NO_PAIR: _without_pair,
    Reason.TURN_NOT_DONE: _cut_short,
    Reason.TAINTED: _tainted,
    Reason.NOT_MODERATED: _unmoderated,
}
PAIR_RULES: Mapping[Reason, Rule] = {
    **RECORD_RULES,
    Reason.HISTORIES_DIFFER: _no_shared_prompt,
    Reason.NO_WINNER: _undecided,
    Reason.EMPTY_ANSWER: _empty,
}


def first_reason(voted: Voted, options: Options, rules: Mapping[Reason, Rule]) -> Reason | None:
    """The first rule that keeps this vote from leaving; `None` if it may."""
    return next((reason for reason, rule in rules.items() if rule(voted, options)), None)
