"""What of an event's properties is kept: plain values of bearable size, and nothing that names a
person – that belongs to traits, which can be corrected and erased one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_MOST, _MOST_IN_LIST, _DEEPEST = 60, 50, 3
_LONGEST = 500
_LONGEST_NAME = 60
_NAMES_A_PERSON = frozenset(
    {"email", "mail", "phone", "mobile", "tel", "firstname", "lastname", "fullname", "password"}
    | {"username", "address", "street", "birthday", "birthdate", "dob", "ip", "ipaddress"}
    | {"card", "cardnumber", "creditcard", "cvv", "iban", "ssn", "passport", "token", "secret"}
)
_LARGEST_NUMBER = 1 << 63


def clean_text(value: Any) -> str:
    """Give a value as one line of text: no NUL, which PostgreSQL cannot hold, nor other marks that
    nobody sees; empty for what is no text or number.
    """
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return ""
        value = str(value)
    text: str = value.strip()
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text.replace("\x00", "")).strip()
    return text[:_LONGEST]


def clean_properties(given: Mapping[str, Any], *, depth: int = 1) -> dict[str, Any]:
    """Give the properties that are kept."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if len(kept) == _MOST:
            break
        key = _key(name)
        cleaned = _clean(value, depth) if key else None
        if cleaned is not None:
            kept[key] = cleaned
    return kept


@lru_cache(maxsize=4_096)
def _key(name: str) -> str:
    """Give a property's name as kept; empty for one that names a person."""
    plain = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    return "" if plain in _NAMES_A_PERSON else clean_text(name)[:_LONGEST_NAME]


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean_text(value) or None
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_NUMBER else str(value)
    if depth >= _DEEPEST:
        return None
    if isinstance(value, dict):
        return clean_properties(value, depth=depth + 1) or None
    if isinstance(value, list):
        cleaned = [_clean(one, depth + 1) for one in value[:_MOST_IN_LIST]]
        return [one for one in cleaned if one is not None] or None
    return None
