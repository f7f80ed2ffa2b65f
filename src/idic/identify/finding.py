"""Finds customers for programs: by search, by an identifier, or all of them page by page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from idic.identify.models import Customer, Identifier
from idic.identify.search import find


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom somebody looks for; `after` is the last one of the page before."""

    search: str = ""
    identifier: str = ""
    type: str = ""
    after: int | None = None


def find_customers(*, wanted: Wanted, limit: int) -> list[Customer]:
    """Give living customers, the newest first; those of a search the best first."""
    if wanted.search:
        found = [hit.customer_id for hit in find(query=wanted.search, limit=limit)]
        people = _living().in_bulk(found)
        return [people[number] for number in found if number in people]
    rows = _living()
    if wanted.identifier:
        held = Identifier.objects.filter(value=wanted.identifier, is_placeholder=False)
        if wanted.type:
            held = held.filter(type=wanted.type)
        rows = rows.filter(id__in=held.values("record__customer"))
    if wanted.after is not None:
        rows = rows.filter(id__lt=wanted.after)
    return list(rows.order_by("-id")[:limit])


def _living() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into=None, is_staged=False)
