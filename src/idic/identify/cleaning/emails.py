"""Cleaning of one e-mail address: spaces and commas out, slips in common domains as suggestions
only, addresses of a role noted. Nothing is asked of the network.
"""

from __future__ import annotations

import re

from idic.identify.importing.values.contacts import parse_email

from .findings import Cleaned, Problem
from .writing import tidy

# Who has most of the world's mailboxes, and those of Vietnam and China.
_COMMON = frozenset(
    "gmail.com yahoo.com yahoo.com.vn yahoo.vn yahoo.co.uk yahoo.co.jp yahoo.fr hotmail.com "
    "hotmail.co.uk hotmail.fr outlook.com outlook.com.vn live.com icloud.com me.com msn.com "
    "aol.com zoho.com proton.me protonmail.com qq.com foxmail.com 163.com 126.com yeah.net "
    "sina.com sina.cn sohu.com 139.com 189.cn aliyun.com fpt.vn vnn.vn viettel.vn".split()
)
_NAMES = {domain.split(".")[0] for domain in _COMMON}
_ENDINGS = {
    **dict.fromkeys("con cmo comm ocm vom xom cim coom om c0m cpm con. col clm".split(), "com"),
    **dict.fromkeys(
        "con.vn co.vn comvn com.nv com.vm com.vnn com.v com.n con.vm".split(), "com.vn"
    ),
    **dict.fromkeys(["vm", "nv"], "vn"),
    "ne": "net",
    "nte": "net",
}
# Endings that are a country's or a company's own: a slip only behind a name that has no such.
_DOUBTFUL_ENDINGS = {
    "co": "com",
    "cm": "com",
    "com.vn": "com",
    "vn": "com",
    "cn": "com",
    "net": "com",
}
# One letter away from a common name, and real.
_REAL = frozenset("mail email ymail fmail zmail jmail rmail gmx live love like life lime".split())
_SLIPS = {"gmailcom": "gmail.com", "gmail": "gmail.com", "yahoocom": "yahoo.com"}
_ROLES = frozenset(
    "info sales sale contact admin administrator support office hello marketing billing "
    "accounts accounting hr jobs careers service services help helpdesk webmaster postmaster "
    "team mail order orders shop store reception booking purchasing ketoan kinhdoanh cskh "
    "lienhe banhang nhansu hotro vanphong muahang dathang tuyendung kefu caiwu shangwu".split()
)
_AT = re.compile(r"\s*(?:\(at\)|\[at\]|＠)\s*|\s+at\s+", re.IGNORECASE)
_DOUBLE = re.compile(r"([.@])\1+")


def clean_email(text: str) -> Cleaned:
    """Clean an e-mail address."""
    given = tidy(text)
    if not given:
        return Cleaned(value="")
    found = parse_email(given)
    if found is None:
        return _repair(given)
    if found.is_placeholder:
        return Cleaned(value="", problem=Problem.EMAIL_PLACEHOLDER)
    local, _, domain = found.value.partition("@")
    if better := suggest_domain(domain):
        proposal = f"{local}@{better}"
        return Cleaned(
            value=found.value, problem=Problem.EMAIL_DOMAIN, proposal=proposal, confidence=0.9
        )
    if local in _ROLES:
        return Cleaned(value=found.value, problem=Problem.EMAIL_ROLE)
    # Case is none of the address: it is kept in lower case without a word.
    return Cleaned(value=found.value)


def suggest_domain(domain: str) -> str:
    """Give the common domain this one is a slip of, or nothing."""
    if domain in _COMMON:
        return ""
    if domain in _SLIPS:
        return _SLIPS[domain]
    name, _, ending = domain.partition(".")
    right_name = name if name in _NAMES else _near(name)
    if not right_name:
        return ""
    endings = [_ENDINGS.get(ending, ending)]
    if ending in _DOUBTFUL_ENDINGS:
        endings.append(_DOUBTFUL_ENDINGS[ending])
    return next((d for e in endings if (d := f"{right_name}.{e}") in _COMMON), "")


def _near(name: str) -> str:
    """Give the one long common name a single slip away: short ones have too many neighbours."""
    if name in _REAL:
        return ""
    close = sorted(known for known in _NAMES if len(known) >= 5 and is_one_slip(name, known))
    return close[0] if len(close) == 1 else ""


def is_one_slip(first: str, second: str) -> bool:
    """Tell whether one letter more, less, other, or two swapped make one word of the other."""
    if first == second or abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    a, b = first[start:], second[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:] and len(a) > 1)
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def _repair(given: str) -> Cleaned:
    plain = _AT.sub("@", given.lower().removeprefix("mailto:"))
    plain = re.sub(r"\s+", "", plain).replace(",", ".").strip(".;:<>()[]\"'")
    plain = _DOUBLE.sub(r"\1", plain).replace(".@", "@").replace("@.", "@")
    local, at, domain = plain.partition("@")
    if at and domain in _SLIPS:
        plain = f"{local}@{_SLIPS[domain]}"
    found = parse_email(plain)
    if found is None or found.is_placeholder:
        return Cleaned(value=given, problem=Problem.EMAIL_UNREADABLE)
    local, _, domain = found.value.partition("@")
    proposal = f"{local}@{suggest_domain(domain) or domain}"
    return Cleaned(value=given, problem=Problem.EMAIL_WRITTEN, proposal=proposal, confidence=0.8)
