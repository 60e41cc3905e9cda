"""The documents are true: every setting, command, module and link in them is there."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from arena.settings import EngineSettings, Settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("arena", "serving", "ranking", "export", "training")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_in_its_first_line(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert re.match(r"\S.{9,99}$", docstring.partition("\n")[0])


def test_the_readme_map_is_made_of_those_lines() -> None:
    readme = (ROOT / "README.md").read_text()
    for path in MODULES:
        if "versions" not in path.parts:
            docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
            assert docstring.partition("\n")[0] in readme, path


@pytest.mark.parametrize("model", [Settings, EngineSettings])
def test_every_setting_is_described(model: type[Settings | EngineSettings]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_every_command_of_the_readme_is_a_command() -> None:
    known = (ROOT / "docs" / "commands.md").read_text()
    readme = (ROOT / "README.md").read_text()
    for line in re.findall(r"^arena [a-z-]+(?: [a-z-]+)?", readme, re.MULTILINE):
        words = line.split()
        assert f"## {' '.join(words)}\n" in known or f"## {' '.join(words[:2])}\n" in known, line


def test_every_make_target_of_the_readme_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert named and named <= targets


def test_help_imports_nothing_heavy() -> None:
    heavy = ("torch", "gradio", "numpy", "pyarrow", "sqlalchemy", "fastapi", "aiohttp", "trl")
    code = (
        "import sys; from arena.cli import build; build();"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
