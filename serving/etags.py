"""ETags of what is read: the version that is held, and a digest of what is shown of it.

What is shown holds more than what can be changed (usage, checks), so `If-None-Match` compares all
of the tag, and `If-Match`, which guards a change, only the version in it.
"""

import hashlib
import re

TAG = re.compile(r'(W/)?"([^"]*)"')


def tag_of(version: int, shown: bytes) -> str:
    return f'"{version}-{hashlib.sha256(shown).hexdigest()[:24]}"'


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Does the asker hold this very representation?"""
    if if_none_match is None:
        return False
    held = {found[2] for found in TAG.finditer(if_none_match)}
    return if_none_match.strip() == "*" or tag.strip('"') in held


def still(if_match: str | None, version: int) -> bool:
    """May a change go on: was it made to this version? A weak tag is none to rely on."""
    if if_match is None or if_match.strip() == "*":
        return True
    held = (found[2] for found in TAG.finditer(if_match) if not found[1])
    return any(tag.partition("-")[0] == str(version) for tag in held)
