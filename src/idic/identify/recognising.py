"""Recognises whoever is in front of us, on the phone or in a chat by the one thing they show: a
number, a card, a code, an address, a handle, or its last digits. Only reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from idic.core import ids
from idic.core.text import digits as digits_of
from idic.identify.importing.values.contacts import parse_email, parse_phone
from idic.identify.living import get_living_ids
from idic.identify.models import Identifier, IdentifierType
from idic.identify.search import find

_LONGEST = 200
_CODE = re.compile(r"cus_[0-9a-z]{13}", re.IGNORECASE)
_KEYS = (
    *(IdentifierType.CARD, IdentifierType.CUSTOMER_NUMBER),
    *(IdentifierType.ZALO, IdentifierType.WECHAT),
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who was recognised: surely by a whole value that is theirs, or perhaps by a part of one."""

    customer_id: int
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody showed, read: the values it may be, and the phone or address to begin with."""

    values: tuple[tuple[str, str], ...]
    phone: str = ""
    email: str = ""


def read_shown(*, text: str, country: str) -> Shown:
    """Read what was typed, scanned or sent by the telephone: a number with its spaces, the text of
    a code, an address of a page in it.
    """
    plain = " ".join(text.split())[:_LONGEST].removeprefix("tel:")
    plain = plain.rsplit("/", 1)[-1] if plain.lower().startswith(("http:", "https:")) else plain
    phone, email = parse_phone(plain, country=country), parse_email(plain)
    values: list[tuple[str, str]] = []
    if phone and not phone.is_placeholder:
        values.append((IdentifierType.PHONE, phone.value))
    if email and not email.is_placeholder:
        values.append((IdentifierType.EMAIL, email.value))
    handle = plain.lstrip("@").removeprefix("zalo:").removeprefix("wechat:")
    forms = dict.fromkeys(
        form for form in (plain, handle, handle.lower(), plain.replace(" ", "")) if form
    )
    values += [(kind.value, form) for kind in _KEYS for form in forms]
    return Shown(
        tuple(values),
        phone.value if phone and not phone.is_placeholder else "",
        email.value if email and not email.is_placeholder else "",
    )


def recognise(*, text: str, country: str, limit: int = 20) -> list[Recognised]:
    """Give who it is, the sure first. Two who share a number are both given, and nobody is sure.

    A whole value asks one index; only a part of one goes on to the search.
    """
    code = _CODE.search(text)
    if code:
        number = _decode(code[0])
        if number is not None:
            return [Recognised(one, True) for one in get_living_ids(customer_ids=[number]).values()]
    shown = read_shown(text=text, country=country)
    found = sorted(set(_owners(shown)))
    if found:
        living = sorted(set(get_living_ids(customer_ids=found).values()))
        return [Recognised(one, len(living) == 1) for one in living[:limit]]
    if len(digits_of(text)) < 3 and len(text.strip()) < 2:
        return []
    return [Recognised(one.customer_id, False) for one in find(query=text, limit=limit)]


def _owners(shown: Shown) -> Iterator[int]:
    by_kind: dict[str, list[str]] = {}
    for kind, value in shown.values:
        by_kind.setdefault(kind, []).append(value)
    parts = [
        Identifier.objects.filter(
            type=kind,
            value__in=values,
            is_placeholder=False,
            record__customer__isnull=False,
            record__customer__is_staged=False,
        ).values_list("record__customer_id", flat=True)
        for kind, values in by_kind.items()
    ]
    if parts:
        # One statement, each part along the index of kind and value.
        yield from (number for number in parts[0].union(*parts[1:]) if number is not None)


def _decode(code: str) -> int | None:
    try:
        return ids.decode("customer", code.lower())
    except ids.WrongId:
        return None
