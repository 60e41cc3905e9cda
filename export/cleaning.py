"""Redacts every text of one row and counts what was found."""

from collections import Counter

from export.redact import redact


class Cleaner:
    """Made anew for each row; `found` counts the findings by kind."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()

    def text(self, text: str) -> str:
        """The text as it may leave."""
        redacted = redact(text)
        self.found.update(finding.kind.value for finding in redacted.findings)
        return redacted.text
