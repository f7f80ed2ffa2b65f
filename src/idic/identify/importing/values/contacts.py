"""Reading e-mail addresses, phones, names, genders and languages. What cannot identify a person
(a placeholder, a masked number, a relay) is said to be one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from idic.core.text import fold, is_han

from .cells import clean, plain_words


@dataclass(frozen=True, slots=True)
class Contact:
    """An address as we keep it: normalised, and whether it can identify somebody."""

    value: str
    is_placeholder: bool = False


_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:[.][a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}"
)
_NOBODY = frozenset(
    {"noemail", "no-email", "no.email", "nomail", "no-mail", "none", "null", "na", "nil", "khongco"}
    | {"khong", "koco", "chuaco", "noname", "unknown", "noreply", "no-reply", "donotreply", "xxx"}
    | {"abc", "aaa", "asdf", "wu", "meiyou", "email", "test", "dummy", "fake"}
)
# Addresses a marketplace lends for one order: mail may pass, but they name nobody.
_RELAYS = (
    "marketplace.amazon.com",
    "marketplace.amazon.co.uk",
    "members.ebay.com",
    "guest.booking.com",
    "guest.airbnb.com",
    "relay.shopee.vn",
)

_VIETNAM = re.compile(r"(?:\+?84|0084|0)?(?P<rest>[35789]\d{8})")
_VIETNAM_OLD = re.compile(r"(?:\+?84|0084|0)(?P<prefix>1[2689]\d)(?P<rest>\d{7})")
_CHINA = re.compile(r"(?:\+?86|0086)?(?P<rest>1[3-9]\d{9})")
# Ofcom keeps them for plays and films, so that no plan lists them; sample files are full of them.
_DRAMA = re.compile(r"\+44(?:7700900|1632960)\d{3}")
# The change of 2018: eleven digits became ten.
_NEW_PREFIXES = dict(
    pair.split(":")
    for pair in (
        "120:70 121:79 122:77 126:76 128:78 123:83 124:84 125:85 127:81 129:82 "
        "162:32 163:33 164:34 165:35 166:36 167:37 168:38 169:39 186:56 188:58 199:59"
    ).split()
)
_FILLER = re.compile(r"(\d)\1{6,}")
# Written as nearly all are: digits and signs, nothing that would need a closer look.
_PLAIN_PHONE = re.compile(r"\+?[0-9() .-]+")
_SIGNS = str.maketrans("", "", "() .-")
_DECIMAL = re.compile(r"\+?\d{7,}\.0+")
# Countries whose mobile numbers are never rewritten; a test holds this against the whole plan.
_PLAIN_CODES = ("+44", "+1", "+33", "+49", "+61", "+65", "+66", "+81", "+852", "+886")
_MASK = re.compile(r"[*xX•●#?]")
_SPLIT = re.compile(r"[/;,|]|\s-\s|\bhoặc\b|\bor\b|或")
_STEPS = ("0123456789", "1234567890")

_MALE = frozenset({"m", "male", "man", "nam", "ong", "anh", "男", "男性", "先生"})
_FEMALE = frozenset({"f", "female", "woman", "nu", "ba", "chi", "co", "女", "女性", "女士"})
_LANGUAGES = {
    "vi": ("vi", "vn", "vietnamese", "tieng viet", "越南语", "越南文"),
    "zh-hans": (
        "zh",
        "cn",
        "zh cn",
        "zh hans",
        "chinese",
        "tieng trung",
        "中文",
        "汉语",
        "简体中文",
    ),
    "en": ("en", "english", "tieng anh", "英语", "英文", "en gb", "en us"),
}


def parse_email(text: str) -> Contact | None:
    """Read an e-mail address in lower case; None when no mail could ever reach it."""
    plain = clean(text).lower().removeprefix("mailto:").strip("<>")
    if _MASK.search(plain.replace("x", "")):
        return None
    if not _PLAIN_EMAIL.fullmatch(plain):
        try:
            plain = validate_email(plain, check_deliverability=False).normalized.lower()
        except EmailNotValidError:
            return None
    local, _, domain = plain.partition("@")
    is_nobody = local in _NOBODY or domain.endswith(_RELAYS)
    return Contact(plain, is_placeholder=is_nobody)


def parse_phone(text: str, *, country: str) -> Contact | None:
    """Read a phone as E.164. Placeholders and masked numbers come back marked, with what was
    written; None when it is no phone at all.
    """
    number = _plain_number(text)
    return _in_plan(number, country) if number else _parse_any(text, country)


def _plain_number(text: str) -> str:
    """Give a number of digits and the usual signs without them; empty where more has to be looked
    at.
    """
    plain = text.strip()
    if not _PLAIN_PHONE.fullmatch(plain) or " -" in plain or _DECIMAL.fullmatch(plain):
        return ""
    number = plain.translate(_SIGNS)
    digits = number.removeprefix("+")
    is_real = 7 <= len(digits) <= 15 and not _FILLER.search(digits) and digits not in _STEPS
    return number if is_real else ""


def _in_plan(number: str, country: str) -> Contact | None:
    value = _by_shape(number, country) or _by_mobile_plan(number) or _by_plan(number, country)
    return Contact(value) if value else None


def _parse_any(text: str, country: str) -> Contact | None:
    first = _SPLIT.split(unicodedata.normalize("NFKC", clean(text)))[0].strip()
    first = first.split(".")[0] if _DECIMAL.fullmatch(first) else first
    digits = "".join(c for c in first if c.isdigit())
    if _MASK.search(first) and len(digits) >= 2:
        return Contact(first[:32], is_placeholder=True)
    if not 7 <= len(digits) <= 15 or any(c.isalpha() for c in first):
        return None
    if _FILLER.search(digits) or digits.strip("+") in _STEPS:
        return Contact(first[:32], is_placeholder=True)
    number = ("+" if first.startswith("+") else "") + digits
    return _in_plan(number, country)


def _by_shape(number: str, country: str) -> str:
    """Read the mobile numbers of Vietnam and China without the slow general plan."""
    # Without its country 0121… is Birmingham's in a British file.
    is_vietnamese = country == "VN" or not number.startswith("01")
    if is_vietnamese and (old := _VIETNAM_OLD.fullmatch(number)):
        new = _NEW_PREFIXES.get(old["prefix"])
        return f"+84{new}{old['rest']}" if new else ""
    if (country == "VN" or number.startswith("+84")) and (found := _VIETNAM.fullmatch(number)):
        return f"+84{found['rest']}"
    if (country == "CN" or number.startswith("+86")) and (found := _CHINA.fullmatch(number)):
        return f"+86{found['rest']}"
    return ""


def _by_mobile_plan(number: str) -> str:
    """Read a mobile number where a country's plan says it in one pattern, as the whole would."""
    for code in _PLAIN_CODES:
        if number.startswith(code) and _mobile_pattern(code).fullmatch(number, len(code)):
            return number
    return ""


