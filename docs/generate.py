"""Writes the generated parts of the documents, for cog: the map, the commands, the settings."""

import ast
from pathlib import Path

from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("serving", "ranking", "arena", "export", "training")


def caption(path: Path) -> str:
    """The first line of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0] if docstring else ""


def modules(room: str) -> list[Path]:
    """A room's modules in reading order: a package's caption before its files."""
    found = (ROOT / room).rglob("*.py")
    kept = [path for path in found if "versions" not in path.parts]
    return sorted(kept, key=lambda path: (path.parent, path.name != "__init__.py", path.name))


def readme_map() -> str:
    """Every module with its caption, room by room."""
    lines = []
    for room in ROOMS:
        lines.append("```")
        for path in modules(room):
            shown = path.relative_to(ROOT)
            name = f"{shown.parent}/" if path.name == "__init__.py" else str(shown)
            lines.append(f"{name:36} {caption(path)}")
        lines += ["```", ""]
    return "\n".join(lines)


def commands() -> str:
    """The help of every command, as it is printed at 88 columns."""
    import os

    os.environ.update({"COLUMNS": "88", "TERM": "dumb", "NO_COLOR": "1"})
    from typer.main import get_command
    from typer.testing import CliRunner

    from arena.cli import build

    app = build()
    names: list[list[str]] = [[]]
    for name, command in sorted(get_command(app).commands.items()):
        names.append([name])
        names += [[name, sub] for sub in sorted(getattr(command, "commands", {}))]
    parts = []
    for words in names:
        shown = CliRunner().invoke(app, [*words, "--help"], terminal_width=88).output
        tidy = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        parts.append(f"## {' '.join(['arena', *words])}\n\n```text\n{tidy}\n```\n")
    return "\n".join(parts)


def settings() -> str:
    """Every setting with its default and what it does."""
    from arena.settings import EngineSettings, Settings

    parts = []
    for title, model in (("Settings", Settings), ("[[engines]]", EngineSettings)):
        parts += [f"## {title}", "", "| name | default | what it does |", "|---|---|---|"]
        for name, field in model.model_fields.items():
            shown = "required" if field.is_required() else _default(field)
            parts.append(f"| `{name}` | {shown} | {field.description or ''} |")
        parts.append("")
    return "\n".join(parts)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    shown = f"`{str(value) if isinstance(value, Path) else repr(value)}`"
    return shown if len(shown) < 60 else "see `arena/terms.py`"
