"""How a customer's phone and id are written on the pages of this room. Names: `identify.names`."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from idic.core import ids

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
