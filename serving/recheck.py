"""Every contestant is looked at again and again: taken out when it fails twice, back by itself.

Processes that share a store share the work: whoever moves `Model.checked` on has the check.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.breaker import FAILURES
from serving.chat import Message
from serving.checks import address, listed
from serving.contents import code
from serving.errors import GatewayError, SealBroken
from serving.gateway import Gateway
from serving.probe import Finding
from serving.registry import set_state, target_of
from serving.sealing import Sealer
from serving.tables import Check, Endpoint, Model, State, now
from serving.target import Route, Target
from serving.trial import Trial, busy, in_words

log = logging.getLogger(__name__)

RECHECK = "recheck"
TAKEN_OUT = "taken out"
WITHIN_S = 30.0
AT_ONCE = 4
LONGEST_TICK_S = 15.0
# A failure is looked at again after this part of the usual time, and so is what was taken out.
SOON = 0.1
LONGEST_BACK_OFF = timedelta(hours=1)
# Every model has its own place within a fifth of the time, so that they do not come in one wave.
SPREAD = 0.2
GOLDEN = 0.618033988749895
SHORT = Message("user", "What is the capital of France?")
SHORT_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides when a model is looked at next; `failing`: it failed the last look."""

    model_id: int
    state: State
    checked: datetime | None
    changed: datetime
    failing: bool = False


def due(standing: Standing, every: timedelta) -> datetime:
    """When to look next; what was taken out is looked at after twice the time since, each time."""
    since = standing.checked or standing.changed
    if standing.state == State.LIVE:
        gap = every * SOON if standing.failing else every
    else:
        gap = min(max(since - standing.changed, every * SOON), max(LONGEST_BACK_OFF, every))
    place = standing.model_id * GOLDEN % 1.0
    return since + gap * (1 - SPREAD / 2 + SPREAD * place)


def overdue(
    standings: Sequence[Standing], every: timedelta, moment: datetime, at_most: int = AT_ONCE
) -> list[Standing]:
    """Those whose time has come, the longest first, and no more than so many at once."""
    late = [standing for standing in standings if due(standing, every) <= moment]
    return sorted(late, key=lambda standing: due(standing, every))[:at_most]


class Rechecker:
    """Looks at every live model once in `minutes`, and at those it took out until they are back."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        sealer: Sealer,
        gateway: Gateway,
        minutes: float,
    ) -> None:
        self.sessions = sessions
        self.sealer = sealer
        self.gateway = gateway
        self.every = timedelta(minutes=minutes)

    async def keep_checked(self) -> None:
        """For ever; returns at once where the minutes are 0."""
        if not self.every:
            return
        tick = min(self.every.total_seconds() * SOON / 2, LONGEST_TICK_S)
        while True:
            await asyncio.sleep(tick)
            try:
                await self.round()
            except Exception:  # a store that is away for a moment must not end the re-checks
                log.exception("a round of re-checks broke off")

    async def round(self) -> int:
        """Look at what is due and not another process's; how many that were."""
        async with self.sessions() as session:
            late = overdue(await standings(session), self.every, now())
            claimed = [found for found in late if await claim(session, found)]
            await session.commit()
        await asyncio.gather(*(self.look(found.model_id) for found in claimed))
        return len(claimed)

    async def look(self, model_id: int) -> None:
        """Look at one model and do what follows; no session is held while it is waited for."""
        async with self.sessions() as session:
            model = await session.get_one(Model, model_id)
            try:
                target = await target_of(session, self.sealer, model)
            except SealBroken as error:
                log.warning("%s is not re-checked: %s", model.name, error)
                return
        seen = await asyncio.gather(*(glance(self.gateway, target, r) for r in target.routes))
        async with self.sessions() as session:
            await conclude(
                session, model_id, list(zip(target.routes, seen, strict=True)), self.every
            )
            await session.commit()


