"""`arena models probe` as an operator runs it: every check in a line, as a provider is told it."""

import json
from pathlib import Path

from sqlmodel import select

from arena.commands.findings import lines
from arena.store.session import opened
from serving.checks import CHECKS
from serving.echo import EchoServer, echo
from serving.manner import Manner
from serving.probe import Finding, Verdict
from serving.tables import Check
from tests.process_fixture import arena

BROKEN = Manner(tokens=20, usage=False, faults=("ignores-stop",))


async def added(folder: Path, upstream: EchoServer) -> tuple[int, str, str]:
    await arena(folder, "db", "upgrade")
    return await arena(folder, "models", "add", "mine", "--base-url", upstream.url)


async def kept(folder: Path) -> list[Check]:
    """What the provider API shows of the last verification."""
    async with opened(f"sqlite+aiosqlite:///{folder}/arena.db") as store:
        async with store.read() as session:
            return list((await session.execute(select(Check).order_by(Check.id))).scalars())


async def test_every_check_is_a_line_with_its_outcome_and_its_words(tmp_path: Path) -> None:
    async with echo({"mine": Manner(tokens=20)}) as upstream:
        await added(tmp_path, upstream)
        code, told, complaint = await arena(tmp_path, "models", "probe", "mine")
    *each, outcome = told.splitlines()
    assert (code, complaint) == (0, "")
    assert outcome.startswith("mine is live: 9 checks passed")
    assert [line.split()[1] for line in each] == list(CHECKS)
    assert {line.split()[0] for line in each} == {"passed", "recorded"}
    assert [line.split(None, 2)[2] for line in each] == [one.words for one in await kept(tmp_path)]


async def test_all_that_failed_is_told_and_what_to_mend(tmp_path: Path) -> None:
    async with echo({"mine": BROKEN}) as upstream:
        code, told, complaint = await added(tmp_path, upstream)
    failed = [line for line in told.splitlines() if line.startswith("failed ")]
    assert code == 1 and len(failed) == 2
    assert "usage " in failed[0] and "send a last chunk with `usage`" in failed[0]
    assert "stop " in failed[1] and "obey the parameter `stop`" in failed[1]
    assert complaint.startswith("arena: mine is failed: usage: ") and complaint.count("\n") == 1


async def test_what_was_not_tried_says_why_in_one_line_each(tmp_path: Path) -> None:
    async with echo({"mine": Manner(status=401)}) as upstream:
        code, told, complaint = await added(tmp_path, upstream)
    assert code == 1 and complaint.count("\n") == 1
    assert told.count("Not tried, since `streams` failed.") == len(CHECKS) - 3


async def test_a_machine_reads_the_same(tmp_path: Path) -> None:
    async with echo({"mine": BROKEN}) as upstream:
        await added(tmp_path, upstream)
        code, told, _ = await arena(tmp_path, "models", "probe", "mine", "--json")
    read = json.loads(told)
    assert (code, read["name"], read["state"]) == (1, "mine", "failed")
    assert [one["words"] for one in read["checks"]] == [one.words for one in await kept(tmp_path)]


def test_several_endpoints_stand_apart() -> None:
    seen = [Finding(url, "listed", True, "Yes.") for url in ("https://one/v1", "https://two/v1")]
    line = "passed    listed        Yes."
    assert lines(Verdict.on(seen)) == ["https://one/v1", line, "https://two/v1", line]
    assert lines(Verdict.on(seen[:1])) == [line]
