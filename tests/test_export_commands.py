"""`arena export battles` and `preferences` as commands, on the record of a real site."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from arena.client import ArenaClient
from export.cli import app
from tests.conftest import running_site
from tests.export_fixture import described, rows
from tests.site_fixture import Site

SECRET_MAIL = "carol@example.org"


async def vote(client: ArenaClient, prompt: str, winner: str) -> None:
    battle = await client.open_battle()
    heard = await client.ask(battle, prompt)
    await client.vote(battle, heard.turn, winner, comment=f"mail {SECRET_MAIL}", reveal=True)


@pytest.fixture
async def record(tmp_path: Path) -> Path:
    """The configuration of a site on which four visitors voted: one of them simulated, one shy."""
    (tmp_path / "arena-data").mkdir()
    async with running_site(tmp_path / "arena-data") as site:
        for number in range(2):
            async with site.visitor() as client:
                await vote(client, f"Question {number} of {SECRET_MAIL}?", "model_a")
        async with site.visitor(publication=False) as client:
            await vote(client, "Between us?", "model_b")
        await simulated(site)
    config = tmp_path / "arena.toml"
    config.write_text(f'data_dir = "{tmp_path}/arena-data"\nsecret = "a secret of the tests"\n')
    return config


async def simulated(site: Site) -> None:
    async with ArenaClient(site.url, site.operator_token) as client:
        await client.consent(publication=True)
        await vote(client, "Simulated?", "tie")


def export(*arguments: object) -> Result:
    """The command's result; each test runs it after the site has closed its loop."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def plain(text: str) -> str:
    return " ".join(re.sub(r"[│╭╮╰╯─]|\x1b\[[0-9;]*m", " ", text).split())


def test_what_visitors_agreed_to_becomes_a_dataset(record: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = export("battles", "--out", out, "--moderation", "none", "--config", record)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == f"2 rows (2 train) of 4 votes in {out}"
    assert "1 kind_not_asked" in done.stdout and "1 no_consent" in done.stdout
    texts = json.dumps(rows(out), default=str)
    assert f"Redacted: {texts.count('<EMAIL>')} email." in done.stdout and "<EMAIL>" in texts
    assert SECRET_MAIL not in texts and "Between us" not in texts and "Simulated" not in texts


def test_json_is_the_summary(record: Path, tmp_path: Path) -> None:
    arguments = ("--moderation", "none", "--include", "simulated,judge", "--format", "jsonl")
    done = export("battles", "--out", tmp_path / "out", *arguments, "--config", record, "--json")
    said = json.loads(done.stdout)
    assert said["rows"] == {"train": 3} and said["seen"] == 4
    assert said["folder"] == str(tmp_path / "out")
    manifest = described(tmp_path / "out")
    assert {name: manifest[name] for name in said if name != "folder"} == {
        name: value for name, value in said.items() if name != "folder"
    }


def test_pairs_come_with_the_asked_share_of_prompts(record: Path, tmp_path: Path) -> None:
    arguments = ("--moderation", "none", "--test-fraction", "0", "--license", "cc-by-4.0")
    done = export("preferences", "--out", tmp_path / "out", *arguments, "--config", record)
    assert done.exit_code == 0, done.output
    assert "(2 train, 0 test)" in done.stdout
    assert described(tmp_path / "out")["options"]["license"] == "cc-by-4.0"


@pytest.mark.parametrize("dataset", ["battles", "preferences"])
def test_unmoderated_text_stays_unless_asked_for(
    record: Path, tmp_path: Path, dataset: str
) -> None:
    done = export(dataset, "--out", tmp_path / "out", "--config", record)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("arena: nothing is left to export: 2 of 4 votes are not_moderated")
    assert "--moderation none" in line
    assert not (tmp_path / "out").exists()


def test_a_full_folder_is_one_line_and_exit_1(record: Path, tmp_path: Path) -> None:
    arguments = ("battles", "--out", tmp_path / "out", "--moderation", "none", "--config", record)
    first, second, third = export(*arguments), export(*arguments), export(*arguments, "--overwrite")
    assert [done.exit_code for done in (first, second, third)] == [0, 1, 0]
    assert re.fullmatch(r"arena: .* is not empty; .*--overwrite.*\n", second.stderr)


def test_no_database_is_one_line_and_exit_1(tmp_path: Path) -> None:
    config = tmp_path / "arena.toml"
    config.write_text(f'data_dir = "{tmp_path}/nowhere"\nsecret = "a secret of the tests"\n')
    done = export("battles", "--out", tmp_path / "out", "--config", config)
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert "there is no database" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--moderation", "some"], "'some' is not one of"),
        (["--format", "csv"], "'csv' is not one of"),
        (["--include", "simulated,robots"], "robots: choose simulated, judge or both"),
        (["--test-fraction", "-1"], "greater than or equal to 0"),
    ],
)
def test_wrong_usage_is_exit_2_and_names_the_choices(arguments: list[str], words: str) -> None:
    done = export("preferences", "--out", "out", *arguments)
    assert done.exit_code == 2 and words in plain(done.stderr)


def test_a_test_fraction_of_one_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "arena.toml"
    config.write_text('secret = "a secret of the tests"\n')
    more = ("--test-fraction", "1", "--config", config)
    done = export("preferences", "--out", tmp_path / "out", *more)
    assert (done.exit_code, done.stderr) == (
        1,
        "arena: the test fraction is 1.0; give 0 to below 1\n",
    )


@pytest.mark.parametrize("dataset", ["battles", "preferences"])
def test_help_shows_an_example(dataset: str) -> None:
    assert f"arena export {dataset} --out" in plain(export(dataset, "--help").stdout)
