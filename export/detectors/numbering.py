"""Numbering plans: is a run of digits a number some country gives out? Asks libphonenumber."""

import re
from functools import cache

from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    is_possible_number,
    is_valid_number,
    parse,
)

# Countries whose national numbers are written with a 0 before them.
TRUNK = (
    "AE AT AU BD BE BG CH CN DE DZ EG FI FR GB GG HR ID IE IL IM IN IR JE JO JP KE KR LK MA MY NG"
    " NL NZ PH PK RO RS SA SE TH TR TW UA VN ZA"
)
# Countries where they are not.
BARE = "AR BR CA CL CN CO CZ DK ES GR HK IN IT MX NO PL PT RU SG US"
TRUNKED = re.compile(r"\(?0[1-9][0-9]{0,4}\)?[ .\-/()]{1,3}[0-9]{2,}(?:[ .\-/][0-9]{2,}){0,4}")
ZEROS_AND_ONES = re.compile(r"[01]+")


def is_international(written: str, digits: str) -> bool:
    """With a + or 00 and a country code; valid, or at least of a possible length and grouped."""
    plus = "+" in written[:3]
    if not plus and not written.startswith("00"):
        return False
    try:
        number = parse("+" + (digits if plus else digits[2:]))
    except NumberParseException:
        return False
    grouped = re.search(r"[0-9][ .\-/()]+[0-9]", written) is not None
    return is_valid_number(number) or (plus and grouped and is_possible_number(number))


def is_trunked(written: str, digits: str) -> bool:
    """A national number with its 0: a mobile one in any grouping, a fixed one in groups."""
    if not digits.startswith("0") or digits.startswith("00") or ZEROS_AND_ONES.fullmatch(digits):
        return False
    if written == digits:
        return len(digits) in (10, 11) and _mobile(TRUNK).fullmatch(digits[1:]) is not None
    return (
        len(digits) >= 9
        and TRUNKED.fullmatch(written) is not None
        and _given(TRUNK).fullmatch(digits[1:]) is not None
    )


def is_national(digits: str) -> bool:
    """A number of some country as it is dialled inside it, with or without the 0."""
    if digits.startswith("0"):
        return _given(TRUNK).fullmatch(digits[1:]) is not None
    return _given(BARE).fullmatch(digits.removeprefix("1")) is not None or (
        _given(BARE).fullmatch(digits) is not None
    )


@cache
def _mobile(regions: str) -> re.Pattern[str]:
    return _any(_patterns(regions, "mobile"))


@cache
def _given(regions: str) -> re.Pattern[str]:
    return _any(_patterns(regions, "mobile") + _patterns(regions, "fixed_line"))


def _patterns(regions: str, line: str) -> list[str]:
    found = (PhoneMetadata.metadata_for_region(region, None) for region in regions.split())
    described = (getattr(metadata, line) for metadata in found if metadata is not None)
    return [described.national_number_pattern for described in described if described is not None]


def _any(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
