"""The room's public names: those listed, no others, each importable, none heavy before its use."""

import subprocess
import sys

import pytest

import ranking


@pytest.mark.parametrize("name", ranking.__all__)
def test_every_listed_name_is_importable_and_described(name: str) -> None:
    assert getattr(ranking, name).__doc__


def test_the_list_is_what_can_be_had() -> None:
    assert sorted(ranking.__all__) == sorted(ranking._HOMES)
    with pytest.raises(AttributeError, match="no attribute 'ranker'"):
        ranking.ranker  # noqa: B018


def test_the_room_imports_nothing_heavy_before_it_is_used() -> None:
    code = "import sys, ranking; print('numpy' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
