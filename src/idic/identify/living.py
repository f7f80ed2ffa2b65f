"""Who lives on under a customer's number, and which numbers lead to one. Only reads: the redirects
are computed from the identity log by `services.identity` and lie beside each customer.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from idic.core.among import among, raw_rows
from idic.identify.models import Customer


def get_living_id(*, customer_id: int) -> int:
    """Give who goes by this number today: another one after a merge, else the same."""
    into = Customer.objects.filter(id=customer_id).values_list("merged_into_id", flat=True).first()
    return into or customer_id


def get_living_ids(*, customer_ids: Iterable[int]) -> dict[int, int]:
    """Give who goes by each of these numbers today."""
    found = {number: number for number in customer_ids}
    rows = Customer.objects.filter(among("id", found), merged_into__isnull=False)
    found |= raw_rows(rows.values_list("id", "merged_into"))
    return found


def list_family_ids(*, customer_ids: Iterable[int]) -> list[int]:
    """Give these customers and every number that leads to one of them, the oldest first."""
    wanted = list(customer_ids)
    rows = Customer.objects.filter(Q(id__in=wanted) | Q(merged_into_id__in=wanted))
    return sorted({*rows.values_list("id", flat=True), *wanted})
