"""How a customer is called on the pages of this room."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext as _

from idic.core import ids, text
from idic.identify.models import SourceRecord


def shown_name(*, full_name: str, salutation: str = "", number: str = "") -> str:
    """Write a name as it was given, with the way of address where its language has it: before a
    Vietnamese or English name, after a Chinese one. Without a name the customer's number stands.
    """
    name = full_name.strip()
    if not name:
        return _("Customer %(number)s") % {"number": number} if number else _("No name")
    if not salutation:
        return name
    return f"{name}{salutation}" if text.is_han(name[0]) else f"{salutation} {name}"


def list_numbers(customer_ids: Iterable[int]) -> dict[int, str]:
    """Give the number by which a source knows each customer: it stands where a name is missing."""
    records = SourceRecord.objects.filter(customer_id__in=list(customer_ids))
    rows = (
        records.exclude(source__key="crm").order_by("-id").values_list("customer_id", "source_key")
    )
    return {customer: key for customer, key in rows if customer is not None}


@lru_cache(maxsize=4_096)
def shown_phone(phone: str, *, country: str) -> str:
    """Write a phone as people of the shop's country dial and read it: 0900 000 217."""
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return phone
    is_ours = phonenumbers.region_code_for_number(number) == country
    style = phonenumbers.PhoneNumberFormat
    return str(
        phonenumbers.format_number(number, style.NATIONAL if is_ours else style.INTERNATIONAL)
    )


def tail_of(phone: str) -> str:
    """Give the last four digits of a phone, as people ask for them."""
    return phone[-4:] if len(phone) >= 4 else ""


def public_id(customer_id: int) -> str:
    """Give a customer's id as addresses show it."""
    return ids.encode("customer", customer_id)
