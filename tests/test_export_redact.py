"""Redaction as a whole: spans, overlaps, folding, a second pass, and time on hostile text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from export.detectors import DETECTORS
from export.findings import Finding, Kind
from export.folding import fold
from export.redact import find, redact, resolve

PIECES = [
    *("a@b.co", "@", "+49 171 1234567", "(415) 555-2671", "06 12 34 56 78", "4111 1111 1111 1111"),
    *("DE89 3704 0044 0532 0130 00", "192.0.2.7", "2001:db8::1:7", "00:1a:2b:3c:4d:5e", " ", "\n"),
    *("password: ", "hunter42", "token=", '"', "sk-", "a1B2c3D4e5F6g7H8i9J0", "://a:", "x", "-"),
    *("\u200b", "０９０", "电话", "tel ", "order ", ".", ":", "/", "<EMAIL>", "<", ">", "1", "00"),
]
HOSTILE = [
    *("a", "1", "@", "a@", "a@a.", "1 ", "1.", "((1", "1:", "::", "f:", "00:", "00-", "eyJ", "sk-"),
    *("eyJa.", "-----BEGIN PRIVATE KEY-----", "-----END ", "password:", "password: a1", "://a:"),
    *("4111 1111 1111 1111 ", "4111", "DE89 ", "\u200b", "a\u200b", "\uff10", " dot ", "a[at]a."),
    *("012 3456 ", "+49 171 1234567 ", "tel 1234567 ", "1.2.3.4 ", "%40", "0 ", "A1", "\t", "é"),
]


def test_spans_count_code_points_of_the_input() -> None:
    text = "😀 é ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ"
    (finding,) = find(text)
    assert text[finding.start : finding.end] == "ｊｏ＠ｅｘａｍｐｌｅ．ｃｏｍ"


def test_unseen_code_points_inside_an_address_are_part_of_it() -> None:
    text = "to jo\u200bhn@exam\u00adple.com."
    assert redact(text).text == "to <EMAIL>."
    assert find(text) == (Finding(Kind.EMAIL, 3, len(text) - 1),)


def test_text_around_findings_comes_out_as_it_went_in() -> None:
    text = "ｆｕｌｌ　ｗｉｄｔｈ \u200b\r\n a@b.co \t ½"
    assert redact(text).text == text.replace("a@b.co", "<EMAIL>")


@pytest.mark.parametrize("kind", Kind)
def test_a_placeholder_names_its_kind(kind: Kind) -> None:
    assert kind.placeholder == f"<{kind.name}>"


def test_the_longest_of_overlapping_findings_names_the_kind() -> None:
    short, long = Finding(Kind.PHONE, 0, 5), Finding(Kind.CARD, 3, 12)
    assert resolve([long, short]) == (Finding(Kind.CARD, 0, 12),)


def test_of_equally_long_findings_the_leftmost_names_the_kind() -> None:
    left, right = Finding(Kind.PHONE, 0, 5), Finding(Kind.CARD, 3, 8)
    assert resolve([right, left]) == (Finding(Kind.PHONE, 0, 8),)


def test_findings_side_by_side_stay_apart() -> None:
    left, right = Finding(Kind.PHONE, 0, 5), Finding(Kind.CARD, 5, 8)
    assert resolve([right, left]) == (left, right)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    redacted = redact(text)
    assert find(redacted.text) == ()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_findings_alone_rebuild_the_redacted_text(text: str) -> None:
    redacted = redact(text)
    rebuilt, last = "", 0
    for finding in redacted.findings:
        assert last <= finding.start < finding.end <= len(text)
        rebuilt += text[last : finding.start] + finding.kind.placeholder
        last = finding.end
    assert rebuilt + text[last:] == redacted.text


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    assert find(redact(text).text) == ()


@given(st.text())
def test_folding_keeps_a_way_back_for_every_code_point(text: str) -> None:
    folded = fold(text)
    places = [folded.span(at, at + 1) for at in range(len(folded.text))]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(text) for start, end in places)


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_megabyte_of_hostile_text_takes_seconds(seed: str) -> None:
    text = (seed * (1_000_000 // len(seed) + 1))[:1_000_000]
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 25


def test_every_detector_has_a_name_of_its_own_and_a_version() -> None:
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)
    assert all(detector.version >= 1 for detector in DETECTORS)
    assert {detector.kind for detector in DETECTORS} == set(Kind)


def test_detectors_that_need_digits_find_nothing_without_them() -> None:
    text = "tel password: api_key=token://a:b@c eyJ sk- DE GB AKIA fe::ab " * 3
    assert not [d.name for d in DETECTORS if d.digits and list(d.spans(text))]


def test_a_private_key_block_is_taken_whole_even_when_cut_off() -> None:
    block = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+/a1==\nb2\n"
    assert redact(f"see\n{block}-----END RSA PRIVATE KEY-----\nbye").text == "see\n<KEY>\nbye"
    assert redact(f"see\n{block}").text == "see\n<KEY>"
