"""A newcomer is verified: every check at every endpoint, shown to its provider; then it is live."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select

from serving.checks import CHECKS, GATES, RECORDED, Checking
from serving.errors import GatewayError, SealBroken
from serving.gateway import Gateway
from serving.registry import set_state, target_of
from serving.sealing import Sealer
from serving.tables import Check, Model, State, now
from serving.target import Target
from serving.trial import Trial, in_words

log = logging.getLogger(__name__)

# The whole verification of an endpoint; a server in good health needs a fraction of it.
VERIFY_S = 60.0
WORDS = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw at one endpoint, in words that may be told to the provider."""

    base_url: str
    name: str
    passed: bool | None
    words: str

    def row(self, model_id: int) -> Check:
        """As the registry keeps it."""
        url, words = self.base_url, self.words[:WORDS]
        return Check(
            model_id=model_id, base_url=url, name=self.name, passed=self.passed, words=words
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all the checks come to; `words` name the first that failed."""

    passed: bool
    words: str
    findings: tuple[Finding, ...] = ()

    @classmethod
    def on(cls, findings: Sequence[Finding]) -> "Verdict":
        failed = next((finding for finding in findings if finding.passed is False), None)
        if failed:
            return cls(False, f"{failed.name}: {failed.words}", tuple(findings))
        passed = sum(finding.passed is True for finding in findings)
        seen = next((finding.words for finding in findings if finding.name == "streams"), "")
        return cls(True, f"{passed} checks passed; {seen}", tuple(findings))


async def probe(gateway: Gateway, target: Target, names: Sequence[str] = ()) -> Verdict:
    """Try every endpoint of the model, all at once; `names` are others it may call itself."""
    if not target.routes:
        return Verdict(False, "the model has no endpoint")
    trials = [Trial.of(gateway, target, route, names) for route in target.routes]
    found = await asyncio.gather(*(try_out(trial) for trial in trials))
    return Verdict.on([finding for findings in found for finding in findings])


async def try_out(trial: Trial, within: float = VERIFY_S) -> list[Finding]:
    """Every check in its order; after a gate that failed the rest is not tried."""
    trial.ends_at = asyncio.get_running_loop().time() + within
    findings: list[Finding] = []
    for name, check in CHECKS.items():
        shut = next((f.name for f in findings if f.passed is False and f.name in GATES), None)
        passed, words = (
            (None, f"Not tried, since `{shut}` failed.") if shut else await tried(check, trial)
        )
        findings.append(Finding(trial.route.base_url, name, passed, words))
    return findings


async def tried(check: Checking, trial: Trial) -> tuple[bool | None, str]:
    try:
        async with asyncio.timeout_at(trial.ends_at):
            return await check(trial)
    except TimeoutError:
        passed = None if check.__name__ in RECORDED else False
        return passed, "Not over within the time of a verification: it is too slow."
    except GatewayError as error:
        log.info("a check failed: %s", error)
        return False, in_words(error)


class Prober:
    """Verifies models in the background, each once at a time; close it to stop."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway
    ) -> None:
        self.sessions = sessions
        self.sealer = sealer
        self.gateway = gateway
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def soon(self, model_id: int) -> None:
        """Begin now, wait for nothing; a verification under way is left to end."""
        if model_id not in self._tasks:
            task = asyncio.create_task(self._verify(model_id), name=f"probe of model {model_id}")
            self._tasks[model_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(model_id, None))

    async def resume(self) -> None:
        """Begin again what a stopped process left at `verifying`."""
        async with self.sessions() as session:
            query = select(Model.id).where(col(Model.state) == State.VERIFYING)
            left: Sequence[int | None] = (await session.execute(query)).scalars().all()
        for model_id in left:
            if model_id is not None:
                self.soon(model_id)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _verify(self, model_id: int) -> None:
        try:
            await verify(self.sessions, self.sealer, self.gateway, model_id)
        except Exception:  # a background task has no caller: what it throws must reach the log
            log.exception("the verification of model %d broke off", model_id)


async def verify(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway, model_id: int
) -> Verdict:
    """Probe one model and set its state; no session is held while the network is waited for.

    A verdict on what was changed meanwhile is worth nothing: the model is then examined again.
    """
    verdict, version = await examine(sessions, sealer, gateway, model_id)
    async with sessions() as session:
        model = await session.get_one(Model, model_id, with_for_update=True)
        stale = model.state == State.VERIFYING and model.version != version
        if model.state == State.VERIFYING and not stale:
            await keep(session, model_id, verdict)
            model.checked = now()
            state = State.LIVE if verdict.passed else State.FAILED
            await set_state(session, model, state, verdict.words)
            await session.commit()
    return await verify(sessions, sealer, gateway, model_id) if stale else verdict


async def keep(session: AsyncSession, model_id: int, verdict: Verdict) -> None:
    """These findings in place of the last ones."""
    await session.execute(delete(Check).where(col(Check.model_id) == model_id))
    session.add_all(finding.row(model_id) for finding in verdict.findings)


async def examine(
    sessions: async_sessionmaker[AsyncSession], sealer: Sealer, gateway: Gateway, model_id: int
) -> tuple[Verdict, int]:
    """What is found, and the version of the model it was found of."""
    async with sessions() as session:
        model = await session.get_one(Model, model_id)
        names = [model.organization] if model.organization else []
        try:
            target = await target_of(session, sealer, model)
        except SealBroken as error:
            return Verdict(False, str(error)), model.version
    return await probe(gateway, target, names), model.version
