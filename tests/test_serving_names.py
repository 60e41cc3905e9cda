"""The room's public names are what it says they are."""

import importlib
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import serving
from serving import errors
from serving.entry import Entry, EntryLimits, EntryParams
from serving.patience import Patience
from serving.tables import State

DOCUMENT = Path(__file__).parent.parent / "docs" / "serving.md"
MODULES = sorted(path.stem for path in Path(serving.__file__).parent.glob("*.py"))
OF_THE_TREE = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.ServingError)
]


@pytest.mark.parametrize("name", serving.__all__)
def test_every_public_name_is_there_and_ours(name: str) -> None:
    assert getattr(serving, name).__module__.startswith("serving.")


def test_the_list_is_what_can_be_had() -> None:
    assert sorted(serving.__all__) == sorted(serving._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'worker'"):
        serving.worker  # noqa: B018


def test_the_room_imports_nothing_heavy_before_it_is_used() -> None:
    code = "import sys, serving; print([n for n in ('aiohttp', 'fastapi') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("error", OF_THE_TREE)
def test_every_error_stands_in_the_tree_that_the_docstring_draws(error: type) -> None:
    assert errors.__doc__ is not None
    assert re.search(rf"\b{error.__name__}\b", errors.__doc__)


@pytest.mark.parametrize(
    "word",
    [
        *(field.name for field in fields(Patience)),
        *Entry.model_fields,
        *EntryParams.model_fields,
        *EntryLimits.model_fields,
        *State,
        *(error.__name__ for error in errors.GatewayError.__subclasses__()),
    ],
)
def test_every_setting_state_and_error_is_described(word: str) -> None:
    assert f"`{word}`" in DOCUMENT.read_text()


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"__init__"}))
def test_every_module_says_in_its_first_line_what_it_is_for(module: str) -> None:
    doc = importlib.import_module(f"serving.{module}").__doc__
    assert doc is not None
    assert doc.splitlines()[0].endswith((".", ":"))
