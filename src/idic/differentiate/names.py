"""How a customer is called in lists of this room: name and way of address, else their number."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from idic.core.text import is_han
from idic.differentiate.models import CustomerSummary
from idic.identify.models import SourceRecord


def name_people(people: Iterable[CustomerSummary]) -> dict[int, str]:
    """Give each customer's name as shown, by id. One query when somebody has none, else no query;
    the customers themselves are expected to have been read along.
    """
    listed = list(people)
    nameless = [row.customer_id for row in listed if not row.full_name.strip()]
    numbers = _numbers(nameless) if nameless else {}
    return {row.customer_id: _name(row, numbers.get(row.customer_id, "")) for row in listed}


def _numbers(customer_ids: list[int]) -> dict[int, str]:
    """Give the number by which a source knows each customer."""
    records = SourceRecord.objects.filter(customer_id__in=customer_ids).exclude(source__key="crm")
    rows = records.order_by("-id").values_list("customer_id", "source_key")
    return {customer: key for customer, key in rows if customer is not None}


def _name(row: CustomerSummary, number: str) -> str:
    name, salutation = row.full_name.strip(), row.customer.salutation
    if not name:
        return _("Customer %(number)s") % {"number": number} if number else _("No name")
    if not salutation:
        return name
    return f"{name}{salutation}" if is_han(name[0]) else f"{salutation} {name}"
