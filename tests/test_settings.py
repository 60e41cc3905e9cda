"""Settings come from arguments, then the environment, then the file; what is wrong is said once."""

import stat
from pathlib import Path

import pytest

from arena.errors import Misconfigured
from arena.settings import load


def write(folder: Path, text: str) -> Path:
    path = folder / "arena.toml"
    path.write_text(text)
    return path


def test_arguments_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, f'port = 1\nhost = "1.1.1.1"\nsite_name = "F"\ndata_dir = "{tmp_path}"')
    monkeypatch.setenv("ARENA_PORT", "2")
    monkeypatch.setenv("ARENA_HOST", "2.2.2.2")
    settings = load(file, port=3)
    assert (settings.port, settings.host, settings.site_name) == (3, "2.2.2.2", "F")


def test_a_configuration_file_makes_it_a_site_not_a_demo(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path).demo
    assert not load(write(tmp_path, ""), data_dir=tmp_path).demo
    assert load(write(tmp_path, "demo = true"), data_dir=tmp_path).demo


def test_secrets_are_made_once_and_only_we_may_read_them(tmp_path: Path) -> None:
    first, second = load(data_dir=tmp_path / "new"), load(data_dir=tmp_path / "new")
    assert first.secret == second.secret != first.operator_token
    assert stat.S_IMODE((tmp_path / "new" / "secret.key").stat().st_mode) == 0o600


def test_reading_settings_without_keys_makes_nothing(tmp_path: Path) -> None:
    load(data_dir=tmp_path / "new", keys=False)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = 'many'", "setting port"),
        ("colour = 'red'", "setting colour"),
        ("port = ", "is not TOML"),
        ("[[engines]]\nname = 'x'", "setting engines.0.model"),
        ("[[engines]]\nname = 'x'\nmodel = 'm'\nspeed = 1", "setting engines.0.speed"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Misconfigured, match=words):
        load(write(tmp_path, text), data_dir=tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there is no configuration file"):
        load(tmp_path / "nothing.toml")


def test_boards_count_people_unless_it_is_a_demo(tmp_path: Path) -> None:
    assert load(data_dir=tmp_path, demo=False).kinds == ("person",)
    assert load(data_dir=tmp_path, demo=True).kinds == ("person", "simulated")
    assert load(data_dir=tmp_path, board_kinds=["judge"]).kinds == ("judge",)
