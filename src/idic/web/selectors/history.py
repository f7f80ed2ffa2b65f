"""Reads of a customer's edits by hand: what, by whom, when, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from idic.core import ids
from idic.core.models import AuditEntry
from idic.identify.models import Trait
from idic.identify.services.customers import EDITABLE


@dataclass(frozen=True)
class PastEdit:
    """One edit of one field."""

    trait_id: int
    field: str
    value: str
    at: datetime
    author: str
    is_newest: bool


def list_edits(customer_id: int, *, limit: int = 50) -> list[PastEdit]:
    """Give the edits of a customer, the newest first, with their authors from the trail."""
    fields = {trait: field for field, trait in EDITABLE.items()}
    traits = list(
        Trait.objects.filter(record__customer_id=customer_id, is_pinned=True, name__in=fields)
        .order_by("-observed_at", "-id")
        .values_list("id", "name", "value", "observed_at")[:limit]
    )
    authors = _list_authors(customer_id)
    newest = {name: number for number, name, _value, _at in reversed(traits)}
    return [
        PastEdit(number, fields[name], value, at, authors.get(number, ""), newest[name] == number)
        for number, name, value, at in traits
    ]


def _list_authors(customer_id: int) -> dict[int, str]:
    entries = AuditEntry.objects.filter(
        subject_type="customer",
        subject_id=ids.encode("customer", customer_id),
        action="customer.edited",
    )
    return {
        int(trait): actor
        for actor, detail in entries.values_list("actor", "detail")
        for trait in detail.get("traits", {}).values()
    }
