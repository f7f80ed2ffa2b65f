"""Takes the rows an act on identity is about: customers in the order of their numbers, so that two
acts never wait for each other. SQLite's writer is alone from the start of its transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from idic.core.among import one_of
from idic.identify.models import Customer, SourceRecord
from idic.identify.services.imports.slices import slices

from .refusals import CannotMerge, ChangedMeanwhile

# Asked under the lock, for some groups at a time: written by hand, they take half the time.
_LEADING = "SELECT id, merged_into_id FROM identify_customer WHERE id {of_them} ORDER BY id"
_OWNED = "SELECT id, customer_id FROM identify_sourcerecord WHERE customer_id {of_them} ORDER BY id"


def lock_customers(*, customer_ids: Collection[int]) -> dict[int, Customer]:
    """Lock these customers until the transaction ends; those that exist no more are left out."""
    rows = Customer.objects.select_for_update().filter(id__in=list(customer_ids))
    return {one.id: one for one in rows.order_by("id")}


def lock_numbers(*, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Lock these customers as `lock_customers` does, and give only where each number leads: None
    who lives. Those that exist no more are left out.
    """
    return dict(_ask(_LEADING, customer_ids))


def lock_living(*, customer_ids: Collection[int]) -> dict[int, Customer]:
    """Lock customers who are about to be joined. Raises when one is gone, hidden or led away."""
    found = lock_customers(customer_ids=customer_ids)
    if len(found) < len(set(customer_ids)) or any(one.is_staged for one in found.values()):
        raise CannotMerge(_("One of these customers no longer exists. Look at the list again."))
    if any(one.merged_into_id is not None for one in found.values()):
        raise ChangedMeanwhile(
            _("One of these customers has just been joined to another. Look again.")
        )
    return found


def lock_records(*, customer_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Lock the records of these customers, staged ones too: (record, customer)."""
    return [(record_id, owner) for record_id, owner in _ask(_OWNED, [*customer_ids])]


def _ask(statement: str, customer_ids: Collection[int]) -> list[tuple[Any, ...]]:
    of_them, value = one_of(customer_ids)
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(of_them=of_them) + lock, [value])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def set_owners(*, owners: dict[int, int]) -> None:
    """Write whose each record is."""
    by_owner: dict[int, list[int]] = {}
    for record_id, customer_id in owners.items():
        by_owner.setdefault(customer_id, []).append(record_id)
    for customer_id, record_ids in by_owner.items():
        for chunk in slices(record_ids):
            SourceRecord.everything.filter(id__in=chunk).update(customer_id=customer_id)
