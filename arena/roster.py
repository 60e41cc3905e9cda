"""The public list of every contestant ever entered: what it is, where it stood, what it was in."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from arena.store import tallies
from arena.store.tables import Battle, BattleState
from serving.registry import list_models
from serving.release import gives_away, hidden, public_name, words_of
from serving.tables import Check, Endpoint, Model, StateChange

STATES_SHOWN = 20
# The check that is not judged, and the words by which it tells that it saw no name.
IDENTITY, NAMELESS = "names_itself", "does not name itself"


async def roster(session: AsyncSession, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """One row a contestant, in the order they were entered.

    Only closed battles are counted: an open one must not tell whom it is between. `votes` are what
    the boards of these kinds of visitors count. Of a hidden contestant no text is shown that holds
    its name, or what it is called or where it lives upstream.
    """
    models = await list_models(session)
    battles, votes = await _closed_battles(session), await rated_votes(session, kinds)
    states, checks = await _states(session), await _checks(session)
    secrets = await _secrets(session, models)
    return [
        {
            "name": public_name(model),
            **{told: _told(text, secrets[model.id]) for told, text in _texts(model).items()},
            "alias": model.alias,
            "state": model.state.value,
            "created": model.created,
            "changed": model.changed,
            "released": model.released,
            "battles": battles[model.id],
            "votes": votes[model.id or 0],
            "context_length": model.context_length,
            "modalities": model.modalities,
            "price": model.price,
            "states": states[model.id],
            "checks": summary(checks[model.id]),
        }
        for model in models
    ]


async def described(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """By public name: what the board tells of a contestant besides its votes."""
    models = await list_models(session)
    secrets = await _secrets(session, models)
    return {
        public_name(model): {
            "organization": _told(model.organization, secrets[model.id]),
            "license": _told(model.license, secrets[model.id]),
            "price": model.price,
            "state": model.state.value,
        }
        for model in models
    }


def _told(text: str | None, secrets: set[str]) -> str | None:
    return None if gives_away(text, secrets) else text


def summary(checks: Iterable[Check]) -> dict[str, Any] | None:
    """The last verification in figures; its words may quote a name, so they are not told."""
    found = list(checks)
    if not found:
        return None
    named = [NAMELESS not in check.words for check in found if check.name == IDENTITY]
    judged = [check.passed for check in found]
    return {
        "passed": judged.count(True),
        "failed": judged.count(False),
        "names_itself": any(named) if named else None,
        "at": max(check.at for check in found),
    }


async def rated_votes(session: AsyncSession, kinds: Sequence[str]) -> Counter[int]:
    """How many votes each model has on the overall board of these kinds of visitors."""
    counts: Counter[int] = Counter()
    found = await tallies.cells(session, kinds, tallies.OVERALL)
    for cell in found.get(tallies.OVERALL, []):
        counts[cell.model_a] += cell.count
        counts[cell.model_b] += cell.count
    return counts


def _texts(model: Model) -> dict[str, str | None]:
    return {
        "organization": model.organization,
        "license": model.license,
        "system_prompt": model.system_prompt,
    }


async def _secrets(session: AsyncSession, models: Sequence[Model]) -> dict[int | None, set[str]]:
    """By model: what must not be read of it yet; nothing of one whose name is public."""
    kept = {model.id: model for model in models if hidden(model)}
    ends: dict[int, list[Endpoint]] = defaultdict(list)
    query = select(Endpoint).where(col(Endpoint.model_id).in_(kept))
    for end in (await session.execute(query)).scalars():
        ends[end.model_id].append(end)
    words = {code: words_of(model, ends[code or 0]) for code, model in kept.items()}
    return defaultdict(set, words)


async def _closed_battles(session: AsyncSession) -> Counter[int | None]:
    counts: Counter[int | None] = Counter()
    for side in (col(Battle.model_a), col(Battle.model_b)):
        query = (
            select(side, func.count())
            .where(side.is_not(None), col(Battle.state) == BattleState.CLOSED)
            .group_by(side)
        )
        for code, count in await session.execute(query):
            counts[code] += count
    return counts


async def _states(session: AsyncSession) -> dict[int | None, list[dict[str, Any]]]:
    """The last states of each model with their dates, oldest first; reasons are the provider's."""
    place = func.row_number().over(
        partition_by=col(StateChange.model_id), order_by=col(StateChange.id).desc()
    )
    ranked = columns(
        col(StateChange.id),
        col(StateChange.model_id),
        col(StateChange.state),
        col(StateChange.at),
        place.label("place"),
    ).subquery()
    query = columns(ranked.c.model_id, ranked.c.state, ranked.c.at)
    query = query.where(ranked.c.place <= STATES_SHOWN).order_by(ranked.c.id)
    found: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for code, state, at in await session.execute(query):
        found[code].append({"state": state.value, "at": at})
    return found


async def _checks(session: AsyncSession) -> dict[int | None, list[Check]]:
    found: dict[int | None, list[Check]] = defaultdict(list)
    for check in (await session.execute(select(Check))).scalars():
        found[check.model_id].append(check)
    return found
