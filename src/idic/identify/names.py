"""How a customer is called wherever a person is shown: name and way of address, else their number.
How a message speaks to somebody is not here but in `interact.content.address`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from idic.core.text import is_han
from idic.identify.models import Customer, RecordKind, SourceRecord

# Who came without a number goes in imports by what they were reached at; see importing.parties.
_CONTACT_KEYS = ("phone:", "email:")


def shown_name(*, full_name: str, salutation: str = "", number: str = "") -> str:
    """Write a name as it was given, with the way of address where its language has it: before a
    Vietnamese or English name, after a Chinese one. Without a name the customer's number stands.
    """
    name = full_name.strip()
    if not name:
        return _("Customer %(number)s") % {"number": number} if number else _("No name")
    if not salutation:
        return name
    return f"{name}{salutation}" if is_han(name[0]) else f"{salutation} {name}"


def list_names(
    full_names: Mapping[int, str],
    *,
    salutations: Mapping[int, str] | None = None,
    are_fresh: bool = False,
) -> dict[int, str]:
    """Give each customer's name as shown, by id; in, the names as they were given.

    No query, unless somebody has none: what was handed in may be older than the customer, where it
    was not just read there (`are_fresh`).
    """
    nameless = [customer_id for customer_id, name in full_names.items() if not name.strip()]
    fresh = dict.fromkeys(nameless, "") if are_fresh else _list_fresh(nameless)
    numbers = list_numbers([customer_id for customer_id in nameless if not fresh[customer_id]])
    titles = salutations or {}
    return {
        customer_id: shown_name(
            full_name=fresh.get(customer_id) or name,
            salutation=titles.get(customer_id, ""),
            number=numbers.get(customer_id, ""),
        )
        for customer_id, name in full_names.items()
    }


def _list_fresh(customer_ids: Collection[int]) -> dict[int, str]:
    """Give the names customers have by now; a file of contacts may just have brought them."""
    if not customer_ids:
        return {}
    known = Customer.objects.filter(id__in=customer_ids).values_list("id", "full_name")
    return dict.fromkeys(customer_ids, "") | dict(known)


def list_numbers(customer_ids: Collection[int]) -> dict[int, str]:
    """Give the number by which a source knows each customer: it stands where a name is missing."""
    if not customer_ids:
        return {}
    known = SourceRecord.objects.filter(customer_id__in=customer_ids)
    records = known.exclude(source__key="crm").exclude(kind=RecordKind.DEVICE)
    # The oldest record comes last and wins.
    rows = records.order_by("-id").values_list("customer_id", "source_key")
    return {customer: number_of(key) for customer, key in rows if customer is not None}


def is_number(key: str) -> bool:
    """Tell whether a record's key is a number of its source: no address, no device's mark."""
    return not key.startswith((*_CONTACT_KEYS, "anon:"))


def number_of(key: str) -> str:
    """Give a source record's key as people know it: a number, or the phone or e-mail itself."""
    for kind in _CONTACT_KEYS:
        key = key.removeprefix(kind)
    return key