@cache
def _mobile_pattern(code: str) -> re.Pattern[str]:
    region = phonenumbers.region_code_for_country_code(int(code))
    plan = phonenumbers.PhoneMetadata.metadata_for_region(region)
    mobile = plan and plan.mobile
    return re.compile(str(mobile.national_number_pattern) if mobile else "(?!)")


def _by_plan(number: str, country: str) -> str:
    regions = (country,) if number.startswith("+") else (country, "VN", "CN")
    for region in dict.fromkeys(regions):
        if region != country and not _is_clear(number, region):
            continue
        try:
            parsed = phonenumbers.parse(number, region)
        except phonenumbers.NumberParseException:
            continue
        plain = str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        if phonenumbers.is_valid_number(parsed) or _DRAMA.fullmatch(plain):
            return plain
    return ""


def _is_clear(number: str, region: str) -> bool:
    """Tell whether a number of another country than ours shows its country by itself."""
    if number.startswith("+"):
        return True
    if region == "VN":
        return number.startswith("0") and bool(_VIETNAM.fullmatch(number))
    return bool(_CHINA.fullmatch(number))


def join_name(*, family: str, given: str, language: str) -> str:
    """Put a name together as its bearer says it: family first in Vietnamese and Chinese."""
    if any(is_han(c) for c in family + given):
        return f"{family}{given}"
    parts = (family, given) if language.startswith(("vi", "zh")) else (given, family)
    return " ".join(part for part in parts if part)


def read_gender(text: str) -> str:
    """Read a stated gender; empty when it is none of those we know. It is never guessed."""
    words = plain_words(text) or text
    if words in _MALE:
        return "male"
    return "female" if words in _FEMALE else ""


def read_language(text: str) -> str:
    """Read a language as one of our codes; empty for others."""
    words = plain_words(fold(text))
    return next((code for code, names in _LANGUAGES.items() if words in names), "")
