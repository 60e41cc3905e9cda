"""What a provider does with a model of its own: change it, pause, resume and retire it.

Each function takes the session first, flushes, and says in the audit by whom; the caller commits.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from yarl import URL

from serving.accounts import OPERATOR
from serving.audit import differences, last_change, note
from serving.changes import Changes, addresses, merged
from serving.contents import code, describe, entry_of, replace_endpoints, told_of
from serving.entry import Entry
from serving.errors import NameTaken, Unfit, WrongState
from serving.registry import bearing, set_state
from serving.release import release
from serving.sealing import Sealer
from serving.tables import Model, State, StateChange, now

CHANGED = "changed"
MOVED = "endpoints"
CheckAddresses = Callable[[Entry], None]
Step = Callable[[AsyncSession, Model, str], Awaitable[None]]


async def change(
    session: AsyncSession,
    sealer: Sealer,
    model: Model,
    changes: Changes,
    check: CheckAddresses,
    by: str,
) -> None:
    """Lay the changes over the entry; another address sends a live or failed model to be verified.

    Raises:
        WrongState: it is retired, or being verified at the addresses it has now.
        Unfit: a stored key would go to another host, or the alias cannot be set any more.
        NameTaken: another contestant has the alias.
        AddressRefused: from `check`, which is asked only where an address changes.
        pydantic.ValidationError: what comes of it is no entry.
    """
    before = await entry_of(session, sealer, model)
    if model.state is State.RETIRED or before is None:
        raise WrongState(f"{model.name} is {model.state}: it is not changed any more")
    after = merged(before, changes)
    moved = addresses(after) != addresses(before)
    if moved:
        check(after)
        check_key_stays(before, after, changes)
        if model.state is State.VERIFYING:
            raise WrongState(f"{model.name} is being verified where it is; wait for the outcome")
    told = differences(told_of(before), told_of(after))
    if not told:
        return
    await settle_alias(session, model, before, after, by)
    describe(model, after)
    await replace_endpoints(session, sealer, model, after.routes())
    model.version += 1
    model.changed = now()
    note(session, by, MOVED if moved else CHANGED, model, **told)
    if moved and model.state in (State.LIVE, State.FAILED):
        await set_state(session, model, State.VERIFYING, "its address was changed", by)
    await session.flush()


def check_key_stays(before: Entry, after: Entry, changes: Changes) -> None:
    """A stored key is never sent where it was not given for: who has our key has not that one."""
    if "api_key" in changes.model_fields_set or before.api_key is None:
        return
    if URL(before.base_url).origin() != URL(after.base_url).origin():
        raise Unfit("another host needs `api_key` again: a stored key goes to no other address")


async def settle_alias(
    session: AsyncSession, model: Model, before: Entry, after: Entry, by: str
) -> None:
    """An alias that is cleared releases the name; none is set once the model was ever seen."""
    if after.alias == before.alias:
        return
    if after.alias is None:
        await release(session, model, by, "by its provider")
        return
    if model.released is not None or await ever_live(session, model):
        raise Unfit("an alias is set before a model is first live, and then only taken away")
    if any(other.id != model.id for other in await bearing(session, after)):
        raise NameTaken(f"{after.alias!r} is taken: a contestant has this name or alias already")
    model.alias = after.alias


async def ever_live(session: AsyncSession, model: Model) -> bool:
    query = select(StateChange.id).where(
        col(StateChange.model_id) == code(model), col(StateChange.state) == State.LIVE
    )
    return (await session.execute(query.limit(1))).first() is not None


async def pause(session: AsyncSession, model: Model, by: str) -> None:
    """Draw it for no further battle; only a live one is paused, a paused one stays so."""
    if model.state not in (State.LIVE, State.PAUSED):
        raise WrongState(f"{model.name} is {model.state}: it cannot become {State.PAUSED}")
    await set_state(session, model, State.PAUSED, by=by)


async def resume(session: AsyncSession, model: Model, by: str) -> None:
    """Draw it again, or verify it first where its address was changed meanwhile.

    What the operator paused, only the operator resumes.
    """
    if model.state not in (State.LIVE, State.PAUSED):
        raise WrongState(f"{model.name} is {model.state}: it cannot become {State.LIVE}")
    last = await last_change(session, model, State.PAUSED.value, MOVED)
    paused = await last_change(session, model, State.PAUSED.value)
    if model.state is State.PAUSED and paused and paused.actor == OPERATOR != by:
        raise WrongState(f"{model.name} was paused by the operator, who alone resumes it")
    changed = model.state is State.PAUSED and last is not None and last.action == MOVED
    await set_state(session, model, State.VERIFYING if changed else State.LIVE, by=by)


async def retire(session: AsyncSession, model: Model, by: str) -> None:
    """Take it out for ever; its row and its history stay. Twice is no error."""
    await set_state(session, model, State.RETIRED, by=by)
