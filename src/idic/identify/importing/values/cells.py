"""Cells before they mean anything: what counts as empty, keys that Excel has bent, names of
walk-in customers, yes and no.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from idic.core.text import fold

# Written by exports for "nothing". Capitals matter: "Nan" and "None" may be somebody's name.
NOTHING = frozenset(
    {"", "-", "--", "—", ".", "null", "NULL", "Null", "(null)", "nil", "none", "nan", "NaN", "NAN"}
    | {"n/a", "N/A", "#N/A", "NA", "#NA", "#VALUE!", "#REF!", "\\N", "无", "暂无", "không có"}
)
_UNKNOWN_PLACES = frozenset(
    {"unspecified", "unknown", "not specified", "other", "khac", "khong ro", "未知", "其他"}
)

# Folded, for `is_walk_in`. "Guest" alone, not "Guest House Ltd".
_WALK_IN = frozenset(
    {
        "khach le",
        "khach vang lai",
        "khach hang le",
        "khach hang vang lai",
        "vang lai",
        "khach mua le",
        "ban le",
        "khach",
        "khach khong quen",
        "khach le online",
        "散客",
        "散客户",
        "零售客户",
        "零散客户",
        "普通散客",
        "过路客",
        "匿名",
        "匿名用户",
        "匿名客户",
        "游客",
        "walk in",
        "walkin",
        "walk in customer",
        "walkin customer",
        "walk in client",
        "guest",
        "guest customer",
        "guest user",
        "cash",
        "cash customer",
        "cash sale",
        "cash sales",
        "counter sale",
        "over the counter",
        "anonymous",
        "anonymous customer",
        "no name",
        "no customer",
        "retail customer",
        "default customer",
        "unknown",
        "unknown customer",
        "not set",
    }
)
_YES = frozenset(
    {"1", "y", "yes", "true", "t", "on", "x", "ok", "granted", "subscribed", "opt in", "optin"}
    | {"agreed", "accepted", "co", "dong y", "dang ky", "是", "同意", "已同意", "已订阅", "✓", "✔"}
)
_NO = frozenset(
    {"0", "n", "no", "false", "f", "off", "denied", "refused", "unsubscribed", "opt out"}
    | {"optout", "declined", "khong", "tu choi", "khong dong y", "huy dang ky"}
    | {"否", "不同意", "拒绝", "已退订", "✗", "✘"}
)
# Mautic's codes of do-not-contact.
_REASONS = {"2": "bounced", "3": "manual"}
_WHOLE_FLOAT = re.compile(r"-?\d+\.0+")
_EXCEL_TEXT = re.compile(r'="(.*)"')
# What an apostrophe is set before, so that no spreadsheet runs the cell.
_DEFUSED = ("=", "+", "-", "@")
_SPACE = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[\W_]+", re.UNICODE)


def clean(text: str | None) -> str:
    """Strip spaces of every kind, Excel's text marks and written nothings; runs become one."""
    if text is None:
        return ""
    plain = _SPACE.sub(" ", unicodedata.normalize("NFC", text).strip().strip("\ufeff\u200b"))
    quoted = _EXCEL_TEXT.fullmatch(plain)
    if quoted:
        plain = quoted.group(1).strip()
    elif plain.startswith("'") and (plain.count("'") == 1 or plain[1:2] in _DEFUSED):
        plain = plain[1:].strip()
    return "" if plain in NOTHING else plain


def clean_key(text: str | None) -> str:
    """Read a code that identifies: `17850.0` is `17850`; leading zeros stay."""
    plain = unicodedata.normalize("NFKC", clean(text))
    return plain.split(".")[0] if _WHOLE_FLOAT.fullmatch(plain) else plain


def plain_words(text: str) -> str:
    """Fold and drop punctuation, for looking a phrase up in a list."""
    return _PUNCTUATION.sub(" ", fold(text)).strip()


def is_walk_in(name: str, *, more: Collection[str] = ()) -> bool:
    """Tell whether a name stands for whoever came in, which is nobody. `more`: a system's words."""
    words = plain_words(name)
    return words in _WALK_IN or words in more


def read_refusal(text: str | None) -> str | None:
    """Read why somebody is not to be written to, as a short reason; None where they did not refuse.
    What is no answer at all is taken for a reason: a doubt never lets a message pass.
    """
    plain = clean(text)
    if not plain or read_yes_no(plain) is False:
        return None
    reason = _REASONS.get(plain_words(plain), plain)
    return "opted out" if read_yes_no(reason) else reason[:80]


def clean_place(text: str | None) -> str:
    """Read a city, province or country; "Unspecified" is none."""
    place = clean(text)
    return "" if plain_words(place) in _UNKNOWN_PLACES else place


def read_yes_no(text: str | None) -> bool | None:
    """Read a yes or no in three languages; None when it is neither."""
    words = plain_words(clean(text)) or clean(text)
    if words in _YES:
        return True
    return False if words in _NO else None
