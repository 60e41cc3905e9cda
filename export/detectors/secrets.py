"""Passwords and keys that a text assigns: `api_key = "..."`, `password: ...`, `scheme://a:b@c`."""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

PASSWORD = (
    r"passwords?|passwd|passwort|passphrase|passcode|pwd|kennwort|contraseña|contrasena|senha"
    r"|mot de passe|mdp|wachtwoord|hasło|parola|şifre|lösenord|пароль|密码|密碼|パスワード|비밀번호"
)
KEY = (
    r"api[_\- ]?keys?|apikey|secret(?:[_\- ]?(?:access[_\- ]?)?(?:key|token))?|access[_\- ]?key"
    r"|account[_\- ]?key|auth[_\- ]?token|access[_\- ]?token|refresh[_\- ]?token|bearer[_\- ]?token"
    r"|private[_\- ]?key|client[_\- ]?secret|encryption[_\- ]?key|signing[_\- ]?key|api[_\- ]?token"
    r"|token"
)
ASSIGNED = re.compile(
    rf"(?:(?P<password>{PASSWORD})|(?P<key>{KEY}))[\"'`*]{{0,3}}\]?"
    r"\s{0,4}(?:=>|:=|=(?!=)|:(?!:)|\bis\b|\best\b|\bist\b|\bes\b|\bé\b|は|是|为)\s{0,4}"
    r"(?:(?P<quote>[\"'`])(?P<quoted>[^\"'`\s]{6,200}+)(?P=quote)"
    r"|(?:\*\*|[\"'`])?(?P<bare>[^\s\"'`,;]{6,200}+))"
)
# One of these stands in every text that the pattern above can match.
GATES = (
    *("passw", "passp", "passc", "pwd", "kennwort", "contrase", "senha", "mot de passe", "mdp"),
    *("wachtwoord", "hasło", "parola", "şifre", "lösenord", "пароль", "密码", "密碼", "パスワード"),
    *("비밀번호", "key", "secret", "token"),
)
IN_URL = re.compile(r"://[^\s/:@\"'<>]{1,64}+:([^\s/@\"'<>]{4,128}+)@")
STAND_INS = re.compile(
    r"your|my[_\-]|example|sample|change|placeholder|dummy|xxx|\*\*\*|\.\.\.|\$[{(]|\A\$[a-z_]+[0-9_]*\Z|%\(|\A%[a-z_]+%|\A[<({\[]|fake|redact"
    r"|todo|insert|here|123456|abcdef|qwerty|\bnone\b|\bnull\b|process\.env|os\.|config\.|self\."
)
# A call or an index, and a path of names: what stands after a name in code.
CALL = re.compile(r"[A-Za-z_][\w.]*[(\[{]")
PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
COMMON = frozenset(
    ("password", "passwd", "pass", "secret", "admin", "test", "root", "user", "demo", "guest")
)
LEAST = {"password": 6, "key": 8, "token": 16}
ENTROPY = {"password": 2.25, "key": 2.75, "token": 3.0}


def assigned(text: str) -> Iterator[tuple[int, int]]:
    """The values, without their names and quotes."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = text
    if any(gate in lowered for gate in GATES):
        for match in ASSIGNED.finditer(lowered):
            group = "quoted" if match["quoted"] else "bare"
            start, end = match.span(group)
            value = text[start:end]
            if group == "bare":
                value = "" if _is_code(value, text[end : end + 1]) else value.rstrip(".:?)]}>*")
            if is_secret(value, _strictness(match)):
                yield start, start + len(value)


def _is_code(value: str, after: str) -> bool:
    """An expression rather than a value: `get(name1)`, `os.environ[`, `settings.db2.password`."""
    cut = value[-1] in "()[]{}" or after in {",", '"', "'", ";"}
    return PATH.fullmatch(value) is not None or (cut and CALL.match(value) is not None)


def in_urls(text: str) -> Iterator[tuple[int, int]]:
    """Passwords in the authority of a URL."""
    if "://" in text:
        for match in IN_URL.finditer(text):
            if _is_kept(match[1]):
                yield match.span(1)


def _is_kept(password: str) -> bool:
    """A short word in small letters is what manuals write, `scott:tiger@localhost`."""
    word = password.isalpha() and password.islower() and len(password) < 12
    return not (word or STAND_INS.search(password.lower()) or _is_common(password))


def _strictness(match: re.Match[str]) -> str:
    if match["password"]:
        return "password"
    return "token" if match["key"] == "token" else "key"


def is_secret(value: str, strictness: str) -> bool:
    """Mixed, varied and no stand-in: what a person or a machine made up to be kept."""
    plain = value.lower()
    if len(value) < LEAST[strictness] or STAND_INS.search(plain) or _is_common(plain):
        return False
    digits = any(sign.isdigit() for sign in value)
    letters = any(sign.isalpha() for sign in value)
    marks = any(not sign.isalnum() for sign in value)
    if strictness == "password":
        mixed = digits and (letters or marks or len(value) >= 8)
    else:
        mixed = digits and letters
    return mixed and entropy(value) >= ENTROPY[strictness]


def _is_common(value: str) -> bool:
    return re.sub(r"[^a-z]", "", value.lower()) in COMMON


def entropy(value: str) -> float:
    """Shannon entropy of the value's own signs, in bits for each."""
    counts = Counter(value).values()
    return -sum(count / len(value) * log2(count / len(value)) for count in counts)
