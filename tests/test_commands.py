"""The commands as a person runs them: what they say, and how they fail."""

from pathlib import Path

import pytest

from serving.echo import echo
from serving.manner import Manner
from tests.process_fixture import arena


async def test_the_schema_is_brought_up_and_found_to_be_the_codes(tmp_path: Path) -> None:
    assert await arena(tmp_path, "db", "upgrade") == (0, "The database is up to date.\n", "")
    assert (await arena(tmp_path, "db", "check"))[:2] == (0, "The schema is the code's.\n")
    assert (await arena(tmp_path, "db", "rebuild-tallies"))[1] == "0 observations counted.\n"


async def test_a_providers_key_is_printed_once(tmp_path: Path) -> None:
    await arena(tmp_path, "db", "upgrade")
    code, key, _ = await arena(tmp_path, "providers", "create", "A lab")
    assert code == 0 and key.startswith("agon_") and key.count("\n") == 1
    code, listed, _ = await arena(tmp_path, "providers", "list")
    assert "A lab" in listed and "active" in listed and key.strip() not in listed
    code, fresh, _ = await arena(tmp_path, "providers", "rotate-key", "A lab")
    assert fresh.startswith("agon_") and fresh != key
    assert (await arena(tmp_path, "providers", "disable", "A lab"))[0] == 0
    assert "disabled" in (await arena(tmp_path, "providers", "list"))[1]


async def test_a_contestant_is_added_probed_paused_and_retired(tmp_path: Path) -> None:
    await arena(tmp_path, "db", "upgrade")
    async with echo({"mine": Manner(tokens=12)}) as upstream:
        added = await arena(tmp_path, "models", "add", "mine", "--base-url", upstream.url)
        assert added[0] == 0 and "mine is live" in added[1]
        assert (await arena(tmp_path, "models", "pause", "mine"))[1] == "mine is paused.\n"
        assert (await arena(tmp_path, "models", "resume", "mine"))[1] == "mine is live.\n"
        probed = await arena(tmp_path, "models", "probe", "mine")
        assert probed[0] == 0 and "chunks" in probed[1]
    assert (await arena(tmp_path, "models", "retire", "mine"))[0] == 0
    assert "retired" in (await arena(tmp_path, "models", "list"))[1]
    code, _, complaint = await arena(tmp_path, "models", "resume", "mine")
    assert code == 1 and "retired" in complaint


async def test_a_contestant_that_does_not_answer_fails_in_words(tmp_path: Path) -> None:
    await arena(tmp_path, "db", "upgrade")
    url = "http://127.0.0.1:9/v1"
    code, _, complaint = await arena(tmp_path, "models", "add", "gone", "--base-url", url)
    assert code == 1 and "cannot be reached" in complaint
    assert "failed" in (await arena(tmp_path, "models", "list"))[1]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["models", "list"], 1, "there is no database"),
        (["models", "pause", "x"], 1, "there is no database"),
        (["providers", "create", "x"], 1, "there is no database"),
        (["db", "rebuild-tallies"], 1, "there is no database"),
        (["leaderboard", "refresh"], 1, "there is no database"),
        (["rate"], 1, "there is no database"),
        (["rate", "votes.csv"], 1, "votes.csv"),
        (["rate", "--ties", "some"], 2, "--ties"),
        (["serve", "--config", "nothing.toml"], 1, "no configuration file"),
        (["serve", "--port", "many"], 2, "--port"),
        (["models", "load", "x", "folder"], 1, "adapter_config.json"),
        (["models", "unload", "x"], 1, "no engine 'demo'"),
        (["simulate", "--url", "http://127.0.0.1:9", "--battles", "2"], 1, "no battle came"),
        (["simulate", "--taste", "bitter"], 2, "polite"),
        (["nonsense"], 2, "No such command"),
    ],
)
async def test_mistakes_cost_one_line_and_no_traceback(
    tmp_path: Path, words: list[str], code: int, told: str
) -> None:
    got, _, complaint = await arena(tmp_path, *words)
    assert (got, told in complaint) == (code, True), complaint
    assert "Traceback" not in complaint


async def test_commands_that_only_read_leave_nothing_behind(tmp_path: Path) -> None:
    for words in (["models", "list"], ["rate"], ["db", "check"]):
        await arena(tmp_path, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql+asyncpg://nobody@127.0.0.1:9/x", "?"])
async def test_a_database_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, url: str) -> None:
    code, _, complaint = await arena(tmp_path, "db", "check", env={"ARENA_DATABASE_URL": url})
    assert code == 1 and complaint.count("\n") == 1 and complaint.startswith("arena: ")


async def test_every_command_shows_an_example(tmp_path: Path) -> None:
    from typer.main import get_command

    from arena.cli import build

    groups = get_command(build()).commands.items()  # type: ignore[attr-defined]
    for name, command in groups:
        for sub, inner in getattr(command, "commands", {"": command}).items():
            assert "Example: arena " in (inner.help or ""), f"{name} {sub}"
