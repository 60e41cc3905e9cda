"""ETags: what was read is known again, and a change is made only to what was read."""

import pytest

from serving.etags import still, tag_of, unchanged

TAG = tag_of(7, b"shown")


def test_a_tag_is_the_version_and_what_is_shown() -> None:
    assert TAG == tag_of(7, b"shown") != tag_of(7, b"other")
    assert TAG.startswith('"7-') and TAG.endswith('"')


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", f'"x", {TAG}', "*", " * "])
def test_what_is_held_is_unchanged(header: str) -> None:
    assert unchanged(header, TAG)


@pytest.mark.parametrize("header", [None, "", '"7"', TAG.strip('"'), tag_of(7, b"other"), '"*"'])
def test_anything_else_is_sent_again(header: str | None) -> None:
    assert not unchanged(header, TAG)


@pytest.mark.parametrize("header", [None, "*", TAG, f'"1-x", {TAG}', tag_of(7, b"other"), '"7"'])
def test_a_change_to_the_version_that_is_there_goes_on(header: str | None) -> None:
    assert still(header, 7)


@pytest.mark.parametrize("header", ["", f"W/{TAG}", tag_of(8, b"shown"), '"77-x"', "7", '""', '"'])
def test_a_change_to_another_version_does_not(header: str) -> None:
    assert not still(header, 7)
