"""Reads of a customer's edits by hand: what, by whom, when, and whether it still counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from idic.core import ids
from idic.core.models import AuditEntry
from idic.identify.models import CleaningProposal, ProposalState, Trait
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


@dataclass(frozen=True)
class Cleaned:
    """One value that was put right."""

    proposal_id: int
    field: str
    before: str
    after: str
    reason: str
    at: datetime
    author: str
    written: frozenset[int]  # traits that say it


def list_cleaned(customer_id: int) -> list[Cleaned]:
    """Give what was put right of a customer, the newest decision first."""
    rows = CleaningProposal.objects.filter(
        customer_id=customer_id, state=ProposalState.ACCEPTED, act__isnull=False
    )
    return [
        Cleaned(
            one.id,
            one.field,
            one.before,
            one.after,
            one.reason,
            one.act.at,
            one.act.actor,
            frozenset(one.written.get("traits", ())),
        )
        for one in rows.select_related("act").order_by("-act_id", "-id")
        if one.act is not None
    ]


def list_edits(
    customer_id: int, *, cleaned: Collection[int] = (), limit: int = 50
) -> list[PastEdit]:
    """Give the edits of a customer, the newest first, with their authors from the trail; `cleaned`
    are traits that putting an edit right wrote.
    """
    fields = {trait: field for field, trait in EDITABLE.items()}
    traits = list(
        Trait.objects.filter(record__customer_id=customer_id, is_pinned=True, name__in=fields)
        .exclude(id__in=cleaned)
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