async def standings(session: AsyncSession) -> list[Standing]:
    """The live models and those a re-check took out."""
    failing = select(Check.model_id).where(col(Check.name) == RECHECK, col(Check.passed).is_(False))
    ids = set((await session.execute(failing)).scalars())
    query = select(Model).where(col(Model.state).in_([State.LIVE, State.FAILED]))
    return [
        Standing(code(model), model.state, model.checked, model.changed, model.id in ids)
        for model in (await session.execute(query)).scalars()
        if model.state == State.LIVE or was_taken_out(model)
    ]


def was_taken_out(model: Model) -> bool:
    """Failed by a re-check, and not by its verification or a person."""
    return model.state == State.FAILED and (model.detail or "").startswith(TAKEN_OUT)


async def claim(session: AsyncSession, found: Standing) -> bool:
    """Is it ours to look at? Only if nobody has looked, or moved it, since we read it."""
    checked, state = col(Model.checked), col(Model.state)
    same = checked.is_(None) if found.checked is None else checked == found.checked
    mine = update(Model).where(col(Model.id) == found.model_id, same, state == found.state)
    changed = await session.execute(mine.values(checked=now()))
    return cast(CursorResult[Any], changed).rowcount == 1


async def glance(gateway: Gateway, target: Target, route: Route) -> Finding:
    """The address, the listing, and one short stream. A server that is busy is not down."""
    trial = Trial.of(gateway, target, route)
    passed, words = True, "It answers."
    try:
        async with asyncio.timeout(WITHIN_S):
            for check in (address, listed):
                seen, why = await check(trial)
                if seen is False:
                    return Finding(route.base_url, RECHECK, False, why)
            answer = await trial.hear(SHORT, tokens=SHORT_TOKENS)
            if busy(answer.error):
                words = "It is busy (HTTP 429)."
            elif not answer.ended().usage.completion:
                passed, words = False, "The answer to a short question was empty."
    except TimeoutError:
        passed, words = False, f"A short question was not answered within {WITHIN_S:.0f} s."
    except GatewayError as error:
        passed, words = False, in_words(error)
    return Finding(route.base_url, RECHECK, passed, words)


async def conclude(
    session: AsyncSession, model_id: int, seen: Sequence[tuple[Route, Finding]], every: timedelta
) -> None:
    """Note what was seen; move the model where all endpoints fail, else cool those that do."""
    model = await session.get_one(Model, model_id, with_for_update=True)
    if model.state != State.LIVE and not was_taken_out(model):
        return
    failed_before = await replace_findings(session, model_id, [finding for _, finding in seen])
    fit = [finding for _, finding in seen if finding.passed]
    for route, finding in seen:
        if fit and not finding.passed:
            await cool(session, route, now() + every * SOON)
    if model.state == State.LIVE and failed_before and not fit:
        words = seen[0][1].words if seen else "the model has no endpoint"
        await set_state(session, model, State.FAILED, f"{TAKEN_OUT}: {words}")
    elif model.state == State.FAILED and fit:
        await set_state(session, model, State.VERIFYING, "it answers again")
        await set_state(session, model, State.LIVE, f"back: {fit[0].words}")


async def replace_findings(
    session: AsyncSession, model_id: int, findings: Sequence[Finding]
) -> bool:
    """These in place of the last look's; whether all endpoints had failed that one."""
    mine = (col(Check.model_id) == model_id, col(Check.name) == RECHECK)
    before = (await session.execute(select(Check.passed).where(*mine))).scalars().all()
    await session.execute(delete(Check).where(*mine))
    session.add_all(finding.row(model_id) for finding in findings)
    return bool(before) and not any(before)


async def cool(session: AsyncSession, route: Route, until: datetime) -> None:
    """Open the endpoint's breaker in every process, until then."""
    values = {"cooling_until": until, "failures": FAILURES}
    await session.execute(update(Endpoint).where(col(Endpoint.id) == route.id).values(**values))
