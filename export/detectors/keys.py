"""Keys and tokens that say by their form who gave them out, and private key blocks."""

import re
from collections.abc import Iterator
from functools import cache

# Beginning -> what follows it. A beginning is looked for first: that costs almost nothing.
FORMS = {
    "AKIA": r"[A-Z0-9]{16}(?![A-Z0-9])",
    "ASIA": r"[A-Z0-9]{16}(?![A-Z0-9])",
    "ghp_": r"[A-Za-z0-9]{30,}+",
    "gho_": r"[A-Za-z0-9]{30,}+",
    "ghu_": r"[A-Za-z0-9]{30,}+",
    "ghs_": r"[A-Za-z0-9]{30,}+",
    "ghr_": r"[A-Za-z0-9]{30,}+",
    "github_pat_": r"[A-Za-z0-9_]{22,}+",
    "glpat-": r"[A-Za-z0-9_\-]{20,}+",
    "sk-": r"[A-Za-z0-9_\-]{20,}+",
    "sk_live_": r"[A-Za-z0-9]{16,}+",
    "sk_test_": r"[A-Za-z0-9]{16,}+",
    "rk_live_": r"[A-Za-z0-9]{16,}+",
    "whsec_": r"[A-Za-z0-9]{24,}+",
    "hf_": r"[A-Za-z0-9]{30,}+",
    "api_org_": r"[A-Za-z0-9]{30,}+",
    "gsk_": r"[A-Za-z0-9]{40,}+",
    "r8_": r"[A-Za-z0-9]{30,}+",
    "xai-": r"[A-Za-z0-9]{40,}+",
    "pplx-": r"[A-Za-z0-9]{32,}+",
    "nvapi-": r"[A-Za-z0-9_\-]{40,}+",
    "xoxb-": r"[A-Za-z0-9\-]{20,}+",
    "xoxa-": r"[A-Za-z0-9\-]{20,}+",
    "xoxp-": r"[A-Za-z0-9\-]{20,}+",
    "xoxr-": r"[A-Za-z0-9\-]{20,}+",
    "xoxs-": r"[A-Za-z0-9\-]{20,}+",
    "xapp-": r"[A-Za-z0-9\-]{20,}+",
    "hooks.slack.com/services/": r"[A-Za-z0-9/]{20,}+",
    "AIza": r"[A-Za-z0-9_\-]{35}(?![A-Za-z0-9_\-])",
    "ya29.": r"[A-Za-z0-9_\-]{30,}+",
    "GOCSPX-": r"[A-Za-z0-9_\-]{20,}+",
    "npm_": r"[A-Za-z0-9]{36}(?![A-Za-z0-9])",
    "pypi-AgE": r"[A-Za-z0-9_\-]{40,}+",
    "dop_v1_": r"[a-f0-9]{64}",
    "dapi": r"[a-f0-9]{32}(?![A-Za-z0-9])",
    "shpat_": r"[a-fA-F0-9]{32}",
    "SG.": r"[A-Za-z0-9_\-]{16,32}+\.[A-Za-z0-9_\-]{16,64}+",
    "eyJ": r"[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]{8,}+\.[A-Za-z0-9_\-]{8,}+",
    "Bearer ": r"[A-Za-z0-9_\-.~+/]{20,}+=*+",
}
# A run with a hyphen inside may also be a CSS class: `sk-folding-cube-container`.
SOLID = re.compile(r"[A-Za-z0-9]{12,}")
# A digit beside a letter, hyphen or underscore: there is one in every token.
MIXED = re.compile(r"[0-9](?:[A-Za-z_\-]|(?<=[A-Za-z_\-].))")
BEGIN, END = "-----BEGIN ", "-----END "
OPENING = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
CLOSING = re.compile(r"-----END [A-Z0-9 ]{0,48}-----")
BODY = re.compile(r"(?:[A-Za-z0-9+/=:,. \-]|\\[rn]|\s)*+")


def tokens(text: str) -> Iterator[tuple[int, int]]:
    """Tokens of known form; the beginning counts as a part of the token, `Bearer` does not."""
    if not MIXED.search(text):
        return
    for beginning in FORMS:
        if beginning not in text:
            continue
        for match in _form(beginning).finditer(text):
            if _is_random(match[1]):
                yield match.start(1) if beginning == "Bearer " else match.start(), match.end()


@cache
def _form(beginning: str) -> re.Pattern[str]:
    guard = r"(?<![A-Za-z0-9_\-])" if beginning in ("eyJ", "sk-") else r"(?<![A-Za-z0-9])"
    return re.compile(f"{guard}{re.escape(beginning)}({FORMS[beginning]})")


def _is_random(body: str) -> bool:
    """Letters and digits mixed, not one sign drawn out; rules out `hf_xxxx` and CSS classes."""
    mixed = any(sign.isdigit() for sign in body) and any(sign.isalpha() for sign in body)
    return mixed and len(set(body)) >= 8 and SOLID.search(body) is not None


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Private key blocks; one that is cut off ends where its letters and digits end."""
    start = text.find(BEGIN)
    last_end = text.rfind(END)
    while start >= 0:
        reach = start + len(BEGIN)
        if opening := OPENING.match(text, start):
            reach = _block_end(text, opening.end(), last_end)
            yield start, reach
        start = text.find(BEGIN, reach)


def _block_end(text: str, inside: int, last_end: int) -> int:
    """Looks for an end only where there still is one, so that hostile text costs no square."""
    at = text.find(END, inside) if inside <= last_end else -1
    closing = CLOSING.match(text, at) if at >= 0 else None
    if closing:
        return closing.end()
    body = BODY.match(text, inside)
    assert body is not None
    return body.end()
