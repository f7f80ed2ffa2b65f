"""Phone numbers and e-mail addresses for comparison: what of them is the same in every spelling."""

from __future__ import annotations

import re

_NOT_DIGIT = re.compile(r"\D+")
# Country calling codes that begin with a digit shared by no one-digit code; ITU-T E.164, 2016.
_COUNTRY = re.compile(
    r"1|7|2[07]|2[1-689]\d|3[0-469]|3[578]\d|4[013-9]|42\d|5[1-8]|5[09]\d|6[0-6]|6[789]\d"
    r"|8[1246]|8[035789]\d|9[0-58]|9[679]\d"
)
_CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}$")
# Vietnam's mobile prefixes of 2018: eleven digits became ten (decision 798/QD-BTTTT).
_OLD_VIETNAMESE = re.compile(r"(1(?:2\d|6\d|86|88|99))(\d{7})$")
_NEW_PREFIX = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    **{"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"},
    **{"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"},
    **{"186": "56", "188": "58", "199": "59"},
}
_TAG = re.compile(r"\+[^@]*")
_TYPOS = {
    **dict.fromkeys(["gmial.com", "gamil.com", "gmai.com", "gmail.co", "gnail.com"], "gmail.com"),
    **dict.fromkeys(["hotmial.com", "hotmai.com", "hotmail.co"], "hotmail.com"),
    **dict.fromkeys(["yaho.com", "yahoo.co", "yahooo.com"], "yahoo.com"),
    **dict.fromkeys(["outlok.com", "outlook.co"], "outlook.com"),
    "googlemail.com": "gmail.com",
}


def clean_phone(text: str) -> str:
    """Give a number's digits without country code, trunk zero and separators; empty when too few.

    The country code goes, because half of the sources leave it out; two countries' equal numbers
    are rarer than one country's two spellings.

    >>> [clean_phone(p) for p in ("+84 94 343 5240", "84943435240", "0943435240", "0163 343 5240")]
    ['943435240', '943435240', '943435240', '333435240']
    >>> clean_phone("+86 139-3516-6056"), clean_phone("13935166056"), clean_phone("00442071234567")
    ('13935166056', '13935166056', '2071234567')
    >>> clean_phone("12345")
    ''
    """
    digits = _NOT_DIGIT.sub("", text)
    is_full = text.lstrip().startswith("+") or digits.startswith("00")
    national = _without_country(digits.lstrip("0")) if is_full else _without_trunk(digits)
    old = _OLD_VIETNAMESE.match(national)
    if old and len(national) == 10 and not is_american(digits, is_full=is_full):
        national = _NEW_PREFIX.get(old[1], old[1]) + old[2]
    return national if len(national) >= 6 else ""


def is_american(digits: str, *, is_full: bool) -> bool:
    """Tell whether a number was written with North America's country code."""
    return is_full and digits.lstrip("0").startswith("1")


def _without_country(digits: str) -> str:
    code = _COUNTRY.match(digits)
    rest = digits[code.end() :] if code else digits
    return rest.lstrip("0")


def _without_trunk(digits: str) -> str:
    if digits.startswith("84") and len(digits) in (11, 12):
        return digits[2:]
    if digits.startswith("86") and _CHINESE_MOBILE.match(digits[2:]):
        return digits[2:]
    return digits.lstrip("0")


def clean_email(text: str) -> str:
    """Lower an address, take its +tag off and mend the commonest misspelt domains.

    >>> clean_email(" An.Le+shop@GMIAL.com "), clean_email("nobody")
    ('an.le@gmail.com', '')
    """
    low = "".join(text.casefold().split())
    local, at, domain = low.partition("@")
    if not at or not local or not domain:
        return ""
    return f"{_TAG.sub('', local)}@{_TYPOS.get(domain, domain)}"


def clean_code(text: str) -> str:
    """Give a number of a card, a passport or a house as letters and digits only.

    >>> clean_code(" ab-12 34 ")
    'ab1234'
    """
    return "".join(character for character in text.casefold() if character.isalnum())
