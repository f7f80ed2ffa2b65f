"""How a customer's phone and id are written on the pages of this room, and where a new one is
begun. Names: `identify.names`.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

import phonenumbers
from django.urls import reverse

from idic.core import ids
from idic.identify.recognising import read_shown

_MOBILE = phonenumbers.PhoneNumberType.MOBILE


@lru_cache(maxsize=4_096)
def shown_phone(phone: str, *, country: str) -> str:
    """Write a phone as people of the shop's country dial and read it: 0900 000 217."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return phone
    is_ours = number.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return str(
        phonenumbers.format_number(number, style.NATIONAL if is_ours else style.INTERNATIONAL)
    )


@lru_cache(maxsize=4_096)
def zalo_url(phone: str) -> str:
    """Give where Zalo opens a chat with a phone; only Vietnamese mobile numbers have one."""
    if not phone.startswith("+84"):
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ""
    kind = phonenumbers.number_type(number)
    return f"https://zalo.me/{phone.lstrip('+')}" if kind == _MOBILE else ""


def tail_of(phone: str) -> str:
    """Give the last four digits of a phone, as people ask for them."""
    return phone[-4:] if len(phone) >= 4 else ""


def public_id(customer_id: int) -> str:
    """Give a customer's id as addresses show it."""
    return ids.encode("customer", customer_id)


def address_of_new(*, text: str, country: str) -> str:
    """Give the form of a new customer with what somebody looked for already in it."""
    shown = read_shown(text=text, country=country)
    has_digits = any(c.isdecimal() for c in text)
    known = {"phone": shown.phone, "email": shown.email}
    if not (shown.phone or shown.email or has_digits):
        known["full_name"] = text
    kept = {name: value for name, value in known.items() if value}
    base = reverse("web:customer_create")
    return f"{base}?{urlencode(kept)}" if kept else base
