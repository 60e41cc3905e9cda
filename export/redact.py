"""Redaction: what in a text is personal, and the text without it. Pure functions."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self

from export.detectors import DETECTORS
from export.findings import Finding
from export.folding import fold

DIGIT = re.compile("[0-9]")
PATIENCE = 4


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with a placeholder for each finding, and the findings as spans of the original."""

    text: str
    findings: tuple[Finding, ...]


def find(text: str) -> tuple[Finding, ...]:
    """Findings in order, none overlapping another; what is left over holds no further one."""
    return redact(text).findings


def redact(text: str) -> Redacted:
    """Redact until a scan of the result finds nothing: a second call changes nothing.

    A placeholder can set free what stood too close to be told before, hence more than one scan.
    Text that goes on like this was built to do so: its whole stretch is taken, in the end all.
    """
    findings: tuple[Finding, ...] = ()
    result = text
    scans = 0
    while fresh := _scan(result):
        scans += 1
        origins = _Origins.of(findings)
        back = [origins.finding(finding) for finding in fresh]
        if scans > PATIENCE:
            back.append(Finding(back[0].kind, back[0].start, back[-1].end))
        if scans > 2 * PATIENCE:
            back.append(Finding(back[0].kind, 0, len(text)))
        findings = resolve((*findings, *back))
        result = _replace(text, findings)
    return Redacted(result, findings)


def resolve(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for each heap of overlapping ones: the kind of the longest, leftmost first.

    It spans the whole heap, so that no end of a shorter finding is left standing.
    """
    resolved: list[Finding] = []
    longest = 0
    for finding in sorted(findings, key=lambda finding: (finding.start, -finding.end)):
        length = finding.end - finding.start
        if not resolved or finding.start >= resolved[-1].end:
            resolved.append(finding)
            longest = length
            continue
        heap = resolved[-1]
        kind = finding.kind if length > longest else heap.kind
        longest = max(length, longest)
        resolved[-1] = Finding(kind, heap.start, max(heap.end, finding.end))
    return tuple(resolved)


def _scan(text: str) -> tuple[Finding, ...]:
    folded = fold(text)
    digits = DIGIT.search(folded.text) is not None
    return resolve(
        Finding(detector.kind, *folded.span(start, end))
        for detector in DETECTORS
        if digits or not detector.digits
        for start, end in detector.spans(folded.text)
    )


def _replace(text: str, findings: Sequence[Finding]) -> str:
    parts: list[str] = []
    last = 0
    for finding in findings:
        parts += text[last : finding.start], finding.kind.placeholder
        last = finding.end
    return "".join((*parts, text[last:]))


@dataclass(frozen=True, slots=True)
class _Origins:
    """The way from redacted text back to the original."""

    findings: Sequence[Finding]
    starts: Sequence[int]

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> Self:
        lengths = (len(finding.kind.placeholder) for finding in findings)
        gained = accumulate(
            (new - (old.end - old.start) for old, new in zip(findings, lengths, strict=True)),
            initial=0,
        )
        return cls(
            findings, [old.start + gain for old, gain in zip(findings, gained, strict=False)]
        )

    def finding(self, fresh: Finding) -> Finding:
        """The same finding in the original; a placeholder that it touches counts as a whole."""
        return Finding(fresh.kind, self._place(fresh.start)[0], self._place(fresh.end - 1)[1])

    def _place(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return position, position + 1
        old, start = self.findings[index], self.starts[index]
        beyond = position - start - len(old.kind.placeholder)
        if beyond < 0:
            return old.start, old.end
        return old.end + beyond, old.end + beyond + 1
