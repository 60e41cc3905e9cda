"""Payment cards (brand, length, Luhn) and bank accounts (IBAN: country, length, mod 97)."""

import re
from collections.abc import Iterator

from export.detectors.context import named_as_other

# A pattern that begins with a set of characters is searched for fast; so the guards come second.
CARD = re.compile(
    r"[1-6](?<!\w.)(?<![0-9][.:/\-].)(?:"
    r"[0-9]{3}([ .\-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?"
    r"|[0-9]{3}([ .\-])[0-9]{6}\2[0-9]{4,5}"
    r"|[0-9]{11,15}|[0-9]{18})(?![\w])(?![.:/\-][0-9])",
    re.ASCII,
)
# First digits and lengths of the brands in use, after ISO/IEC 7812 and the brands' own pages.
BRANDS = re.compile(
    r"4(?:[0-9]{15}|[0-9]{18})"
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720|220[0-4])[0-9]{12}"
    r"|3[47][0-9]{13}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|62[0-9]{14}(?:[0-9]{3})?"
    r"|(?:50[0-9]{2}|5[6-8][0-9]{2}|6[037][0-9]{2})[0-9]{12}"
)
# Before a number of any brand or none, of the older lengths too.
CALLED = re.compile(
    r"card|\bcarte|kart[ey]|tarjeta|cart[aã]o?\b|kartı?\b|visa|карт|银行卡|信用卡|カード|카드|\bcc\b",
    re.IGNORECASE,
)
IBAN = re.compile(
    r"[0-9](?<=[A-Za-z]{2}.)(?<![A-Za-z0-9][A-Za-z]{2}.)[0-9](?:[ \-]?[A-Za-z0-9]){11,30}+"
)
# Length by country, from the IBAN registry that SWIFT keeps for ISO 13616.
LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU",
        31: "MT SC",
        33: "RU",
        32: "LC",
    }.items()
    for country in countries.split()
}


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Card numbers; a bare run of digits that the text calls an order or a tracking is none."""
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        called = CALLED.search(text, max(0, match.start() - 40), match.start()) is not None
        if not (called or BRANDS.fullmatch(digits)) or not luhn(digits):
            continue
        if called or match[0] != digits or not named_as_other(text, match.start()):
            yield match.span()


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right counts double, less nine if over nine."""
    doubled = sum(int("0246813579"[int(digit)]) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Bank accounts in either case, grouped or not."""
    for match in IBAN.finditer(text):
        start = match.start() - 2
        run = text[start : match.end()]
        length = LENGTHS.get(run[:2].upper())
        end = None if length is None else _cut(run, length)
        if end is None or run[end : end + 1].isalnum():
            continue
        if mod97(re.sub(r"[ \-]", "", run[:end]).upper()):
            yield start, start + end


def _cut(run: str, length: int) -> int | None:
    """Where the first `length` letters and digits of the run end."""
    places = [place for place, sign in enumerate(run) if sign not in " -"]
    return places[length - 1] + 1 if len(places) >= length else None


def mod97(iban: str) -> bool:
    """ISO 7064: the first four signs go to the end, letters count from ten, the rest is one."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
